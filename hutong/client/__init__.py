"""The client of a hub: write, sign, seal, submit, listen, open, and believe only what is proved."""
