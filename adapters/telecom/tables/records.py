"""One row ↔ one record of the contract: a call, a subscriber, a filing."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from adapters.telecom.tables import layouts, values
from adapters.telecom.tables.layouts import Layout
from hutong.errors import HutongError
from hutong.identifiers import people, sites
from hutong.v1 import body_pb2, codes_pb2

Record: TypeAlias = body_pb2.CallRecord | body_pb2.Subscriber | body_pb2.SiteFiling
Cells: TypeAlias = Sequence[str]

_T = codes_pb2
_OUT, _IN = body_pb2.CALL_DIRECTION_OUT, body_pb2.CALL_DIRECTION_IN
_TIMES = ("started_at", "answered_at", "ended_at")
_NOT_PLAIN = frozenset(
    {"", "reference", "own", "peer", "direction", "domains", "uscc", "id_number", "number", "imsi", "imei"}
)
_DOMAINS = re.compile(r"[,;、，；\s|]+")
_TYPES = {
    "number": _T.IDENTIFIER_TYPE_PHONE,
    "uscc": _T.IDENTIFIER_TYPE_USCC,
    "id_number": _T.IDENTIFIER_TYPE_RESIDENT_ID,
    "imsi": _T.IDENTIFIER_TYPE_IMSI,
    "imei": _T.IDENTIFIER_TYPE_IMEI,
}
_CHECKS: dict[str, Callable[[str], str]] = {"uscc": people.company_code, "id_number": people.resident_id}


class Reader:
    """Rows of one layout as records. ``doubted`` counts numbers that fail their check, by column."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.doubted: dict[str, int] = {}
        self.others = layout.others
        self._at = {column.field: at for at, column in enumerate(layout.columns) if column.field}
        plain = [(field, at) for field, at in self._at.items() if field not in _NOT_PLAIN]
        if layout.sort == "cdr":
            plain += [(field, at) for field, at in self._at.items() if field in ("imsi", "imei")]
        self._plain = plain
        self._way = self._at.get("direction")
        self._two_sided = bool({"own", "peer"} & self._at.keys())
        self._times = [(self._at[field], layout.columns[self._at[field]].name) for field in _TIMES if field in self._at]
        made: dict[str, Callable[[Cells], Record]] = {
            "cdr": self._call,
            "icp": self._filing,
            "subscriber": self._subscriber,
        }
        self._make = made[layout.sort]

    def reference(self, cells: Cells) -> str:
        """Which inquiry the row answers, where it says so."""
        return self._said(cells, "reference")

    def record(self, cells: Cells) -> Record:
        """The record of one row. HT-ADP-208 for a time that is none, HT-ADP-209 where it says nothing."""
        return self._make(cells)

    def _call(self, cells: Cells) -> body_pb2.CallRecord:
        for at, name in self._times:
            if cells[at] and not values.is_time(cells[at].strip()):
                raise HutongError("HT-ADP-208", column=name)
        said: dict[str, Any] = {field: cell for field, at in self._plain if (cell := cells[at].strip())}
        call = body_pb2.CallRecord(others=[cells[at] for at in self.others], **said)
        if self._way is not None and (way := layouts.direction(cells[self._way].strip())):
            call.direction = _OUT if way == "out" else _IN
        if self._two_sided and ((own := self._said(cells, "own")) or self._said(cells, "peer")):
            peer = self._said(cells, "peer")
            sides = (peer, own) if call.direction == _IN else (own, peer)
            call.caller, call.callee = call.caller or sides[0], call.callee or sides[1]
        if not call.caller and not call.callee:
            raise HutongError("HT-ADP-209", needed="caller, callee")
        return call

    def _filing(self, cells: Cells) -> body_pb2.SiteFiling:
        filing = body_pb2.SiteFiling(
            domains=[one for one in _DOMAINS.split(self._said(cells, "domains")) if one],
            identifiers=self._identifiers(cells, "uscc", "id_number"),
            others=[cells[at] for at in self.others],
            **{field: cell for field, at in self._plain if (cell := cells[at].strip())},
        )
        if not filing.domains and not filing.icp_number:
            raise HutongError("HT-ADP-209", needed="domain, ICP number")
        if filing.icp_number:
            self._judge("icp_number", sites.icp_number, filing.icp_number)
        if filing.police_number:
            self._judge("police_number", sites.police_number, filing.police_number)
        return filing

    def _subscriber(self, cells: Cells) -> body_pb2.Subscriber:
        subscriber = body_pb2.Subscriber(
            identifiers=self._identifiers(cells, "number", "id_number", "uscc", "imsi", "imei"),
            organisation=bool(self._said(cells, "uscc")),
            others=[cells[at] for at in self.others],
            **{field: cell for field, at in self._plain if (cell := cells[at].strip())},
        )
        if not self._said(cells, "number"):
            raise HutongError("HT-ADP-209", needed="number")
        return subscriber

    def _identifiers(self, cells: Cells, *fields: str) -> list[body_pb2.Identifier]:
        """A number that fails its check must not meet others as a match token: it is an ordinary one."""
        found = []
        for field in fields:
            if value := self._said(cells, field):
                kind = _TYPES[field]
                check = _CHECKS.get(field)
                if check and not self._judge(field, check, value):
                    kind = _T.IDENTIFIER_TYPE_OTHER
                found.append(
                    body_pb2.Identifier(type=kind, value=check(value) if check and kind == _TYPES[field] else value)
                )
        return found

    def _judge(self, field: str, check: Callable[[str], str], value: str) -> bool:
        try:
            check(value)
        except HutongError:
            name = self.layout.columns[self._at[field]].name
            self.doubted[name] = self.doubted.get(name, 0) + 1
            return False
        return True

    def _said(self, cells: Cells, field: str) -> str:
        at = self._at.get(field)
        return cells[at].strip() if at is not None else ""


def cells(record: Record, layout: Layout, others: tuple[int, ...], reference: str = "") -> list[str]:
    """``record`` as a row of ``layout``; what was kept as it was written comes back at the places ``others``."""
    kept = dict(zip(others, getattr(record, "others", ()), strict=False))
    row = []
    for at, column in enumerate(layout.columns):
        cell = kept.get(at, "")
        if column.field and not cell:
            cell = _cell(record, column.field, reference)
        row.append(cell)
    return row


def _cell(record: Record, field: str, reference: str) -> str:
    if field == "reference":
        return reference
    if isinstance(record, body_pb2.CallRecord):
        return _of_call(record, field)
    if field in _TYPES:
        return next((one.value for one in record.identifiers if one.type == _TYPES[field]), "")
    if field == "domains" and isinstance(record, body_pb2.SiteFiling):
        return ";".join(record.domains)
    return str(getattr(record, field, ""))


def _of_call(call: body_pb2.CallRecord, field: str) -> str:
    incoming = call.direction == _IN
    if field == "own":
        return call.callee if incoming else call.caller
    if field == "peer":
        return call.caller if incoming else call.callee
    if field == "direction":
        return {_OUT: "主叫", _IN: "被叫"}.get(call.direction, "")
    return str(getattr(call, field, ""))
