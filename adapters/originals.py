"""Native records as the source had them, out of the bodies that they travel in (Body.native)."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Sequence

from adapters import cells, sheets
from adapters.contract import NativeFile, OpenedStatement
from hutong.errors import HutongError

_SUFFIXES = {
    "text/csv": "csv",
    "text/plain": "txt",
    "application/xml": "xml",
    "application/json": "json",
    "application/stix+json": "stix.json",
    sheets.MEDIA_TYPE: "xlsx",
}
_ROWS = "header=present"


def gather(statements: Sequence[OpenedStatement]) -> list[NativeFile]:
    """One file for each statement; rows of CSV under the same header are one file again, without
    formulas.

    HT-ADP-30 for a statement whose record was too large to travel along, or that never had one."""
    tables: dict[bytes, list[tuple[OpenedStatement, bytes]]] = {}
    files: list[NativeFile] = []
    for one in statements:
        if not one.body.native:
            raise HutongError("HT-ADP-30", format="original", field="native")
        media_type = one.body.native_format.partition(";")[0].strip() or "application/octet-stream"
        if media_type == "text/csv" and _ROWS in one.body.native_format:
            header, _, row = one.body.native.partition(b"\n")
            tables.setdefault(header, []).append((one, row))
        else:
            name = f"{one.header.message_id.hex()}.{_SUFFIXES.get(media_type, 'bin')}"
            data = _harmless(one.body.native) if media_type == "text/csv" else one.body.native
            files.append(NativeFile(name, media_type, data))
    for header, rows in tables.items():
        digest = hashlib.sha256(b"".join(one.header.message_id for one, _ in rows)).hexdigest()[:16]
        data = _harmless(header + b"\n" + b"".join(row for _, row in rows))
        files.append(NativeFile(f"records-{digest}.csv", "text/csv", data))
    return files


def _harmless(data: bytes) -> bytes:
    """CSV in which no cell is a formula."""
    return cells.csv_bytes(csv.reader(io.StringIO(data.decode(), newline="")))
