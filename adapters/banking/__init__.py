"""Banking regulation (银行监管): ISO 20022, auth.001, auth.002, auth.003 account statements and Excel, both ways."""

from adapters.banking import drafts, workbook
from adapters.banking.convert import AGENCY, convert
from adapters.banking.render import answers, render, reports

SOURCES = frozenset({drafts.SOURCE_SYSTEM})
FORMS = {"camt": reports, "auth.002": answers, "xlsx": workbook.write}

__all__ = ["AGENCY", "FORMS", "SOURCES", "convert", "render"]
