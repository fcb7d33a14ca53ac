"""``hutong roster``: who is on duty, past and to come, and what the head and colleagues may change of it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hutong.catalogue import say
from hutong.errors import HutongError
from hutong.terminal import Output, data
from liaison.cli.options import READING, SIGNING, Manner, TemplateOption, helped, takes
from liaison.cli.run import in_office, write_json
from liaison.cli.signing import act, told_id
from liaison.cli.swaps import app as swap

if TYPE_CHECKING:
    from hutong.directory.plan import Gap, Span
    from hutong.directory.roster import Watch
    from liaison.office import Draft, Office

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help=helped("cli-roster-help"))
app.add_typer(swap, name="swap")
_MOST_DAYS = 400
DeskOption = Annotated[str, typer.Option("--desk", help=say("cli-roster-desk"), show_default=False)]
AgencyOption = Annotated[str, typer.Option("--agency", help=say("cli-roster-agency"), show_default=False)]
DaysOption = Annotated[int, typer.Option("--days", min=0, max=_MOST_DAYS, help=say("cli-roster-days"))]
FromOption = Annotated[str, typer.Option("--from", metavar="TIME", help=say("cli-roster-from"))]
ToOption = Annotated[str, typer.Option("--to", metavar="TIME", help=say("cli-roster-to"))]


@app.command()
@takes("cli-roster-show-help", *READING)
def show(
    how: Manner,
    at: Annotated[str, typer.Option("--at", metavar="TIME", help=say("cli-roster-at"), show_default=False)] = "",
    days: DaysOption = 30,
    desk: DeskOption = "",
    agency: AgencyOption = "",
    then: Annotated[bool, typer.Option("--then", help=say("cli-roster-then"))] = False,
) -> None:
    from liaison.instants import instant

    asked = instant(at) if at else 0

    async def work(office: Office) -> tuple[str, int, Watch, tuple[Span, ...], dict[str, str], dict[str, str]]:
        from hutong.client.joining import now_ms
        from hutong.directory.plan import DAY_MS, shifts
        from hutong.directory.roster import on_duty

        code, when = _agency(office, agency, desk), asked or now_ms()
        records = office.directory.known_at(when) if then else office.directory.records
        if code not in records.agencies:
            raise HutongError("HT-DIR-01", agency=code)
        spans = shifts(records, code, desk, when, when + days * DAY_MS) if days else ()
        on_watch = on_duty(records, code, desk, when)
        return code, when, on_watch, spans, office.names(), office.contact_names()

    code, when, watch, spans, names, disclosed = in_office(how, work)
    from liaison.cli import paint, shifts

    if how.output is Output.TABLE:
        shifts.line(when, watch, names)
        if spans:
            shifts.table(spans, names)
        return
    write_json(
        {
            "agency": code,
            "desk": desk or None,
            "at": paint.iso(when),
            "on_duty": shifts.watch_json(watch, disclosed),
            "spans": [shifts.span_json(span, disclosed) for span in spans],
        }
    )


@app.command()
@takes("cli-roster-gaps-help", *READING)
def gaps(how: Manner, days: DaysOption = 30, agency: AgencyOption = "") -> None:
    async def work(office: Office) -> tuple[str, tuple[Gap, ...], dict[str, str]]:
        from hutong.client.joining import now_ms
        from hutong.directory.plan import coverage

        code = _agency(office, agency, "")
        return code, coverage(office.directory.records, code, now_ms(), days), office.names()

    code, found, names = in_office(how, work)
    from liaison.cli import shifts

    if how.output is Output.JSON:
        write_json({"agency": code, "days": days, "gaps": [shifts.gap_json(gap) for gap in found]})
    elif found:
        shifts.gap_table(found, names)
    else:
        data().print(say("roster-no-gaps", days=days))


@app.command()
@takes("cli-roster-publish-help", *SIGNING)
def publish(
    how: Manner,
    file: Annotated[Path | None, typer.Argument(metavar="FILE", help=say("cli-paper"), show_default=False)] = None,
    template: TemplateOption = False,
) -> None:
    from liaison.papers.examples import example

    if template:
        sys.stdout.write(example("roster"))
        return
    if file is None:
        raise HutongError("HT-CLI-34")
    from liaison import rosters
    from liaison.papers.roster import roster
    from liaison.papers.yaml import read_file

    paper = roster(read_file(file))

    async def prepare(office: Office) -> Draft:
        return rosters.publication(office, paper)

    told_id(act(how, prepare), how.output, "roster-published")


@app.command()
@takes("cli-roster-override-help", *SIGNING)
def override(
    how: Manner,
    contact: Annotated[str, typer.Argument(metavar="CONTACT", help=say("cli-roster-stand-in"))],
    begins: FromOption,
    ends: ToOption,
    replaces: Annotated[
        str, typer.Option("--replaces", metavar="CONTACT", help=say("cli-roster-replaces"), show_default=False)
    ] = "",
    desk: DeskOption = "",
) -> None:
    from liaison import rosters
    from liaison.instants import stretch

    first, last = stretch(begins, ends)

    async def prepare(office: Office) -> Draft:
        return rosters.override(office, desk, first, last, contact, replaces)

    told_id(act(how, prepare), how.output, "roster-overridden")


def _agency(office: Office, said: str, desk: str) -> str:
    """The code of the agency that is meant, by default one's own; HT-DIR-01, HT-DIR-08."""
    from liaison.drafting import agency_code

    code = agency_code(office, said or office.profile.agency)
    if desk and desk not in dict(office.directory.records.agencies[code].desks):
        raise HutongError("HT-DIR-08", desk=desk[:40], agency=code)
    return code
