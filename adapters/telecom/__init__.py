"""Telecommunications regulation (通信管理): ETSI TS 103 120, call records, block lists, filings of sites; both ways."""

from adapters.telecom.convert import AGENCY, convert
from adapters.telecom.render import render

SOURCES = ("etsi-103120", "telecom-table", "block-list")
"""What its records bear in Body.source_system."""

__all__ = ["AGENCY", "SOURCES", "convert", "render"]
