"""The whole story on one machine: a real hub process, the nodes of a government and six agencies, real sample files, real signatures."""
