"""The pure core: what each statement changes, and what falls due. No I/O, no clock, no randomness."""
