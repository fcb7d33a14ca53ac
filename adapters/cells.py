"""Text in cells of CSV and Excel files that a spreadsheet must not take for a formula (CWE-1236).

An apostrophe goes before what would begin one, on the way out; on the way in one apostrophe before such text goes away
again. Text that had one by itself gets a second, so that everything comes back as it was.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence

_RISKY = re.compile("'*[=+\\-@\t\r\n＝＋－＠]")
_QUOTED = re.compile("''*[=+\\-@\t\r\n＝＋－＠]")


def neutral(text: str) -> str:
    """``text`` as a cell that is only shown."""
    return f"'{text}" if _RISKY.match(text) else text


def plain(cell: str) -> str:
    """What ``neutral`` made a cell of."""
    return cell[1:] if _QUOTED.match(cell) else cell


def csv_bytes(rows: Iterable[Sequence[str]], *, bom: bool = False) -> bytes:
    """RFC 4180 in UTF-8. With ``bom`` programs that guess take it for UTF-8, too."""
    out = io.StringIO()
    writer = csv.writer(out)
    for row in rows:
        writer.writerow([neutral(cell) for cell in row])
    return (b"\xef\xbb\xbf" if bom else b"") + out.getvalue().encode()
