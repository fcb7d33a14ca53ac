"""``hutong roster swap`` (换班): one's own shift for a colleague's, by two signatures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from hutong.catalogue import say
from hutong.terminal import Output
from liaison.cli.options import READING, SIGNING, Manner, helped, takes
from liaison.cli.run import in_office, write_json
from liaison.cli.signing import act, told_id

if TYPE_CHECKING:
    from hutong.directory.duties import Swap
    from liaison.office import Draft, Office

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help=helped("cli-swap-help"))
SwapArgument = Annotated[str, typer.Argument(metavar="ID", help=say("cli-swap-id"))]


@app.command()
@takes("cli-swap-offer-help", *SIGNING)
def offer(
    how: Manner,
    mine: Annotated[str, typer.Option("--mine", metavar="TIME", help=say("cli-swap-mine"))],
    other: Annotated[str, typer.Option("--with", metavar="CONTACT", help=say("cli-swap-with"))],
    theirs: Annotated[str, typer.Option("--theirs", metavar="TIME", help=say("cli-swap-theirs"))],
    desk: Annotated[str, typer.Option("--desk", help=say("cli-roster-desk"), show_default=False)] = "",
) -> None:
    from liaison import rosters
    from liaison.instants import instant

    gives, takes = instant(mine), instant(theirs)

    async def prepare(office: Office) -> Draft:
        return rosters.offer(office, desk, gives, other, takes)

    told_id(act(how, prepare), how.output, "swap-offered")


@app.command()
@takes("cli-swap-accept-help", *SIGNING)
def accept(how: Manner, swap: SwapArgument) -> None:
    _answer(swap, how, accepted=True)


@app.command()
@takes("cli-swap-decline-help", *SIGNING)
def decline(how: Manner, swap: SwapArgument) -> None:
    _answer(swap, how, accepted=False)


@app.command("list")
@takes("cli-swap-list-help", *READING)
def list_(how: Manner) -> None:
    async def work(office: Office) -> tuple[list[Swap], dict[str, str]]:
        from liaison.rosters import swaps

        return swaps(office), office.names()

    found, names = in_office(how, work)
    if how.output is Output.JSON:
        write_json({"swaps": [_as_json(swap) for swap in found]})
    else:
        _table(found, names)


def _answer(swap: str, how: Manner, *, accepted: bool) -> None:
    from liaison import rosters

    async def prepare(office: Office) -> Draft:
        return rosters.answer(office, swap, accepted=accepted)

    told_id(act(how, prepare), how.output, "swap-accepted-done" if accepted else "swap-declined-done")


def _state(swap: Swap) -> str:
    if not swap.answered_at:
        return "open"
    return "accepted" if swap.accepted else "declined"


def _as_json(swap: Swap) -> dict[str, Any]:
    from liaison.cli.paint import iso

    return {
        "id": swap.id.hex(),
        "desk": swap.desk or None,
        "state": _state(swap),
        "offered_by": swap.offerer,
        "gives": {"from": iso(swap.begins), "to": iso(swap.ends)},
        "to": swap.other,
        "takes": {"from": iso(swap.other_begins), "to": iso(swap.other_ends)},
    }


def _table(swaps: list[Swap], names: dict[str, str]) -> None:
    from liaison.cli import paint
    from liaison.cli.shifts import person
    from liaison.ids import short_ids

    short = short_ids([swap.id for swap in swaps])
    rows = [
        (
            short[swap.id],
            say(f"swap-{_state(swap)}"),
            swap.desk or say("whole-agency"),
            person(swap.offerer, names),
            say("time-span", begins=paint.moment(swap.begins), ends=paint.moment(swap.ends)),
            person(swap.other, names),
            say("time-span", begins=paint.moment(swap.other_begins), ends=paint.moment(swap.other_ends)),
        )
        for swap in swaps
    ]
    columns = ("id", "state", "desk", "offered-by", "gives", "offered-to", "takes")
    paint.listed([say(f"column-{name}") for name in columns], rows, "swap-none")
