"""What the police adapter costs: each format against the bare library that has to read it anyway.

Run as ``python -m bench.police``. Rates are medians of several runs; each ratio divides two measurements of the same
minute. Records are copies of the sample files with numbers of their own; lists of persons hold 100 000 in all.
"""

from __future__ import annotations

import csv
import io
import json
import time
import tracemalloc
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

from lxml import etree

from adapters import police
from adapters.police import schemas
from adapters.police.identity import MAX_PERSONS

PERSONS = 100_000
REPORTS = 500
ROUNDS = 3

_SAMPLES = Path(__file__).parents[1] / "demo" / "samples" / "police"
_NOW = datetime(2026, 3, 2, tzinfo=UTC)


def _timed(work: Callable[[], object]) -> float:
    taken = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return median(taken)


def _row(name: str, measured: float, unit: str, goal: float, *, at_most: bool = False) -> dict[str, Any]:
    ok = measured <= goal if at_most else measured >= goal
    return {"name": name, "measured": round(measured, 3), "unit": unit, "goal": goal, "ok": ok}


def rows() -> list[dict[str, Any]]:
    """The figures, in the form of bench/results.json."""
    incident = (_SAMPLES / "nibrs_GroupAIncident_Sample.xml").read_bytes()
    reports = [incident.replace(b"000054236732", f"{number:012d}".encode()) for number in range(REPORTS)]
    graphs = [(_SAMPLES / "message.json").read_bytes().replace(b"kb:", f"kb:{n}-".encode()) for n in range(REPORTS)]
    lists = [_persons(start) for start in range(0, PERSONS, MAX_PERSONS)]
    found = _compared("police: NIBRS reports", reports, len(reports), _parsed)
    found += _compared("police: CASE bundles", graphs, len(graphs), json.loads)
    found += _compared("police: persons in lists", lists, PERSONS, _split)
    found.append(
        _row(
            "police: peak over one list of 20 000", _peak(lists[0]) / len(lists[0]), "times its size", 60, at_most=True
        )
    )
    return found


def _compared(name: str, files: list[bytes], count: int, bare: Callable[[bytes], object]) -> list[dict[str, Any]]:
    _converted(files[:1])
    ours = _timed(lambda: _converted(files))
    library = _timed(lambda: [bare(file) for file in files])
    return [
        _row(name, count / ours, "records/s", 0),
        _row(f"{name} / the bare library's time", ours / library, "ratio", 1.3, at_most=True),
    ]


def _converted(files: list[bytes]) -> None:
    for file in files:
        assert police.convert(file, now=_NOW).dead_letters == ()


def _parsed(data: bytes) -> None:
    """A report parsed, and judged by its schema."""
    root = etree.fromstring(data)
    schema = schemas.load(str(root.tag))
    assert schema is not None and schema.validate(root)


def _split(data: bytes) -> int:
    return sum(1 for _ in csv.reader(io.StringIO(data.decode())))


def _persons(start: int) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["协查编号", "姓名", "证件类型", "证件号码", "手机号"])
    for number in range(start, start + MAX_PERSONS):
        writer.writerow([f"XC-{start}", f"人{number}", "护照", f"E{number:08d}", f"138{number:08d}"])
    return out.getvalue().encode()


def _peak(data: bytes) -> int:
    tracemalloc.start()
    _converted([data])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


if __name__ == "__main__":
    print(json.dumps(rows(), indent=1, ensure_ascii=False))
