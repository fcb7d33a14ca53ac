"""The agency node: an agency's own server between its systems and the hub. It alone holds the opening keys."""
