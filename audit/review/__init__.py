"""Checking a log, a proof or an export offline, and making the export that an auditor takes away."""
