"""What the telecom adapter's reading costs beside the bare parser: call records, domains, a delivery.

Run as ``python -m bench.telecom``. The bare side reads the same bytes with the library alone (csv, str, json) and keeps
what it read as plain lists; "rows" is the adapter's reading of the file alone, without filling the contract's messages.
Rounds alternate; medians are shown. Peak memory is that of Python's allocator while one file is converted.
"""

from __future__ import annotations

import csv
import io
import json
import time
import tracemalloc
from collections.abc import Callable
from datetime import UTC, datetime
from statistics import median
from typing import Any

from adapters import telecom
from adapters.telecom.tables import rows as rows_of
from adapters.telecom.tables import sniff

RECORDS = 100_000
ROUNDS = 3
GOAL = 1.3

_NOW = datetime(2026, 3, 2, tzinfo=UTC)


def rows(records: int = RECORDS) -> list[dict[str, Any]]:
    """The figures, in the form of bench/results.json."""
    found = []
    for name, data, bare in (
        ("call records", _calls(records), lambda data: list(csv.reader(io.StringIO(data.decode())))),
        ("hosts lines", _hosts(records), lambda data: [line.split() for line in data.decode().splitlines()]),
        ("delivery", _delivery(records), json.loads),
    ):
        converted, alone = _compared(
            lambda data=data: telecom.convert(data, now=_NOW), lambda data=data, bare=bare: bare(data)
        )
        found.append(_row(f"telecom: {name} a second", records / converted, "records/s", 0, at_most=False))
        found.append(_row(f"telecom: {name} beside the bare parser", converted / alone, "×", GOAL, at_most=True))
        found.append(_row(f"telecom: {name}, peak beside the file", _peak(data) / len(data), "×", 32, at_most=True))
    data = _calls(records)
    layout = sniff.layout(data.decode(), data)
    assert layout is not None
    native, alone = _compared(
        lambda: list(rows_of.read(data.decode(), layout)), lambda: list(csv.reader(io.StringIO(data.decode())))
    )
    found.append(_row("telecom: rows beside the bare parser", native / alone, "×", GOAL, at_most=True))
    return found


def _calls(records: int) -> bytes:
    lines = [
        f"13812345678,{n:011d},2026-02-28 10:00:00,{n % 900},主叫,460-00-1a2b-{n % 9999:04x},无锡\r\n"
        for n in range(records)
    ]
    return ("主叫号码,被叫号码,开始时间,通话时长(秒),呼叫类型,小区,归属地\r\n" + "".join(lines)).encode()


def _hosts(records: int) -> bytes:
    return "".join(f"0.0.0.0 a{n:07d}.example-{n % 977}.cn\n" for n in range(records)).encode()


def _delivery(records: int) -> bytes:
    calls = [
        {"caller": "13812345678", "callee": f"{n:011d}", "started_at": "2026-02-28 10:00:00"} for n in range(records)
    ]
    specification = {
        "common:Owner": "CN-HUTONG",
        "common:Name": "ManifestSpecification",
        "common:Value": "hutong-answer-1",
    }
    one = {
        "@xsi:type": "{http://uri.etsi.org/03120/common/2019/10/Delivery}DeliveryObject",
        "ObjectIdentifier": "11f49f11-39df-4596-aa58-1f7199b587df",
        "delivery:Reference": {"delivery:LDID": "CN-a-1"},
        "delivery:Manifest": {"delivery:Specification": specification},
        "delivery:Delivery": {"delivery:JSONData": {"calls": calls}},
    }
    end = {"CountryCode": "CN", "UniqueIdentifier": "a"}
    header = {
        "SenderIdentifier": end,
        "ReceiverIdentifier": end,
        "TransactionIdentifier": "64cd73e1-a438-4d47-9cfb-cead9125a502",
        "Timestamp": "2026-02-28T10:00:00.000000Z",
        "Version": {"ETSIVersion": "V1.16.1", "NationalProfileOwner": "CN", "NationalProfileVersion": "v1"},
    }
    action = {"ActionIdentifier": 0, "DELIVER": {"Identifier": one["ObjectIdentifier"], "HI1Object": one}}
    payload = {"RequestPayload": {"ActionRequests": {"ActionRequest": [action]}}}
    return json.dumps({"Header": header, "Payload": payload}).encode()


def _compared(one: Callable[[], object], other: Callable[[], object]) -> tuple[float, float]:
    taken: tuple[list[float], list[float]] = ([], [])
    one(), other()
    for _ in range(ROUNDS):
        for work, into in ((one, taken[0]), (other, taken[1])):
            start = time.process_time()
            work()
            into.append(time.process_time() - start)
    return median(taken[0]), median(taken[1])


def _peak(data: bytes) -> int:
    tracemalloc.start()
    telecom.convert(data, now=_NOW)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak


def _row(name: str, measured: float, unit: str, goal: float, *, at_most: bool) -> dict[str, Any]:
    ok = measured <= goal if at_most else measured >= goal
    return {"name": name, "measured": round(measured, 3), "unit": unit, "goal": goal, "ok": ok}


if __name__ == "__main__":
    for row in rows():
        print(row)
