"""deliver: what is recorded reaches its recipients, in log order, at least once."""
