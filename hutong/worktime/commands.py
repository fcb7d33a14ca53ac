"""``hutong calendar``: deadlines counted on the spot, without a hub."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from hutong import terminal
from hutong.catalogue import say
from hutong.errors import HutongError
from hutong.identifiers.divisions import is_division
from hutong.terminal import LangOption, Output, OutputOption
from hutong.worktime.calendar import ZONE, Calendar
from hutong.worktime.notices import NATION, Notice, read_notices
from hutong.worktime.span import Span, Unit, read_span
from hutong.worktime.stretch import Count, Counted, WorkTime

app = typer.Typer(no_args_is_help=True, help=say("calendar-help"), rich_markup_mode=None)


@app.command(help=say("calendar-help-due"))
def due(
    start: Annotated[str, typer.Argument(help=say("calendar-help-start"))],
    amount: Annotated[str, typer.Argument(help=say("calendar-help-amount"))],
    explain: Annotated[bool, typer.Option("--explain", help=say("calendar-help-explain"))] = False,
    region: Annotated[str, typer.Option(help=say("calendar-help-region"))] = NATION,
    notice: Annotated[list[Path] | None, typer.Option(help=say("calendar-help-notice"))] = None,
    roll_over: Annotated[bool, typer.Option("--roll-over", help=say("calendar-help-roll-over"))] = False,
    output: OutputOption = Output.TABLE,
    lang: LangOption = None,
) -> None:
    """The instant on one line of standard output, ISO 8601 with offset; exit 2 for what cannot be read."""
    span = read_span(amount, rolls_over=roll_over)
    if region and not is_division(region):
        raise HutongError("HT-CAL-07", given=region[:12])
    worktime = WorkTime(Calendar(_notices(notice or ())), region)
    count = worktime.count(_instant(start), span)
    if output is Output.JSON:
        typer.echo(json.dumps(_as_json(count, span, explain=explain), ensure_ascii=False))
        return
    typer.echo(count.due.isoformat())
    if explain:
        _explain(count, span)
    elif count.provisional:
        terminal.talk().print(say("calendar-provisional"))


def _instant(text: str) -> dt.datetime:
    """``text`` as an instant; without an offset it is Beijing time. HT-CAL-05 where it is none."""
    try:
        instant = dt.datetime.fromisoformat(text.strip())
        aware = instant if instant.tzinfo else instant.replace(tzinfo=ZONE)
        aware.astimezone(ZONE)
    except (ValueError, OverflowError) as error:
        raise HutongError("HT-CAL-05", given=text[:40]) from error
    return aware


def _notices(paths: list[Path] | tuple[()]) -> list[Notice]:
    return [notice for path in paths for notice in read_notices(_text(path))]


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise HutongError("HT-CAL-06", file=path.name, rule=getattr(error, "strerror", None) or "UTF-8") from error


def _explain(count: Count, span: Span) -> None:
    """A line for each day, people's own way of counting; what gave nothing is shown as passed over."""
    table = Table(*(say(f"calendar-column-{name}") for name in ("day", "kind", "counted")), box=None)
    for counted in count.days:
        table.add_row(counted.day.date.isoformat(), _kind(counted), _counted(counted, span))
    if count.days:
        terminal.data().print(table)
    terminal.data().print(say("calendar-counted-by", unit=say(f"calendar-unit-{span.unit}"), amount=span.amount))
    if count.provisional:
        terminal.data().print(say("calendar-provisional"))


def _kind(counted: Counted) -> str:
    kind = say(f"calendar-kind-{counted.day.kind}")
    return say("calendar-kind-provisional", kind=kind) if counted.day.provisional else kind


def _counted(counted: Counted, span: Span) -> str:
    if not counted.amount:
        return "·"
    if span.unit is not Unit.WORKING_MINUTE:
        return f"{counted.amount:g}"
    hours, minutes = divmod(counted.amount, 60)
    return f"{int(hours)}:{minutes:02g}"


def _as_json(count: Count, span: Span, *, explain: bool) -> dict[str, Any]:
    """``due`` and ``provisional``; with ``explain`` the days too, ``counted`` in working minutes or days."""
    said: dict[str, Any] = {"due": count.due.isoformat(), "unit": span.unit, "provisional": count.provisional}
    if explain:
        said["days"] = [
            {
                "date": counted.day.date.isoformat(),
                "kind": counted.day.kind,
                "counted": counted.amount,
                "provisional": counted.day.provisional,
            }
            for counted in count.days
        ]
    return said
