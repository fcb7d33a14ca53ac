"""``hutong inbox``: what waits, least time left first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from hutong.catalogue import say
from hutong.terminal import LangOption, Output, OutputOption
from liaison.cli.options import NoInputOption, ProfileOption, described
from liaison.cli.run import in_office, tell, write_json

if TYPE_CHECKING:
    from liaison.items import Duty
    from liaison.office import Inbox, Office


@described("cli-inbox-help")
def inbox(
    due: Annotated[str, typer.Option("--due", help=say("cli-inbox-due"))] = "",
    everything: Annotated[bool, typer.Option("--all", help=say("cli-inbox-all"))] = False,
    outgoing: Annotated[bool, typer.Option("--outgoing", help=say("cli-inbox-outgoing"))] = False,
    profile: ProfileOption = None,
    output: OutputOption = Output.TABLE,
    no_input: NoInputOption = False,
    lang: LangOption = None,
) -> None:
    from liaison.items import duration

    within = duration(due) if due else None

    async def work(office: Office) -> tuple[Inbox, dict[str, str]]:
        found = await office.inbox(outgoing=outgoing, ended=everything, due=within)
        return found, office.agency_names()

    found, names = in_office(profile, no_input, work)
    if output is Output.JSON:
        write_json({"obligations": [as_json(duty) for duty in found.duties]})
    else:
        _table(found, names, outgoing)
    if found.untitled:
        tell("cli-inbox-untitled", why=found.untitled.sentences().why)


def as_json(duty: Duty) -> dict[str, Any]:
    """One obligation for programs; times with +08:00, seconds left negative when overdue."""
    from hutong.v1 import casework_pb2, codes_pb2
    from liaison import words
    from liaison.cli.paint import iso

    record = duty.record
    return {
        "item": record.item_id.hex(),
        "kind": words.kind_name(record.kind),
        "title": duty.title,
        "from": record.from_agency,
        "agency": record.agency,
        "urgency": words.short(codes_pb2.Urgency, record.urgency),
        "owner": record.owner,
        "owner_name": duty.owner_name,
        "state": words.short(casework_pb2.ObligationState, record.state),
        "available_at": iso(record.available_at),
        "delivered_at": iso(record.delivered_at),
        "seen_at": iso(record.seen_at),
        "acknowledged_at": iso(record.acknowledged_at),
        "acknowledge_by": iso(record.acknowledge_by),
        "seconds_left": None if duty.left is None else duty.left // 1000,
        "lamp": duty.lamp.value,
        "closed_at": iso(record.closed_at),
        "outcome": words.short(codes_pb2.OutcomeCode, record.outcome) if record.outcome else None,
        "returned_for": words.short(codes_pb2.ReasonCode, record.returned_for) if record.returned_for else None,
        "non_response": record.non_response,
        "source": "hub",
    }


def _table(found: Inbox, names: dict[str, str], outgoing: bool) -> None:
    from hutong.v1 import casework_pb2, codes_pb2
    from liaison import words
    from liaison.cli import paint

    if not found.duties:
        tell("cli-inbox-empty")
        return
    other = "to" if outgoing else "from"
    columns = ("lamp", "left", "by", "id", "kind", other, "urgency", "owner", "state", "title")
    rows = []
    for duty in found.duties:
        record = duty.record
        agency = record.agency if outgoing else record.from_agency
        rows.append(
            (
                paint.lamp(duty.lamp),
                paint.left(duty.left),
                paint.moment(record.acknowledge_by),
                found.ids[record.item_id],
                words.kind_word(record.kind),
                names.get(agency, agency),
                words.word(codes_pb2.Urgency, record.urgency),
                duty.owner_name,
                words.word(casework_pb2.ObligationState, record.state),
                duty.title,
            )
        )
    paint.table([say(f"column-{name}") for name in columns], rows)
    tell("cli-inbox-said")
