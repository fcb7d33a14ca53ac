"""QR codes (ISO/IEC 18004) of short texts, made here and fetched from nowhere: as characters, as a picture. Pure."""

from __future__ import annotations

import segno

_BORDER = 2
_HALVES = {(False, False): " ", (True, False): "▀", (False, True): "▄", (True, True): "█"}


def characters(text: str) -> list[str]:
    """Lines of half blocks, two rows of modules a line, dark ones drawn: for dark ink on light paper."""
    rows = [[bool(each) for each in row] for row in segno.make_qr(text, error="m").matrix_iter(border=_BORDER)]
    if len(rows) % 2:
        rows.append([False] * len(rows[0]))
    pairs = zip(rows[::2], rows[1::2], strict=True)
    return ["".join(_HALVES[pair] for pair in zip(upper, lower, strict=True)) for upper, lower in pairs]


def svg(text: str) -> str:
    """An ``svg`` element to be put into a page, four units a module."""
    return str(segno.make_qr(text, error="m").svg_inline(scale=4, border=_BORDER))
