"""Police (公安): NIBRS and NIEM in XML, CASE/UCO in JSON-LD, transfer packages (移送案卷), identity matches
(身份核查)."""

from adapters.police.convert import AGENCY, convert
from adapters.police.render import render

__all__ = ["AGENCY", "convert", "render"]
