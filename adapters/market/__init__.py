"""Market regulation (市场监管): complaint registers in the manner of 12315, CSV, JSON and NDJSON."""

from adapters.market.convert import AGENCY, convert
from adapters.market.render import render

__all__ = ["AGENCY", "convert", "render"]
