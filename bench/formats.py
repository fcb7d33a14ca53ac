"""What reading agencies' files costs beside the bare parser library: 100 k records each, ``python -m bench.formats``.

Only the native side is compared, the reading of rows as text: what a draft costs beyond that is the contract's, not the
format's. Ratios are of processor time, medians of rounds that alternate. Peak memory is tracemalloc's, measured apart.
"""

from __future__ import annotations

import io
import json
import sys
import time
import tracemalloc
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from statistics import median
from typing import Any

from openpyxl import load_workbook

from adapters import cells, education, sheets

RECORDS = 100_000
ROUNDS = 3
GOAL = 1.3

_NOW = datetime(2026, 3, 2, tzinfo=UTC)


def rows() -> list[dict[str, Any]]:
    """The figures as bench/__main__.py shows them."""
    book = _book()
    roster = _roster()
    ratio = _ratio(lambda: _read(book), lambda: _bare(book))
    name = "Excel, rows as text / openpyxl alone"
    found: list[dict[str, Any]] = [{"name": name, "measured": ratio, "unit": "×", "goal": GOAL, "ok": ratio <= GOAL}]
    for name, work in (("Excel", lambda: _read(book)), ("OneRoster", lambda: _students(roster))):
        peak = _peak(work)
        found.append({"name": f"{name}, peak memory", "measured": peak, "unit": "MiB", "goal": 64, "ok": peak <= 64})
    return found


def _book() -> bytes:
    lines = ([str(n), "2026-03-01", f"公司{n}", "拉人头", "622202000000000000", str(n * 7)] for n in range(RECORDS))
    return sheets.write([("登记", ["投诉编号", "登记时间", "被投诉主体", "投诉内容", "收款账号", "涉及金额"], lines)])


def _roster() -> bytes:
    users = [["sourcedId", "role", "grades", "orgSourcedIds"]]
    users += [[f"u{n}", "student", "08", "o1"] for n in range(RECORDS // 2)]
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("orgs.csv", cells.csv_bytes([["sourcedId", "name"], ["o1", "一中"]]))
        archive.writestr("users.csv", cells.csv_bytes(users))
    return out.getvalue()


def _read(data: bytes) -> int:
    return sum(1 for sheet in sheets.read(data)[0] for _ in sheet.rows)


def _bare(data: bytes) -> int:
    book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    return sum(1 for sheet in book.worksheets for _ in sheet.iter_rows())


def _students(data: bytes) -> int:
    (draft,) = education.convert(data, now=_NOW).drafts
    return len(draft.body.inquiry_reply.students)


def _ratio(ours: Callable[[], int], theirs: Callable[[], int]) -> float:
    found = []
    for _ in range(ROUNDS):
        times = []
        for work in (ours, theirs):
            start = time.process_time()
            work()
            times.append(time.process_time() - start)
        found.append(times[0] / times[1])
    return round(median(found), 2)


def _peak(work: Callable[[], int]) -> int:
    tracemalloc.start()
    work()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return round(peak / 1024 / 1024)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(rows(), ensure_ascii=False, indent=1) + "\n")
