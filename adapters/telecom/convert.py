"""Files of the telecommunications regulator and of operators → drafts. Which format it is shows in the content."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from adapters import strict_xml
from adapters import text as texts
from adapters.draft import Conversion, DeadLetter, Draft
from adapters.telecom import lists
from adapters.telecom.etsi import convert as etsi
from adapters.telecom.etsi import documents, xml
from adapters.telecom.tables import convert as tables
from hutong.errors import HutongError

AGENCY = "telecom"

_ZIP = b"PK\x03\x04"
_BLANK = b" \t\r\n\xef\xbb\xbf\xfe\xff\x00"


def convert(data: bytes, *, name: str = "", now: datetime) -> Conversion:
    """TS 103 120 in JSON or XML → inquiries, replies and supplements; tables of calls, subscribers and filings →
    InquiryReplies; block lists → Leads."""
    try:
        return Conversion.collect(_results(data, now))
    except HutongError as error:
        line = error.params.get("line")
        return Conversion.refused(f"line {line}" if line else error.params.get("where", "/"), error)


def _results(data: bytes, now: datetime) -> Iterator[Draft | DeadLetter]:
    """What is in the file. HT-ADP-11 if it is in none of the formats; other codes where it cannot be read at all."""
    beginning = texts.bounded(data).lstrip(_BLANK)[:4]
    if beginning == _ZIP:
        raise HutongError("HT-ADP-11", agency=AGENCY)
    if beginning[:1] == b"<":
        root = strict_xml.parse(data.lstrip(b" \t\r\n"))
        if not xml.is_message(root):
            raise HutongError("HT-ADP-11", agency=AGENCY)
        return etsi.read(xml.read(root, data))
    text = texts.decode(data)
    if text.lstrip()[:1] == "{":
        return etsi.read(documents.read(text))
    if syntax := lists.sort(text):
        return lists.read(text, syntax, now.date(), data)
    if table := tables.of(text, data):
        return tables.read(table, data)
    flaw = texts.flaw(text)
    raise HutongError(flaw) if flaw else HutongError("HT-ADP-11", agency=AGENCY)
