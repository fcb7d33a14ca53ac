"""Cyberspace administration (网信): STIX 2.1, MISP events and lists of URLs, both ways, their markings honoured."""

from adapters.cyberspace import misp, stix, urls
from adapters.cyberspace.convert import AGENCY, convert
from adapters.cyberspace.render import as_misp, as_stix, as_urls, render

SOURCES = frozenset({stix.SOURCE_SYSTEM, misp.SOURCE_SYSTEM, urls.SOURCE_SYSTEM})
FORMS = {"stix": as_stix, "misp": as_misp, "urls": as_urls}

__all__ = ["AGENCY", "FORMS", "SOURCES", "convert", "render"]
