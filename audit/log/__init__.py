"""The log itself: tree, tiles, notes, checkpoints, proofs and policies; shared by who writes it and who checks it."""
