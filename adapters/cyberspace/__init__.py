"""Cyberspace administration (网信): STIX 2.1 both ways, with its markings honoured."""

from adapters.cyberspace.convert import AGENCY, SOURCE_SYSTEM, convert
from adapters.cyberspace.render import render

SOURCES = frozenset({SOURCE_SYSTEM})

__all__ = ["AGENCY", "SOURCES", "convert", "render"]
