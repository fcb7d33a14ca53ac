"""Banking regulation (银行监管): ISO 20022 — auth.001 out, auth.002 and account statements in."""

from adapters.banking import drafts
from adapters.banking.convert import AGENCY, convert
from adapters.banking.render import render

SOURCES = frozenset({drafts.SOURCE_SYSTEM})

__all__ = ["AGENCY", "SOURCES", "convert", "render"]
