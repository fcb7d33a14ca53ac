"""A sheet about one item to be printed and put into a file: 办理单, 督办单 or 催办函. Pure.

Each obligation has its owner, both clocks, the steps of its ladder that were taken, and the one that comes next.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from hutong.catalogue import say
from hutong.directory.records import Directory
from hutong.kinds import kinds
from hutong.proofs.reference import Reference
from hutong.v1 import codes_pb2
from liaison import saying, words
from liaison.items import ICONS, Duty, Lamp
from liaison.reading import Line, agency, contact, moment
from liaison.timeline import Event
from liaison.view import ItemView, Opened
from rules.relation import PRESSING, relation

Names = Mapping[str, str]


class Form(StrEnum):
    """What the sheet is."""

    HANDLING = "handling"
    SUPERVISION = "supervision"
    URGING = "urging"


@dataclass(frozen=True)
class Step:
    """One step of a ladder that was taken: when, what was done towards whom, and how far that is proved."""

    at: int
    what: str
    proof: str


@dataclass(frozen=True)
class Section:
    """One obligation."""

    agency: str
    lines: tuple[Line, ...]
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Slip:
    """One sheet."""

    form: Form
    drill: bool
    lines: tuple[Line, ...]
    sections: tuple[Section, ...]
    printed: tuple[Line, ...]
    reference: str = ""
    """The entry that opened the item, to be checked offline (hutong/proofs/reference.py); empty where nothing proves
    it."""


def slip(view: ItemView, names: Names, directory: Directory, own: str, now: int, only: str = "") -> Slip:
    """The sheet of the item in ``view`` as ``own`` prints it at ``now`` (ms); ``only``: of one agency's obligation."""
    duties = [duty for duty in view.duties if not only or duty.record.agency == only]
    return Slip(
        form=_form(view, duties, directory, own),
        drill=view.matter.drill,
        lines=tuple(_item(view, names)),
        sections=tuple(_section(duty, view, names) for duty in duties),
        printed=((say("slip-printed-by"), agency(own, names)), (say("slip-printed-at"), moment(now))),
        reference=_reference(view.opening),
    )


def _reference(opening: Opened | None) -> str:
    if opening is None:
        return ""
    entry = opening.answer.entry.receipt.entry
    return str(Reference.of(opening.header.origin, opening.index, entry))


def _form(view: ItemView, duties: Sequence[Duty], directory: Directory, own: str) -> Form:
    """督办单 for a 督办, and from above for what is overdue; to a peer that is a 催办函; everything else a 办理单."""
    if view.matter.kind == kinds()["supervision"].number:
        return Form.SUPERVISION
    late = [duty for duty in duties if duty.lamp is Lamp.RED]
    if not late or own != view.matter.originator:
        return Form.HANDLING
    above = all(relation(directory, own, duty.record.agency) in PRESSING for duty in late)
    return Form.SUPERVISION if above else Form.URGING


def _item(view: ItemView, names: Names) -> Iterator[Line]:
    matter, opening = view.matter, view.opening
    yield say("field-item"), matter.item.hex()
    yield say("field-kind"), words.kind_word(matter.kind)
    if opening is not None and opening.title:
        yield say("column-title"), opening.title
    yield say("field-from"), _said(f"{agency(matter.originator, names)} {contact(matter.opener, names)}", view)
    yield say("field-urgency"), _said(words.word(codes_pb2.Urgency, matter.urgency), view)
    if opening is None:
        yield say("field-signature"), say("slip-unproved")
        return
    header = opening.header
    yield say("field-opened"), moment(opening.recorded_at)
    yield say("field-handling"), words.word(codes_pb2.Handling, header.handling)
    if header.legal_basis:
        yield say("field-basis"), say("list-comma").join(header.legal_basis)
    yield say("field-signature"), say("signature-fine", index=opening.index)


def _said(text: str, view: ItemView) -> str:
    return text if view.matter.proved else say("as-the-hub-says", said=text)


def _section(duty: Duty, view: ItemView, names: Names) -> Section:
    return Section(
        agency=agency(duty.record.agency, names),
        lines=tuple(_duty(duty, names)),
        steps=tuple(_steps(duty, view.timeline, names)),
    )


def _duty(duty: Duty, names: Names) -> Iterator[Line]:
    """The obligation as the hub keeps it."""
    record = duty.record
    yield say("column-owner"), duty.owner_name
    yield say("column-state"), saying.state(duty, names)
    yield say("column-lamp"), f"{ICONS[duty.lamp]} {say(f'lamp-{duty.standing}')}"
    yield say("field-available"), moment(record.available_at)
    yield say("column-delivered"), moment(record.delivered_at)
    yield say("column-by"), saying.clock(record.acknowledge_by, provisional=record.acknowledge_by_provisional)
    yield say("column-acknowledged"), moment(record.acknowledged_at)
    if record.received_on:
        yield (
            say("slip-received"),
            say("slip-received-on-paper", at=moment(record.received_at), date=record.received_on),
        )
    yield say("column-complete"), _completion(duty)
    if record.reported_at:
        yield say("slip-reported"), moment(record.reported_at)
    if record.closed_at:
        result = words.word(codes_pb2.OutcomeCode, record.outcome)
        result = result or words.word(codes_pb2.ReasonCode, record.returned_for)
        yield say("column-result"), f"{moment(record.closed_at)} {result}"
    if record.extensions:
        yield say("slip-extensions"), str(record.extensions)
    if duty.open and record.next_at:
        at = saying.clock(duty.told_at, provisional=record.told_at_provisional)
        yield say("column-next"), f"{at} {saying.step(duty, names)}"


def _completion(duty: Duty) -> str:
    """The time and, where a law sets it, its rule."""
    record = duty.record
    at, rule = saying.clock(record.complete_by, provisional=record.complete_by_provisional), record.complete_rule
    return say("slip-by-rule", at=at, rule=rule) if rule and rule != "practice" else at


def _steps(duty: Duty, events: Sequence[Event], names: Names) -> Iterator[Step]:
    """What the hub has said about this obligation, and who pushed it: as signed, where it was delivered here."""
    for event in events:
        header = event.header
        if header is None:
            continue
        name = str(header.WhichOneof("kind"))
        if name in _LADDER and getattr(header, name).agency == duty.record.agency:
            what = f"{words.kind_word(event.kind)} · {saying.about(event, names)}"
            yield Step(event.at, what, say("proved-by-entry", index=event.index))


_LADDER = ("escalated", "non_response", "ownership_fell", "escalation_forced", "assigned")
