"""The log itself: tree, tiles, notes, checkpoints, proofs and policies; what whoever writes it and whoever checks it share."""
