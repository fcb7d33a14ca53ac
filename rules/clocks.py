"""When an acknowledgement falls due: rules/data/clocks.toml, counted by hutong/worktime."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache

from hutong.v1 import codes_pb2
from hutong.worktime.notices import NATION
from hutong.worktime.span import Span, Unit
from hutong.worktime.stretch import WorkTime
from rules.data import CLOCKS

_EPOCH = dt.datetime.fromtimestamp(0, dt.UTC)
_MILLISECOND = dt.timedelta(milliseconds=1)
_NAMES: dict[int, str] = {
    codes_pb2.URGENCY_FLASH: "flash",
    codes_pb2.URGENCY_URGENT: "urgent",
    codes_pb2.URGENCY_ROUTINE: "routine",
}
_ACKNOWLEDGE: dict[int, Span] = {
    urgency: Span(CLOCKS["acknowledge"][name]["amount"], Unit(CLOCKS["acknowledge"][name]["unit"]))
    for urgency, name in _NAMES.items()
}


def acknowledge_by(urgency: int, available_at: int, region: str = NATION) -> int:
    """The instant (ms since 1970, UTC) by which an item of this urgency, available since then, wants its 签收.

    ``region`` is the recipient agency's (GB/T 2260): a day that its own government takes off does not count against it.
    """
    # In whole milliseconds: every replay must come to the same one.
    start = _EPOCH + available_at * _MILLISECOND
    return (_counting(region).due(start, _ACKNOWLEDGE[urgency]) - _EPOCH) // _MILLISECOND


@lru_cache(maxsize=4096)
def _counting(region: str) -> WorkTime:
    return WorkTime(region=region)
