"""ISO 20022 files → drafts: each document in the file becomes one draft or one dead letter; Excel beside them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from adapters import sheets, strict_xml
from adapters import text as texts
from adapters.banking import answers, camt, documents, requests, workbook
from adapters.banking.documents import Document
from adapters.draft import Conversion, DeadLetter, Draft
from adapters.strict_xml import Node
from hutong.errors import HutongError

AGENCY = "banking"

_READERS: dict[str, Callable[[Document], Draft]] = {
    **dict.fromkeys(camt.SORTS, answers.from_camt),
    "auth.001": requests.from_opening,
    "auth.002": answers.from_response,
    "auth.003": requests.from_status_change,
}
_BLANK = b" \t\r\n\xef\xbb\xbf\xfe\xff\x00"


def convert(data: bytes, *, name: str = "", now: datetime) -> Conversion:
    """camt.052, .053, .054 and auth.002 → InquiryReply, auth.001 → Inquiry, auth.003 → Supplement; in Excel 资金流水 →
    InquiryReply, 账户查询清单 → Inquiry."""
    try:
        if sheets.is_workbook(texts.bounded(data)):
            return Conversion.collect(workbook.read(data))
        if not texts.bounded(data).lstrip(_BLANK).startswith(b"<"):
            raise HutongError("HT-ADP-11", agency=AGENCY)
        top = strict_xml.tree(strict_xml.parse(data.lstrip(b" \t\r\n")))
        found = list(top.outermost(documents.is_document))
        if not found:
            raise HutongError("HT-ADP-11", agency=AGENCY)
    except HutongError as error:
        line = error.params.get("line")
        return Conversion.refused(f"line {line}" if line else "/", error)
    return Conversion.collect(_drafts(found, tuple(top.left(but=documents.is_document))))


def _drafts(found: list[Node], around: tuple[tuple[str, str], ...]) -> Iterator[Draft | DeadLetter]:
    for node in found:
        try:
            document = documents.check(node, around)
            if document.sort not in _READERS:
                raise HutongError("HT-ADP-27", format=document.message)
            if not node.children:
                raise HutongError("HT-XML-05", schema=document.message)
            yield _READERS[document.sort](document)
        except HutongError as error:
            yield DeadLetter.of(error.params.get("where", node.path), error)
