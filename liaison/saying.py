"""What a line of the timeline says beside its kind: who was told, until when, why, with what result. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from hutong.catalogue import LANGS, say
from hutong.v1 import casework_pb2, codes_pb2, header_pb2
from liaison import words
from liaison.items import Duty
from liaison.reading import agency, contact, moment
from liaison.timeline import Event, Mark
from rules.records import BY_HEAD

Names = Mapping[str, str]


def about(event: Event, names: Names) -> str:
    """One line: the facts that were signed, or the clock's owner; then the title, if the body has one."""
    parts = [*_facts(event, names), event.title]
    if event.duty is not None:
        parts = [step(event.duty, names) if event.mark is Mark.NEXT_STEP else "", _provisional(event.duty, event.mark)]
    return " · ".join(each for each in parts if each)


def signer(event: Event) -> str:
    """The person, with 代理 and the principal where one acted for another."""
    if event.acting_for:
        return say("acting-for", name=event.contact_name, principal=event.principal_name)
    return event.contact_name


def step(duty: Duty, names: Names) -> str:
    """The next step of the ladder without its time: form, who is told as things stand, and as what."""
    record = duty.record
    if not record.next_at:
        return ""
    if not record.next_to:
        return say("next-certificate")
    form = words.word(codes_pb2.EscalationForm, record.next_form)
    target = words.word(codes_pb2.EscalationTarget, record.next_to)
    return told(form, target, [contact(each, names) for each in record.next_contacts])


def told(form: str, target: str, people: list[str]) -> str:
    """A step in words; who nobody holds the post is said so."""
    if not people:
        return say("told-nobody", form=form, target=target)
    return say("told", form=form, target=target, people=say("list-comma").join(people))


def marks(duty: Duty, names: Names) -> Iterator[str]:
    """What stands out of the ordinary about an obligation."""
    record = duty.record
    if record.breach:
        yield say("mark-breach")
    if record.red and duty.open:
        yield say("mark-red")
    if record.extension_stage:
        yield say("mark-extension-head" if record.extension_stage == BY_HEAD else "mark-extension-originator")
    if record.overran_at and duty.open:
        yield say("mark-overran", at=moment(record.overran_at))
    if record.redirected_from:
        yield say("mark-redirected", agency=names.get(record.redirected_from, record.redirected_from))
    if record.sent_back and duty.open:
        yield say("mark-sent-back")


def clock(at: int, *, provisional: bool) -> str:
    """An instant, marked 暂定 where a calendar that is still to come may tell another."""
    return say("provisional", at=moment(at)) if at and provisional else moment(at)


def state(duty: Duty, names: Names) -> str:
    """The state's word with what it waits for, and whatever stands out of the ordinary."""
    return " · ".join((_state(duty, names), *marks(duty, names)))


def _state(duty: Duty, names: Names) -> str:
    record = duty.record
    word = words.word(casework_pb2.ObligationState, record.state)
    if duty.held:
        return say("state-until", state=word, until=moment(record.held_until))
    if record.state in (casework_pb2.OBLIGATION_STATE_REDIRECTED, casework_pb2.OBLIGATION_STATE_PASSED_ON):
        return say("state-towards", state=word, agency=names.get(record.redirected_to, record.redirected_to))
    return word


def titled(title: str, *, drill: bool) -> str:
    """演练 is never mistaken for the real thing; a title that says so itself says it once."""
    marked = any(title.startswith(say("drill-title", lang, title="").rstrip()) for lang in LANGS)
    return say("drill-title", title=title).rstrip() if drill and not marked else title


def _facts(event: Event, names: Names) -> Iterator[str]:
    header = event.header
    if header is None:
        return
    name = str(header.WhichOneof("kind"))
    if header.facts.drill:
        yield say("drill")
    if name in _SAID:
        yield from _SAID[name](getattr(header, name), header, names)


def _provisional(duty: Duty, mark: Mark | None) -> str:
    record = duty.record
    marked = {
        Mark.ACKNOWLEDGE_BY: record.acknowledge_by_provisional,
        Mark.COMPLETE_BY: record.complete_by_provisional,
        Mark.NEXT_STEP: record.told_at_provisional,
    }
    return say("provisional-day") if mark and marked.get(mark) else ""


