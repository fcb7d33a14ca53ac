"""``hutong calendar hours``: an agency's working hours, by which its deadlines are counted."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hutong.catalogue import say
from hutong.errors import HutongError
from hutong.terminal import Output
from liaison.cli.options import READING, SIGNING, Manner, helped, takes
from liaison.cli.run import in_office, tell, write_json
from liaison.cli.signing import act

if TYPE_CHECKING:
    from hutong.directory.records import AgencyHours
    from liaison.office import Draft, Office

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help=helped("cli-hours-help"))


@app.command("set")
@takes("cli-hours-set-help", *SIGNING)
def set_(
    how: Manner,
    stretches: Annotated[list[str], typer.Argument(metavar="STRETCH", help=say("cli-hours-stretch"))],
    first: Annotated[str, typer.Option("--from", help=say("cli-hours-from"))] = "",
    last: Annotated[str, typer.Option("--to", help=say("cli-hours-to"))] = "",
    season: Annotated[str, typer.Option("--season", help=say("cli-hours-season"))] = "",
) -> None:
    from hutong.worktime.calendar import ZONE
    from liaison import hours

    given = [hours.read_stretch(each) for each in stretches]
    begins = _day(first) if first else dt.datetime.now(ZONE).date() + dt.timedelta(days=1)
    ends = _day(last) if last else None
    within = hours.read_season(season) if season else ("", "")

    async def prepare(office: Office) -> Draft:
        return hours.setting(office, given, begins, ends, within)

    done = act(how, prepare)
    if done is None:
        return
    if how.output is Output.JSON:
        write_json({"hours": done[0].entry.message_id.hex(), "index": done[0].index, "from": begins.isoformat()})
    else:
        tell("cli-hours-done", index=done[0].index, first=begins)


@app.command("list")
@takes("cli-hours-list-help", *READING)
def list_(
    how: Manner,
    agency: Annotated[str, typer.Argument(metavar="AGENCY", help=say("cli-hours-agency"))] = "",
) -> None:
    async def work(office: Office) -> tuple[str, tuple[AgencyHours, ...]]:
        from liaison.drafting import agency_code

        code = agency_code(office, agency) if agency else office.profile.agency
        return code, office.directory.records.timekeeping.hours_of(code)

    code, found = in_office(how, work)
    if how.output is Output.JSON:
        write_json({"agency": code, "default": _default(), "hours": [_as_json(each) for each in found]})
    else:
        _table(found)


def _table(found: tuple[AgencyHours, ...]) -> None:
    """The hours that count first stand first; those of the nation, which count where no others do, last."""
    from liaison.cli import paint

    comma = say("list-comma")
    rows = [
        (comma.join(_stretches(each)), each.valid_from, each.valid_to or "–", _season(each) or "–", str(each.order))
        for each in reversed(found)
    ]
    rows.append((comma.join(_default()), "–", "–", "–", "–"))
    paint.table([say(f"cli-hours-column-{name}") for name in ("stretches", "from", "to", "season", "index")], rows)


def _as_json(each: AgencyHours) -> dict[str, Any]:
    return {
        "stretches": _stretches(each),
        "from": each.valid_from,
        "to": each.valid_to or None,
        "season": _season(each) or None,
        "index": each.order,
    }


def _stretches(each: AgencyHours) -> list[str]:
    from liaison.reading import stretch

    return [stretch(opens, closes) for opens, closes in each.stretches]


def _season(each: AgencyHours) -> str:
    return f"{each.season_from}..{each.season_to}" if each.season_from else ""


def _default() -> list[str]:
    from hutong.worktime.hours import ALL_YEAR, minute_of
    from liaison.reading import stretch

    return [stretch(minute_of(opens), minute_of(closes)) for opens, closes in ALL_YEAR.stretches]


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise HutongError("HT-CLI-29", given=text[:40], form="2027-06-01") from error
