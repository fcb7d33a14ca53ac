"""ETSI TS 103 120 (HI-1 of warrants and requests), as JSON and, leniently, as XML."""
