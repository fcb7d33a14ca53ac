"""What proves that something stands in a log: hashes, notes, checkpoints, proof files, policies (RFC 6962, C2SP)."""
