"""When an acknowledgement falls due: rules/data/clocks.toml, counted by hutong/worktime."""

from __future__ import annotations

import datetime as dt

from hutong.v1 import codes_pb2
from hutong.worktime.stretch import add_minutes, add_workdays
from rules.data import CLOCKS

_NAMES: dict[int, str] = {
    codes_pb2.URGENCY_FLASH: "flash",
    codes_pb2.URGENCY_URGENT: "urgent",
    codes_pb2.URGENCY_ROUTINE: "routine",
}


def acknowledge_by(urgency: int, available_at: int) -> int:
    """The instant (ms since 1970, UTC) by which an item of this urgency, available since then, wants its 签收."""
    rule = CLOCKS["acknowledge"][_NAMES[urgency]]
    start = dt.datetime.fromtimestamp(available_at / 1000, dt.UTC)
    amount = int(rule["amount"])
    match rule["unit"]:
        case "minute":
            return available_at + amount * 60_000
        case "working_minute":
            end = add_minutes(start, amount)
        case "working_day":
            end = add_workdays(start, amount)
        case unit:
            raise ValueError(f"clocks.toml: unknown unit {unit}")
    return int(end.timestamp() * 1000)
