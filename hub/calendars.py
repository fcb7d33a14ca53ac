"""Publishing a year's holidays: what a notice changes, which deadlines it touches, and having the hub say it."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, select

from hub import orders
from hub.state import tables
from hub.state.database import reading
from hub.state.records import from_row, load_directory, load_items, load_recorded, newest_directory_index, table_of
from hutong.directory.calendars import published
from hutong.directory.records import Directory, PublishedCalendar
from hutong.errors import HutongError
from hutong.identifiers.ids import hub_statement_id
from hutong.v1 import directory_pb2, envelope_pb2, kinds_pb2
from hutong.worktime.calendar import Day, contradicted
from hutong.worktime.notices import Notice
from rules.records import OPEN_STATES, Item, Obligation
from rules.touched import Touched, touched

_OBLIGATIONS = table_of(tables.ObligationRow)
_STATEMENTS = table_of(tables.StatementRow)
_ORDER_SECONDS = 15.0
_AT_ONCE = 500
_LONGEST_SOURCE = 200
_DOCUMENT = re.compile(r"[〔\[]\d{4}[〕\]] ?\d{1,4} ?号")
"""A document number as authorities write it: 国办发明电〔2025〕7号."""


@dataclass(frozen=True)
class Effect:
    """What one notice does: days that count otherwise (as they did, as they do), and clocks that stand as they are."""

    notice: Notice
    days: tuple[tuple[Day, Day], ...]
    touched: tuple[Touched, ...]
    index: int | None = None
    """Where it stands in the log; None while it is not published."""


def preview(engine: Engine, notices: Iterable[Notice]) -> list[Effect]:
    """What publishing ``notices`` would do, each after the one before. Refused as they would be (HT-CAL-…); nothing is
    ordered."""
    with reading(engine) as connection:
        directory, duties = _standing(connection), open_duties(connection)
    effects = []
    for notice in _in_order(notices):
        record = _record(directory, notice)
        effects.append(_effect(directory, record, notice, duties))
        directory = directory.with_records([record])
    return effects


def publish(engine: Engine, origin: str, notices: Iterable[Notice]) -> Iterator[Effect]:
    """Have the running hub say ``notices``, one after the other; each with what it did once it is in the log.

    What it touches is looked up after that, so that nothing that was counted before is missed. HT-ORD-01, HT-ORD-02.
    """
    for notice in _in_order(notices):
        with reading(engine) as connection:
            directory = _standing(connection)
        record = _record(directory, notice)
        details = {"calendar": _said(notice).SerializeToString().hex(), "source": notice.source}
        order = orders.place(engine, "calendar", details)
        orders.wait(engine, order, _ORDER_SECONDS)
        with reading(engine) as connection:
            (statement,) = load_recorded(connection, [hub_statement_id(origin, order, 0)])
            yield _effect(directory, record, notice, open_duties(connection), statement.index)


def in_force(connection: Connection) -> list[tuple[PublishedCalendar, str]]:
    """The calendars published, by region and year, each with its source where that is not erased."""
    calendars = _standing(connection).timekeeping.published
    query = select(_STATEMENTS.c.index, _STATEMENTS.c.disclosure).where(
        _STATEMENTS.c.index.in_([calendar.order for calendar in calendars])
    )
    cards = {int(index): disclosure for index, disclosure in connection.execute(query)}
    return [(calendar, _source(cards.get(calendar.order))) for calendar in calendars]


def open_duties(connection: Connection) -> list[tuple[Item, Obligation]]:
    """Every open obligation with its item."""
    rows = connection.execute(select(_OBLIGATIONS).where(_OBLIGATIONS.c.state.in_(OPEN_STATES))).mappings()
    duties = [from_row(Obligation, row) for row in rows]
    items: dict[bytes, Item] = {}
    ids = sorted({duty.item for duty in duties})
    for first in range(0, len(ids), _AT_ONCE):
        items |= {item.id: item for item in load_items(connection, ids[first : first + _AT_ONCE])}
    return [(items[duty.item], duty) for duty in duties]


def _standing(connection: Connection) -> Directory:
    return load_directory(connection, newest_directory_index(connection))


def _in_order(notices: Iterable[Notice]) -> list[Notice]:
    return sorted(notices, key=lambda notice: (notice.year, notice.region, notice.version))


def _said(notice: Notice) -> kinds_pb2.CalendarPublished:
    return kinds_pb2.CalendarPublished(
        year=notice.year,
        region=notice.region,
        version=notice.version,
        off=[day.isoformat() for day in notice.off],
        worked=[day.isoformat() for day in notice.worked],
    )


def _record(directory: Directory, notice: Notice) -> PublishedCalendar:
    """As the hub's decision will make it; refused here before anything is ordered.

    HT-CAL-09: it contradicts what the program ships of the same government and names no document. The decision does not
    ask that: a later program ships more, and must decide an old log alike.
    """
    if not notice.source.isprintable() or not 1 <= len(notice.source) <= _LONGEST_SOURCE:
        raise HutongError("HT-CAL-02", field="source", rule=f"one line of 1–{_LONGEST_SOURCE} characters")
    otherwise = contradicted(notice)
    if otherwise and not _DOCUMENT.search(notice.source):
        about = {"year": notice.year, "region": notice.region or "–"}
        raise HutongError("HT-CAL-09", count=len(otherwise), first=otherwise[0].isoformat(), **about)
    return published(directory, _said(notice), directory.index)


def _effect(
    directory: Directory,
    record: PublishedCalendar,
    notice: Notice,
    duties: Sequence[tuple[Item, Obligation]],
    index: int | None = None,
) -> Effect:
    before, after = (each.timekeeping.calendar for each in (directory, directory.with_records([record])))
    first, last = dt.date(notice.year - 1, 1, 1), dt.date(notice.year, 12, 31)
    every = (first + dt.timedelta(days=ahead) for ahead in range((last - first).days + 1))
    pairs = ((before.day(day, notice.region), after.day(day, notice.region)) for day in every)
    days = tuple((was, now) for was, now in pairs if was.kind != now.kind)
    return Effect(notice, days, tuple(touched(directory, record, duties)), index)


def _source(disclosure: bytes | None) -> str:
    if disclosure is None:
        return ""
    return directory_pb2.CalendarCard.FromString(envelope_pb2.Disclosure.FromString(disclosure).card).source
