"""Certificates for TLS: the hub's authority, one-time tokens, renewal."""
