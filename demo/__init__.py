"""The whole story on one machine: a hub, a government's and six agencies' nodes, real sample files, real signatures."""
