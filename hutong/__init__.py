"""The kit that every party holds: contract stubs, signing, sealing, identifiers, errors and the client."""
