"""Bytes of a native file to text: BOM, UTF-8, GB 18030.

Files from older systems come in GB 18030 (GBK, GB 2312) without saying so. Valid UTF-8 is taken as such. For anything
else the lines vote: a line of GB 18030 hardly ever is valid UTF-8 by chance. Lines that do not decode keep their bytes
as surrogates (PEP 383), so that only the records on them are refused.
"""

from __future__ import annotations

import codecs
import re

from hutong.errors import HutongError

MAX_FILE_BYTES = 32 * 1024 * 1024
"""Larger files are refused whole; nothing real that is fed record by record comes near."""

_UNDECODED = re.compile("[\ud800-\udfff]")
# One byte of Latin-1 between ASCII letters also reads as a rare character of GB 18030; words of Chinese are longer.
_WORD = re.compile("[^\x00-\x7f]{2}")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (b"\x84\x31\x95\x33", "gb18030"),
)


def bounded(data: bytes) -> bytes:
    """``data`` unless it is empty (HT-ADP-10) or too large (HT-ADP-12)."""
    if not data.strip(b" \t\r\n\x00"):
        raise HutongError("HT-ADP-10")
    if len(data) > MAX_FILE_BYTES:
        raise HutongError("HT-ADP-12", size=len(data), limit=MAX_FILE_BYTES)
    return data


def decode(data: bytes) -> str:
    """The text of a file within bounds, without BOM. Bytes that do not decode stand as lone surrogates.

    HT-ADP-10, -12 as ``bounded``; HT-ADP-13 if a file that announces UTF-16 or UTF-32 is none.
    """
    text = _decoded(bounded(data))
    if not text.strip():
        raise HutongError("HT-ADP-10")
    return text


def _decoded(data: bytes) -> str:
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            return _announced(data[len(bom) :], encoding)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode(_by_vote(data), "surrogateescape")


def flaw(text: str) -> str | None:
    """The code of what makes ``text`` unfit to travel: undecoded bytes (HT-ADP-13) or NUL (HT-ADP-14)."""
    if _UNDECODED.search(text):
        return "HT-ADP-13"
    return "HT-ADP-14" if "\0" in text else None


def _announced(data: bytes, encoding: str) -> str:
    if encoding in ("utf-8", "gb18030"):
        return data.decode(encoding, "surrogateescape")
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise HutongError("HT-ADP-13") from error


def _by_vote(data: bytes) -> str:
    votes = {"utf-8": 0, "gb18030": 0}
    for line in data.split(b"\n"):
        if line.isascii():
            continue
        for encoding in votes:
            try:
                text = line.decode(encoding)
            except UnicodeDecodeError:
                continue
            if encoding == "utf-8" or _WORD.search(text):
                votes[encoding] += 1
                break
    return "gb18030" if votes["gb18030"] > votes["utf-8"] else "utf-8"
