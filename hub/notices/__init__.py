"""Notices: what the hub says in the log about an obligation, told to people by mail and webhook. Each stands as a row
from the statement's own commit on, so that none is lost; mail goes out at least once."""
