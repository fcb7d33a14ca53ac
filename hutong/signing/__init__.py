"""Signed statements: envelopes, keys and their proofs, signatures over batches."""
