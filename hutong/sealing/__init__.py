"""Sealed bodies, attachments, match tokens and disclosures: what the hub carries without reading it."""
