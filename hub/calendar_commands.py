"""``hutong hub calendar``: the holidays by which deadlines are counted from now on."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.cells import cell_len

from hub import calendars
from hub.calendars import Effect
from hub.options import DEFAULT_HOME, HomeOption, open_home
from hub.state.database import open_engine, reading
from hutong.catalogue import say
from hutong.directory.records import PublishedCalendar
from hutong.terminal import LangOption, Output, OutputOption, data, talk
from hutong.worktime.calendar import ZONE, Day
from hutong.worktime.notices import notices_in
from rules.touched import Touched

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help=say("hub-calendar-help"))


@app.command(name="import", help=say("hub-calendar-import-help"))
def import_(
    file: Annotated[Path, typer.Argument(metavar="NOTICE", help=say("hub-calendar-file-help"))],
    dry_run: Annotated[bool, typer.Option("--dry-run", help=say("hub-calendar-dry-run-help"))] = False,
    home: HomeOption = DEFAULT_HOME,
    output: OutputOption = Output.TABLE,
    lang: LangOption = None,
) -> None:
    """Publish the notices in NOTICE, each an entry of the log. The hub must be running, but for a dry run."""
    settings = open_home(home).settings
    engine, notices = open_engine(settings.url), notices_in(file)
    effects = calendars.preview(engine, notices)
    if not dry_run:
        effects = list(calendars.publish(engine, settings.origin, notices))
    if output is Output.JSON:
        _write({"dry_run": dry_run, "notices": [_as_json(effect) for effect in effects]})
        return
    for effect in effects:
        _show(effect)
    if dry_run:
        talk().print(say("hub-calendar-nothing-published"))


@app.command(name="list", help=say("hub-calendar-list-help"))
def list_(home: HomeOption = DEFAULT_HOME, output: OutputOption = Output.TABLE, lang: LangOption = None) -> None:
    """What stands in the log; what the program ships beside it is not listed. Needs no running hub."""
    with reading(open_engine(open_home(home).settings.url)) as connection:
        found = calendars.in_force(connection)
    if output is Output.JSON:
        _write({"notices": [_published(calendar, source) for calendar, source in found]})
        return
    rows = []
    for calendar, source in found:
        counts = (calendar.year, _region(calendar.region), calendar.version, len(calendar.off), len(calendar.worked))
        rows.append([*map(str, (*counts, calendar.order)), source or "–"])
    _table(("year", "region", "version", "off", "worked", "index", "source"), rows)


def _show(effect: Effect) -> None:
    """One notice: the days, then the clocks, then where it stands."""
    notice, out = effect.notice, data()
    out.print(say("hub-calendar-notice", year=notice.year, region=_region(notice.region), version=notice.version))
    if effect.days:
        rows = [(becomes.date.isoformat(), _kind(was), _kind(becomes)) for was, becomes in effect.days]
        _table(("day", "was", "becomes"), rows)
    else:
        out.print(say("hub-calendar-no-days"))
    if effect.touched:
        out.print(say("hub-calendar-touched", count=len(effect.touched)))
        _table(("item", "agency", "clock", "stands", "would-be"), map(_clock, effect.touched))
        out.print(say("hub-calendar-they-stand"))
    else:
        out.print(say("hub-calendar-nothing-touched"))
    if effect.index is not None:
        out.print(say("hub-calendar-published", index=effect.index))


def _as_json(effect: Effect) -> dict[str, Any]:
    notice = effect.notice
    return {
        "year": notice.year,
        "region": notice.region,
        "version": notice.version,
        "source": notice.source,
        "index": effect.index,
        "days": [
            {"date": becomes.date.isoformat(), "was": was.kind, "becomes": becomes.kind} for was, becomes in effect.days
        ],
        "touched": [_touched(one) for one in effect.touched],
    }


def _touched(one: Touched) -> dict[str, str]:
    """By item and agency only: whose it is stands in the log."""
    return {
        "item": one.duty.item.hex(),
        "agency": one.duty.agency,
        "clock": one.clock,
        "stands": _local(one.stands).isoformat(),
        "would_be": _local(one.would_be).isoformat(),
    }


def _published(calendar: PublishedCalendar, source: str) -> dict[str, Any]:
    return {
        "year": calendar.year,
        "region": calendar.region,
        "version": calendar.version,
        "off": list(calendar.off),
        "worked": list(calendar.worked),
        "index": calendar.order,
        "source": source,
    }


def _clock(one: Touched) -> tuple[str, ...]:
    clock = say(f"hub-calendar-clock-{one.clock}")
    return one.duty.item.hex(), one.duty.agency, clock, _moment(one.stands), _moment(one.would_be)


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Rows under their titles; nothing is cut, however narrow the window is, because ids are copied."""
    lines = [[say(f"hub-calendar-column-{name}") for name in columns], *rows]
    widths = [max(cell_len(line[place]) for line in lines) for place in range(len(columns))]
    for line in lines:
        padded = (cell + " " * (width - cell_len(cell)) for cell, width in zip(line, widths, strict=True))
        data().print("  ".join(padded).rstrip())


def _region(code: str) -> str:
    return code or say("hub-calendar-nation")


def _kind(day: Day) -> str:
    kind = say(f"calendar-kind-{day.kind}")
    return say("calendar-kind-provisional", kind=kind) if day.provisional else kind


def _moment(milliseconds: int) -> str:
    return _local(milliseconds).strftime("%Y-%m-%d %H:%M")


def _local(milliseconds: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(milliseconds / 1000, ZONE)


def _write(document: dict[str, Any]) -> None:
    data().print(json.dumps(document, ensure_ascii=False, indent=2))
