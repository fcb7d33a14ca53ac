"""The server: one door in, one path, one log."""
