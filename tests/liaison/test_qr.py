"""A code in characters has the modules of the code, with a light border, and the picture says the same."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import segno

from liaison.qr import characters, svg

TEXT = "hutong:demo.hutong.example/log#323." + "A" * 43
UNPACKED = {" ": (False, False), "▀": (True, False), "▄": (False, True), "█": (True, True)}


def test_characters_are_the_modules() -> None:
    drawn = characters(TEXT)
    assert len({len(line) for line in drawn}) == 1 and set("".join(drawn)) == set(UNPACKED)
    rows = [[UNPACKED[each][half] for each in line] for line in drawn for half in (0, 1)]
    code = segno.make_qr(TEXT, error="m")
    size = code.symbol_size(border=0)[0]
    inner = [row[2 : 2 + size] for row in rows[2 : 2 + size]]
    assert inner == [[bool(each) for each in row] for row in code.matrix]
    assert not any(rows[0] + rows[1] + rows[2 + size] + [row[0] for row in rows] + [row[-1] for row in rows]), "border"
    finder = [row[:7] for row in inner[:7]]
    assert all(finder[0]) and all(finder[6]) and finder[1] == [True, *[False] * 5, True], "ISO/IEC 18004, 6.3.3"
    assert len(drawn[0]) < 70, "it fits on a terminal and on A4"


def test_the_picture_fetches_nothing() -> None:
    picture = ET.fromstring(svg(TEXT))  # noqa: S314
    assert picture.tag == "svg" and not re.search(r"https?:|href|script|style=", svg(TEXT))
