"""Banking regulation (银行监管): ISO 20022 — auth.001 out, auth.002 and account statements in."""

from adapters.banking.convert import AGENCY, convert
from adapters.banking.render import render

__all__ = ["AGENCY", "convert", "render"]