def _reason(said: Any, header: header_pb2.Header, names: Names) -> Iterator[str]:
    yield words.word(codes_pb2.ReasonCode, said.reason)


def _redirect(said: Any, header: header_pb2.Header, names: Names) -> Iterator[str]:
    to = (each.agency for each in header.recipients if each.role == codes_pb2.RECIPIENT_ROLE_TO)
    yield say("said-to", to=say("list-comma").join(agency(each, names) for each in to))
    yield words.word(codes_pb2.ReasonCode, said.reason)


def _held(said: Any, header: header_pb2.Header, names: Names) -> Iterator[str]:
    yield say("said-until", until=moment(said.until))
    yield words.word(codes_pb2.HoldReason, said.reason)


def _asked(said: Any, header: header_pb2.Header, names: Names) -> Iterator[str]:
    yield say("said-until", until=moment(said.until))
    yield words.word(codes_pb2.ExtensionReason, said.reason)


def _decided(said: Any, header: header_pb2.Header, names: Names) -> Iterator[str]:
    yield agency(said.agency, names)
    yield say("said-granted" if said.granted else "said-refused")


def _reviewed(said: Any, header: header_pb2.Header, names: Names) -> Iterator[str]:
    yield agency(said.agency, names)
    yield say("said-accepted" if said.accepted else "said-back")
    yield words.word(codes_pb2.ReasonCode, said.reason)


def _assigned(said: Any, header: header_pb2.Header, names: Names) -> Iterator[str]:
    yield agency(said.agency, names)
    yield from (say("said-to", to=contact(each.contact, names)) for each in header.recipients)


def _escalated(said: Any, header: header_pb2.Header, names: Names) -> Iterator[str]:
    form = words.word(codes_pb2.EscalationForm, said.form)
    target = words.word(codes_pb2.EscalationTarget, said.to)
    yield agency(said.agency, names)
    yield told(form, target, [contact(each, names) for each in said.told])
    if said.last:
        yield say("said-last")


def _fell(said: Any, header: header_pb2.Header, names: Names) -> Iterator[str]:
    yield agency(said.agency, names)
    yield say("said-fell", owner=contact(said.owner, names), head=contact(said.head, names))
    yield words.word(codes_pb2.FallCause, said.cause)


def _silent(said: Any, header: header_pb2.Header, names: Names) -> Iterator[str]:
    yield agency(said.agency, names)
    yield words.word(codes_pb2.NonResponseForm, said.form)


def _entered(said: Any, header: header_pb2.Header, names: Names) -> Iterator[str]:
    yield words.word(codes_pb2.ApprovalSubject, said.subject)
    yield say("said-granted" if said.granted else "said-refused")
    yield say("said-on-paper", date=said.decided_on, post=words.word(codes_pb2.ApprovalPost, said.post))


_SAID: dict[str, Callable[[Any, header_pb2.Header, Names], Iterator[str]]] = {
    "return": _reason,
    "redirect": _redirect,
    "completed": lambda said, header, names: iter([words.word(codes_pb2.OutcomeCode, said.outcome)]),
    "inquiry_reply": lambda said, header, names: iter([words.word(codes_pb2.ReplyExtent, said.extent)]),
    "progressed": lambda said, header, names: iter([words.word(codes_pb2.ProgressStep, said.step)]),
    "held": _held,
    "extension_asked": _asked,
    "extension_decided": _decided,
    "reviewed": _reviewed,
    "assigned": _assigned,
    "escalation_forced": lambda said, header, names: iter([agency(said.agency, names)]),
    "escalated": _escalated,
    "ownership_fell": _fell,
    "non_response": _silent,
    "approval_recorded": _entered,
    "received_on_paper": lambda said, header, names: iter([say("said-received-on", date=said.received_on)]),
    "approval_checked": lambda said, header, names: iter([say("said-agrees" if said.agrees else "said-disagrees")]),
}
