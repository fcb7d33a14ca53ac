"""Cyberspace administration (网信): STIX 2.1 both ways, with its markings honoured."""

from adapters.cyberspace.convert import AGENCY, convert
from adapters.cyberspace.render import render

__all__ = ["AGENCY", "convert", "render"]
