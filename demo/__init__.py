"""The whole story on one machine: a real hub process, six agencies' nodes, real sample files, real signatures."""
