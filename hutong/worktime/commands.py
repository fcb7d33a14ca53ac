"""``hutong calendar``: deadlines counted on the spot, without a hub unless an agency's own hours are asked for."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich import box
from rich.table import Table

from hutong import terminal
from hutong.catalogue import default_lang, say
from hutong.errors import HutongError
from hutong.identifiers.divisions import is_division
from hutong.terminal import LangOption, Output, OutputOption
from hutong.tls.folder import profile_path
from hutong.worktime.instant import instant
from hutong.worktime.notices import NATION, Notice, notices_in
from hutong.worktime.span import Span, Unit, read_span
from hutong.worktime.statutory import Limit, limits
from hutong.worktime.stretch import Count, Counted, WorkTime

app = typer.Typer(no_args_is_help=True, help=say("calendar-help"), rich_markup_mode=None)


@app.command(help=say("calendar-help-due"))
def due(
    start: Annotated[str, typer.Argument(help=say("calendar-help-start"))],
    amount: Annotated[str, typer.Argument(help=say("calendar-help-amount"))],
    explain: Annotated[bool, typer.Option("--explain", help=say("calendar-help-explain"))] = False,
    region: Annotated[str, typer.Option(help=say("calendar-help-region"))] = NATION,
    agency: Annotated[str, typer.Option(help=say("calendar-help-agency"))] = "",
    profile: Annotated[Path | None, typer.Option(help=say("calendar-help-profile"), show_default=False)] = None,
    notice: Annotated[list[Path] | None, typer.Option(help=say("calendar-help-notice"))] = None,
    roll_over: Annotated[bool, typer.Option("--roll-over", help=say("calendar-help-roll-over"))] = False,
    output: OutputOption = Output.TABLE,
    lang: LangOption = None,
) -> None:
    """The instant on one line of standard output, ISO 8601 with offset; exit 2 for what cannot be read."""
    limit = limits().get(amount)
    span = limit.span if limit else read_span(amount)
    if roll_over:
        span = dataclasses.replace(span, rolls_over=True)
    if region and not is_division(region):
        raise HutongError("HT-CAL-07", given=region[:12])
    worktime = _of_agency(agency, profile) if agency else WorkTime()
    for one in _notices(notice or ()):
        worktime = dataclasses.replace(worktime, calendar=worktime.calendar.with_notice(one))
    if region:
        worktime = dataclasses.replace(worktime, region=region)
    count = worktime.count(instant(start), span)
    if output is Output.JSON:
        typer.echo(json.dumps(_as_json(count, span, limit, explain=explain), ensure_ascii=False))
        return
    typer.echo(count.due.isoformat())
    if explain:
        _explain(count, span)
        if limit:
            terminal.data().print(_cited(limit), soft_wrap=True)
    elif count.provisional:
        terminal.talk().print(say("calendar-provisional"))


@app.command(name="limits", help=say("calendar-help-limits"))
def list_limits(output: OutputOption = Output.TABLE, lang: LangOption = None) -> None:
    """The periods that laws fix; their ids stand for AMOUNT in ``due``."""
    if output is Output.JSON:
        typer.echo(json.dumps([_limit_as_json(limit) for limit in limits().values()], ensure_ascii=False, indent=2))
        return
    speak = default_lang()
    table = Table(box=box.HORIZONTALS)
    for name in ("id", "limit", "what", "runs-from", "source"):
        # What people copy stays whole; the rest is folded where the terminal is narrow.
        table.add_column(say(f"calendar-column-{name}"), no_wrap=name in ("id", "limit"), overflow="fold")
    for limit in limits().values():
        table.add_row(limit.id, _length(limit), limit.what[speak], limit.runs_from[speak], limit.citation(speak))
    terminal.data().print(table)
    terminal.data().print(say("calendar-unsure"))


def _length(limit: Limit) -> str:
    """As ``due`` reads it, with the extension, and a question mark where the law does not say which days."""
    longer = f" + {limit.extension}" if limit.extension else ""
    return f"{limit.span}{longer}{'' if limit.unit_is_sure else ' ?'}"


def _cited(limit: Limit) -> str:
    cited = say("calendar-cited", citation=limit.citation(default_lang()), text=limit.text)
    return cited if limit.unit_is_sure else f"{cited} {say('calendar-unsure')}"


def _limit_as_json(limit: Limit) -> dict[str, Any]:
    """Both languages; ``span`` and ``extension`` as ``due`` reads them."""
    return {
        "id": limit.id,
        "span": str(limit.span),
        "unit_is_sure": limit.unit_is_sure,
        "extension": str(limit.extension) if limit.extension else None,
        "extended_by": limit.extended_by,
        "what": limit.what,
        "runs_from": limit.runs_from,
        "law": {"zh": limit.law.zh, "en": limit.law.en},
        "article": limit.article,
        "effective": limit.law.effective.isoformat(),
        "text": limit.text,
    }


def _of_agency(agency: str, profile: Path | None) -> WorkTime:
    """How ``agency`` counts, by the directory that the caller fetches and verifies. HT-DIR-01: it is not registered."""
    # Nothing else here needs a hub, so nothing else waits for what speaks to one.
    from hutong.client.hub import HubClient
    from hutong.tls.profile import Profile

    async def fetch() -> WorkTime:
        opened = Profile.open(profile_path(profile))
        async with HubClient(opened, opened.policy) as hub:
            directory = (await hub.refresh_directory()).records
            await hub.settle()
        if agency not in directory.agencies:
            raise HutongError("HT-DIR-01", agency=agency[:40])
        return directory.timekeeping.of(agency)

    return asyncio.run(fetch())


def _notices(paths: list[Path] | tuple[()]) -> list[Notice]:
    return [notice for path in paths for notice in notices_in(path)]


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


def _as_json(count: Count, span: Span, limit: Limit | None, *, explain: bool) -> dict[str, Any]:
    """``due`` and ``provisional``; with ``explain`` the days too, ``counted`` in working minutes or days."""
    said: dict[str, Any] = {"due": count.due.isoformat(), "unit": span.unit, "provisional": count.provisional}
    if limit:
        said["limit"] = _limit_as_json(limit)
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
