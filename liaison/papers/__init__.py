"""Papers: what officers write in YAML files, and the statements that come of them."""
