"""``hutong contacts absent`` and ``delegate``: who is away, and who acts in whose place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from hutong.catalogue import say
from hutong.errors import HutongError
from hutong.terminal import Output
from liaison.cli.options import SIGNING, Manner, takes
from liaison.cli.run import in_office, write_json
from liaison.cli.signing import act, told_id

if TYPE_CHECKING:
    from hutong.directory.duties import Absence, Delegation
    from liaison.office import Draft, Office

FromOption = Annotated[str, typer.Option("--from", metavar="TIME", help=say("cli-away-from"), show_default=False)]
ToOption = Annotated[str, typer.Option("--to", metavar="TIME", help=say("cli-away-to"), show_default=False)]
EndOption = Annotated[str, typer.Option("--end", metavar="ID", help=say("cli-away-end"), show_default=False)]
AtOption = Annotated[str, typer.Option("--at", metavar="TIME", help=say("cli-away-at"), show_default=False)]


@takes("cli-absent-help", *SIGNING)
def absent(
    how: Manner,
    contact: Annotated[str, typer.Argument(metavar="CONTACT", help=say("cli-absent-contact"), show_default=False)] = "",
    begins: FromOption = "",
    ends: ToOption = "",
    end: EndOption = "",
    at: AtOption = "",
) -> None:
    if not (begins or ends or end or contact):
        _list_absences(how)
        return
    from liaison import rosters

    first, last = _stretch(begins, ends, end, at)

    async def prepare(office: Office) -> Draft:
        return rosters.back(office, end, last) if end else rosters.absence(office, contact, first, last)

    key = "absent-ended" if end else "absent-declared"
    told_id(act(how, prepare), how.output, key)


@takes("cli-delegate-help", *SIGNING)
def delegate(
    how: Manner,
    deputy: Annotated[
        str, typer.Argument(metavar="CONTACT", help=say("cli-delegate-contact"), show_default=False)
    ] = "",
    begins: FromOption = "",
    ends: ToOption = "",
    end: EndOption = "",
    at: AtOption = "",
) -> None:
    if not (begins or ends or end or deputy):
        _list_delegations(how)
        return
    from liaison import rosters

    first, last = _stretch(begins, ends, end, at)

    async def prepare(office: Office) -> Draft:
        return rosters.taken_back(office, end, last) if end else rosters.delegation(office, deputy, first, last)

    key = "delegation-ended" if end else "delegation-given"
    told_id(act(how, prepare), how.output, key)


def _stretch(begins: str, ends: str, end: str, at: str) -> tuple[int, int]:
    """From when (by default now) to when, in ms; for an end only the second. HT-ROS-08: both forms, or no end;
    HT-ROS-09, -10: it ends before it begins, or lies in the past."""
    from hutong.client.joining import now_ms
    from liaison.instants import instant, stretch

    if (end and (begins or ends)) or (at and not end) or not (end or ends):
        raise HutongError("HT-ROS-08")
    if end:
        return 0, instant(at) if at else now_ms()
    return stretch(begins, ends)


def _list_absences(how: Manner) -> None:
    async def work(office: Office) -> tuple[list[Absence], dict[str, str]]:
        from liaison.rosters import absences

        return absences(office), office.names()

    found, names = in_office(how, work)
    from liaison.cli import paint
    from liaison.cli.shifts import person
    from liaison.ids import short_ids

    if how.output is Output.JSON:
        said = [
            {"id": each.id.hex(), "contact": each.contact, "from": paint.iso(each.begins), "to": paint.iso(each.ends)}
            for each in found
        ]
        write_json({"absences": said})
        return
    short = short_ids([each.id for each in found])
    rows = [
        (short[each.id], person(each.contact, names), paint.moment(each.begins), paint.moment(each.ends))
        for each in found
    ]
    paint.listed([say(f"column-{name}") for name in ("id", "contact", "begins", "ends")], rows, "absent-none")


def _list_delegations(how: Manner) -> None:
    async def work(office: Office) -> tuple[list[Delegation], dict[str, str]]:
        from liaison.rosters import delegations

        return delegations(office), office.names()

    found, names = in_office(how, work)
    from liaison.cli import paint
    from liaison.cli.shifts import person
    from liaison.ids import short_ids

    if how.output is Output.JSON:
        said = [
            {
                "id": each.id.hex(),
                "principal": each.principal,
                "deputy": each.deputy,
                "from": paint.iso(each.begins),
                "to": paint.iso(each.ends),
            }
            for each in found
        ]
        write_json({"delegations": said})
        return
    short = short_ids([each.id for each in found])
    rows = [
        (
            short[each.id],
            person(each.principal, names),
            person(each.deputy, names),
            paint.moment(each.begins),
            paint.moment(each.ends),
        )
        for each in found
    ]
    columns = ("id", "principal", "deputy", "begins", "ends")
    paint.listed([say(f"column-{name}") for name in columns], rows, "delegation-none")
