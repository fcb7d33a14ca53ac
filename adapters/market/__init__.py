"""Market regulation (市场监管): complaint registers in the manner of 12315, extracts from the register of companies."""

from adapters.market import leads, ledger, registry
from adapters.market.convert import AGENCY, convert
from adapters.market.render import render

SOURCES = frozenset({leads.SOURCE_SYSTEM, registry.SOURCE_SYSTEM})
FORMS = {"csv": ledger.csv, "xlsx": ledger.xlsx}
gather = ledger.csv

__all__ = ["AGENCY", "FORMS", "SOURCES", "convert", "gather", "render"]
