"""Education (教育): OneRoster, Ed-Fi and tables of schools, both ways, and never more of a student than is needed."""

from adapters.education import drafts
from adapters.education.convert import AGENCY, convert
from adapters.education.render import as_csv, as_edfi, as_oneroster, as_xlsx, render

SOURCES = frozenset({drafts.SOURCE_SYSTEM})
FORMS = {"csv": as_csv, "xlsx": as_xlsx, "oneroster": as_oneroster, "edfi": as_edfi}
gather = as_csv

__all__ = ["AGENCY", "FORMS", "SOURCES", "convert", "gather", "render"]
