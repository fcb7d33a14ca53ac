"""``hutong handover``: open items to a colleague, before leave or for good (工作交接)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hutong.catalogue import say
from hutong.terminal import Output, talk
from liaison.cli.options import READING, SIGNING, Manner, helped, takes
from liaison.cli.run import in_office, tell, write_json
from liaison.cli.signing import act, asks

if TYPE_CHECKING:
    from hutong.v1 import casework_pb2
    from liaison.office import Draft, Office

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help=helped("cli-handover-help"))
OfferArgument = Annotated[str, typer.Argument(metavar="HANDOVER", help=say("cli-handover-id"))]


@app.command()
@takes("cli-handover-start-help", *SIGNING)
def start(
    how: Manner,
    to: Annotated[str, typer.Option("--to", help=say("cli-handover-to"))],
    items: Annotated[list[str] | None, typer.Argument(metavar="ID…", help=say("cli-items"))] = None,
    everything: Annotated[bool, typer.Option("--all", help=say("cli-handover-all"))] = False,
    leaving: Annotated[bool, typer.Option("--leaving", help=say("cli-handover-leaving"))] = False,
) -> None:
    from liaison.terms import one_of

    one_of(bool(items), everything or leaving, "ID… / --all, --leaving")
    offered: list[bytes] = []

    async def prepare(office: Office) -> Draft:
        from liaison import moves

        named = [await office.resolve(each) for each in dict.fromkeys(items or ())]
        draft = await moves.handover(office, named, to, leaving=leaving)
        offered.extend(each for header in draft.headers for each in header.handover_offered.items)
        if asks(how):
            await _items(office, offered)
        return draft

    done = act(how, prepare)
    if done is None:
        return
    made = [each.entry.message_id.hex() for each in done]
    if how.output is Output.JSON:
        write_json({"handovers": made, "items": [each.hex() for each in offered]})
    else:
        tell("cli-handover-started", count=len(offered), to=to, id=say("list-comma").join(each[-8:] for each in made))


@app.command("list")
@takes("cli-handover-list-help", *READING)
def list_(
    how: Manner,
    everything: Annotated[bool, typer.Option("--all", help=say("cli-handover-answered"))] = False,
) -> None:
    async def work(office: Office) -> tuple[list[casework_pb2.Handover], dict[str, str]]:
        return await office.handovers(answered=everything), office.names()

    found, names = in_office(how, work)
    if how.output is Output.JSON:
        write_json({"handovers": [as_json(each, names) for each in found]})
    elif not found:
        tell("cli-handover-none-at-all" if everything else "cli-handover-none")
    else:
        _table(found, names)


@app.command()
@takes("cli-handover-accept-help", *SIGNING, grave=True)
def accept(how: Manner, offer: OfferArgument = "") -> None:
    _answer(offer, how, accepted=True)


@app.command()
@takes("cli-handover-decline-help", *SIGNING)
def decline(how: Manner, offer: OfferArgument = "") -> None:
    _answer(offer, how, accepted=False)


@app.command()
@takes("cli-handover-withdraw-help", *SIGNING)
def withdraw(how: Manner, offer: OfferArgument = "") -> None:
    found: list[casework_pb2.Handover] = []

    async def prepare(office: Office) -> Draft:
        from liaison import moves

        draft, meant = await moves.handover_withdrawal(office, offer)
        found.append(meant)
        return draft

    done = act(how, prepare)
    if done is None:
        return
    if how.output is Output.JSON:
        write_json({"handover": found[0].id.hex(), "withdrawn": True, "index": done[0].index})
    else:
        tell("cli-handover-withdrawn", count=len(found[0].items), index=done[0].index)


def _answer(offer: str, how: Manner, *, accepted: bool) -> None:
    found: list[casework_pb2.Handover] = []

    async def prepare(office: Office) -> Draft:
        from liaison import moves

        draft, meant = await moves.handover_answer(office, offer, accepted=accepted)
        found.append(meant)
        if asks(how):
            tell("cli-handover-from", name=office.directory.contact_name(meant.giver), count=len(meant.items))
            await _items(office, meant.items)
        return draft

    done = act(how, prepare)
    if done is None:
        return
    if how.output is Output.JSON:
        write_json({"handover": found[0].id.hex(), "accepted": accepted, "index": done[0].index})
    else:
        key = "cli-handover-accepted" if accepted else "cli-handover-declined"
        tell(key, count=len(found[0].items), index=done[0].index)


async def _items(office: Office, items: Sequence[bytes]) -> None:
    """What is about to change hands, a line each."""
    from hutong.v1 import casework_pb2
    from liaison import words
    from liaison.cli import paint
    from liaison.reading import agency

    inbox, names, rows = await office.inbox(), office.agency_names(), []
    for duty in (each for each in inbox.duties if each.record.item_id in items):
        record = duty.record
        state = words.word(casework_pb2.ObligationState, record.state)
        sender = agency(record.from_agency, names)
        rows.append((inbox.ids[record.item_id], sender, state, paint.left(duty.left), duty.title or "–"))
    paint.table([say(f"column-{name}") for name in ("id", "from", "state", "left", "title")], rows, talk())


def as_json(each: casework_pb2.Handover, names: dict[str, str]) -> dict[str, Any]:
    """One handover for programs."""
    from liaison.cli.paint import iso
    from liaison.reading import contact

    return {
        "handover": each.id.hex(),
        "giver": each.giver,
        "giver_name": contact(each.giver, names),
        "taker": each.taker,
        "taker_name": contact(each.taker, names),
        "items": [item.hex() for item in each.items],
        "leaving": each.leaving,
        "offered_at": iso(each.offered_at),
        "answered_at": iso(each.answered_at),
        "accepted": each.accepted if each.answered_at else None,
        "ends_at": iso(each.ends_at),
        "withdrawn_at": iso(each.withdrawn_at),
        "over": each.over,
        "source": "hub",
    }


def _table(found: Sequence[casework_pb2.Handover], names: dict[str, str]) -> None:
    from liaison.cli import paint
    from liaison.ids import short_ids
    from liaison.reading import contact

    ids = short_ids(each.id for each in found)
    rows = [
        (
            ids[each.id],
            contact(each.giver, names),
            contact(each.taker, names),
            str(len(each.items)),
            say("yes" if each.leaving else "no"),
            paint.moment(each.offered_at),
            paint.moment(each.ends_at),
            _state(each),
        )
        for each in found
    ]
    columns = ("id", "giver", "taker", "items", "leaving", "offered", "answer-by", "answer")
    paint.table([say(f"column-{name}") for name in columns], rows)


def _state(each: casework_pb2.Handover) -> str:
    if each.withdrawn_at:
        return say("handover-withdrawn")
    if not each.answered_at:
        return say("handover-over" if each.over else "handover-waiting")
    return say("handover-taken" if each.accepted else "handover-declined")
