"""A file of a police system → drafts. Which format it is shows in its content alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import chain

from adapters import strict_json, strict_xml
from adapters import text as texts
from adapters.draft import Conversion, DeadLetter, Draft
from adapters.police import case, identity, nibrs, nibrs_answers, niem, sheets, transfer, zips
from adapters.strict_xml import Node
from hutong.errors import HutongError

AGENCY = "police"

_BLANK = b" \t\r\n\xef\xbb\xbf\xfe\xff\x00"


def convert(data: bytes, *, name: str = "", now: datetime) -> Conversion:
    """NIBRS and NIEM in XML → Lead or Supplement."""
    try:
        start = texts.bounded(data).lstrip(_BLANK)[:1]
        if zips.is_zip(data):
            return _archive(data)
        if start == b"<":
            return Conversion.collect(_xml(data, now))
        text = texts.decode(data)
        if text.lstrip()[:1] in ("{", "["):
            return Conversion((_json(text),))
        return _table(text)
    except HutongError as error:
        line = error.params.get("line")
        return Conversion.refused(f"line {line}" if line else error.params.get("where", "/"), error)


def _xml(data: bytes, now: datetime) -> Iterator[Draft | DeadLetter]:
    """Each message in a file, whatever envelope it came in, is a draft or a dead letter of its own."""
    top = strict_xml.tree(strict_xml.parse(data.lstrip(b" \t\r\n")))
    found = list(top.outermost(_known)) or ([top] if niem.is_message(top) else [])
    if not found:
        raise HutongError("HT-ADP-11", agency=AGENCY)
    for node in found:
        try:
            yield read_xml(node, now)
        except HutongError as error:
            yield DeadLetter.of(error.params.get("where", node.path), error)


def _archive(data: bytes) -> Conversion:
    """Lists of persons in a workbook; a transfer package (移送案卷), for which there is no kind yet."""
    if not sheets.is_workbook(data):
        package = transfer.read(data)
        raise HutongError("HT-ADP-27", format=f"移送案卷（{len(package.body.parts)}）")
    found = [results for sheet in sheets.from_workbook(data) if (results := identity.read(sheet)) is not None]
    if not found:
        raise HutongError("HT-ADP-11", agency=AGENCY)
    return Conversion.collect(chain.from_iterable(found))


def _table(text: str) -> Conversion:
    sheet = sheets.from_text(text, identity.score)
    results = identity.read(sheet) if sheet else None
    if results is None:
        flaw = texts.flaw(text)
        raise HutongError(flaw) if flaw else HutongError("HT-ADP-11", agency=AGENCY)
    return Conversion.collect(results)


def _json(text: str) -> Draft:
    value = strict_json.loads(text)
    if not case.is_bundle(value):
        raise HutongError("HT-ADP-11", agency=AGENCY)
    return case.read(value, text)


def read_xml(node: Node, now: datetime) -> Draft:
    """The draft of one message in XML."""
    if nibrs.is_submission(node):
        return nibrs.read(node, now)
    if nibrs_answers.is_answer(node):
        return nibrs_answers.read(node)
    return niem.read(node, now)


def _known(node: Node) -> bool:
    return nibrs.is_submission(node) or nibrs_answers.is_answer(node)
