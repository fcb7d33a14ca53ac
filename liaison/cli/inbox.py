"""``hutong inbox``: what waits, least time left first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from hutong.catalogue import say
from hutong.terminal import Output
from liaison.cli.options import READING, Manner, takes
from liaison.cli.run import in_office, tell, write_json

if TYPE_CHECKING:
    from hutong.v1 import casework_pb2
    from liaison.items import Duty
    from liaison.office import Inbox, Office


@takes("cli-inbox-help", *READING)
def inbox(
    how: Manner,
    due: Annotated[str, typer.Option("--due", help=say("cli-inbox-due"))] = "",
    everything: Annotated[bool, typer.Option("--all", help=say("cli-inbox-all"))] = False,
    outgoing: Annotated[bool, typer.Option("--outgoing", help=say("cli-inbox-outgoing"))] = False,
    mine: Annotated[bool, typer.Option("--mine", help=say("cli-inbox-mine"))] = False,
) -> None:
    from liaison.ids import duration

    within = duration(due) if due else None

    async def work(office: Office) -> tuple[Inbox, dict[str, str]]:
        found = await office.inbox(outgoing=outgoing, ended=everything, due=within, mine=mine)
        return found, office.names()

    found, names = in_office(how, work)
    if how.output is Output.JSON:
        from liaison.cli.handover import as_json as handover_json

        offered = [handover_json(each, names) for each in found.handovers]
        write_json({"obligations": [as_json(duty, names) for duty in found.duties], "handovers": offered})
    else:
        for offer in found.handovers:
            _offered(offer, names)
        _table(found, names, outgoing, _nothing(outgoing=outgoing, narrowed=bool(due or mine)))
    if found.untitled:
        tell("cli-inbox-untitled", why=found.untitled.sentences().why)


def as_json(duty: Duty, names: dict[str, str]) -> dict[str, Any]:
    """One obligation for programs; times with +08:00, seconds left (of the clock that runs) negative when overdue."""
    from hutong.v1 import casework_pb2, codes_pb2
    from liaison import words
    from liaison.cli.paint import iso

    record = duty.record
    return {
        "item": record.item_id.hex(),
        "kind": words.kind_name(record.kind),
        "title": duty.title,
        "from": record.from_agency,
        "from_contact": record.from_contact,
        "agency": record.agency,
        "urgency": words.short(codes_pb2.Urgency, record.urgency),
        "drill": record.drill,
        "owner": record.owner,
        "owner_name": duty.owner_name,
        "state": words.short(casework_pb2.ObligationState, record.state),
        "available_at": iso(record.available_at),
        "delivered_at": iso(record.delivered_at),
        "seen_at": iso(record.seen_at),
        "acknowledged_at": iso(record.acknowledged_at),
        "received_at": iso(record.received_at),
        "received_on": record.received_on or None,
        "acknowledge_by": iso(record.acknowledge_by),
        "acknowledge_by_provisional": record.acknowledge_by_provisional,
        "complete_by": iso(record.complete_by),
        "complete_by_provisional": record.complete_by_provisional,
        "complete_rule": record.complete_rule or None,
        "clock": duty.clock.value if duty.clock else None,
        "seconds_left": None if duty.left is None else duty.left // 1000,
        "lamp": duty.lamp.value,
        "standing": duty.standing,
        "next": _next(duty, names),
        "steps": record.steps,
        "red": record.red,
        "breach": record.breach,
        "moved": record.moved,
        "held_until": iso(record.held_until),
        "extension": _extension(record),
        "overran_at": iso(record.overran_at),
        "redirected_to": record.redirected_to or None,
        "redirected_from": record.redirected_from or None,
        "reported_at": iso(record.reported_at),
        "in_review_since": iso(record.review_from),
        "sent_back": record.sent_back,
        "closed_at": iso(record.closed_at),
        "outcome": words.short(codes_pb2.OutcomeCode, record.outcome) if record.outcome else None,
        "returned_for": words.short(codes_pb2.ReasonCode, record.returned_for) if record.returned_for else None,
        "non_response": record.non_response,
        "source": "hub",
    }


def _next(duty: Duty, names: dict[str, str]) -> dict[str, Any] | None:
    """The next step of either ladder; ``to`` and ``form`` are null where the hub certifies silence and tells nobody."""
    from hutong.v1 import codes_pb2
    from liaison import words
    from liaison.cli.paint import iso
    from liaison.reading import contact

    record = duty.record
    if not (duty.open and record.next_at):
        return None
    return {
        "at": iso(duty.told_at),
        "provisional": record.told_at_provisional,
        "to": words.short(codes_pb2.EscalationTarget, record.next_to) if record.next_to else None,
        "form": words.short(codes_pb2.EscalationForm, record.next_form) if record.next_to else None,
        "contacts": [{"contact": each, "name": contact(each, names)} for each in record.next_contacts],
    }


def _extension(record: casework_pb2.Obligation) -> dict[str, Any]:
    from liaison.cli.paint import iso

    stages = (None, "head", "originator")
    waits = stages[record.extension_stage] if record.extension_stage < len(stages) else str(record.extension_stage)
    return {"asked_until": iso(record.extension_until), "waits_for": waits, "granted": record.extensions}


def _offered(offer: casework_pb2.Handover, names: dict[str, str]) -> None:
    from hutong.terminal import data
    from liaison.cli.paint import moment
    from liaison.reading import contact

    key = "inbox-handover-leaving" if offer.leaving else "inbox-handover"
    by = moment(offer.ends_at)
    data().print(say(key, name=contact(offer.giver, names), count=len(offer.items), by=by, id=offer.id.hex()[-8:]))


def _nothing(*, outgoing: bool, narrowed: bool) -> str:
    """Which sentence says that the list is empty."""
    if narrowed:
        return "cli-inbox-none-so"
    return "cli-inbox-none-outgoing" if outgoing else "cli-inbox-empty"


def _table(found: Inbox, names: dict[str, str], outgoing: bool, none: str) -> None:
    from hutong.v1 import codes_pb2
    from liaison import saying, words
    from liaison.cli import duties, paint

    if not found.duties:
        tell(none)
        return
    other = "to" if outgoing else "from"
    columns = ("lamp", "left", "id", "title", "kind", other, "urgency", "owner", "state", "by", "complete", "next")
    rows = []
    for duty in found.duties:
        record = duty.record
        agency = record.agency if outgoing else record.from_agency
        rows.append(
            (
                paint.lamp(duty),
                paint.left(duty.left),
                found.ids[record.item_id],
                saying.titled(duty.title, drill=record.drill),
                words.kind_word(record.kind),
                names.get(agency, agency),
                words.word(codes_pb2.Urgency, record.urgency),
                duty.owner_name,
                saying.state(duty, names),
                saying.clock(record.acknowledge_by, provisional=record.acknowledge_by_provisional),
                saying.clock(record.complete_by, provisional=record.complete_by_provisional),
                duties.following(duty, names),
            )
        )
    paint.table([say(f"column-{name}") for name in columns], rows, lead=4)
    tell("cli-inbox-said")
