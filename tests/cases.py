"""A state and the statements put to it one after the other, with the hub's own word when its time comes."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from hutong.errors import HutongError
from hutong.kinds import kind_of
from hutong.signing.dsse import PAYLOAD_TYPE, statement_digest
from hutong.v1 import codes_pb2, header_pb2, kinds_pb2
from hutong.v1.envelope_pb2 import Envelope
from rules import hub_statements
from rules.decide import Statement, decide
from rules.folding import Folded, fold
from rules.outcome import Outcome
from rules.records import Obligation
from rules.state import State
from tests.towns import NOW, ORIGIN, Town

HUB_KEY = "a" * 64


def at(text: str) -> int:
    """Milliseconds of a local time, for example ``2026-10-09T16:30``."""
    return int(dt.datetime.fromisoformat(text + "+08:00").timestamp() * 1000)


def local(ms: int) -> str:
    """The inverse of ``at``, to the minute."""
    return dt.datetime.fromtimestamp(ms / 1000, dt.timezone(dt.timedelta(hours=8))).strftime("%Y-%m-%dT%H:%M")


class Case:
    """A state over ``town``, and a clock that the test moves."""

    def __init__(self, town: Town, now: int = NOW) -> None:
        self.town = town
        self.state = State(directory=town.directory)
        self.index = 100
        self.now = now
        self.keyid = HUB_KEY

    def say(self, header: header_pb2.Header) -> Outcome:
        """Decide ``header`` and fold what it changes."""
        envelope = Envelope(payload=header.SerializeToString(deterministic=True), payload_type=PAYLOAD_TYPE)
        statement = Statement(header, statement_digest(envelope), kind_of(header))
        outcome = decide(self.state, statement, self.index, self.now)
        self.heard(fold(self.state, statement, outcome, self.index, self.now))
        self.index += 1
        return outcome

    def heard(self, folded: Folded) -> None:
        """For those who watch: called with each statement that was folded."""

    def refused(self, header: header_pb2.Header) -> str:
        """The code by which ``header`` is refused; nothing has changed, and people are told what to do."""
        before = dict(self.state.items), dict(self.state.obligations)
        with pytest.raises(HutongError) as caught:
            self.say(header)
        assert before == (self.state.items, self.state.obligations)
        assert caught.value.sentences("zh").next and caught.value.sentences("en").next
        return caught.value.code

    def tick(self, until: int = 0) -> list[header_pb2.Header]:
        """All that the hub has to say by now, in order; ``until``: going on to that instant step by step."""
        said: list[header_pb2.Header] = []
        goal = max(until, self.now)
        while True:
            waiting = [duty.next_at for duty in self.state.obligations.values() if duty.next_at]
            header = self._next()
            if header is not None:
                self.say(header)
                said.append(header)
            elif (soonest := min(waiting, default=goal + 1)) <= goal:
                self.now = max(self.now, soonest)
            else:
                self.now = goal
                return said

    def _next(self) -> header_pb2.Header | None:
        for item, agency in sorted(self.state.obligations):
            header = hub_statements.next_step(ORIGIN, self.keyid, self.state, item, agency, self.now)
            if header is not None:
                return header
        return None

    def lead(self, **more: Any) -> bytes:
        """Open a lead from market to police; its item."""
        header = self.town.lead(**more)
        self.say(header)
        return bytes(header.message_id)

    def duty(self, item: bytes, agency: str = "police") -> Obligation:
        """The obligation of ``agency`` on ``item``."""
        return self.state.obligations[item, agency]

    def by(self, agency: str, kind: str, item: bytes = b"", contact: str = "", **more: Any) -> header_pb2.Header:
        """A header about ``item``, to market (or ``to``), marked as the item is."""
        given: dict[str, Any] = {"to": ["market"], "item_id": item} | more
        header = self.town.header(kind, agency, contact, **given)
        known = self.state.items.get(item)
        if known is not None and known.drill:
            header.facts.drill = True
        return header

    def acknowledged(self, item: bytes, agency: str = "police", contact: str = "") -> None:
        """签收."""
        self.say(self.by(agency, "acknowledged", item, contact))

    def completed(self, item: bytes, agency: str = "police", contact: str = "") -> header_pb2.Header:
        """A 办结 with an outcome."""
        facts = kinds_pb2.Completed(outcome=codes_pb2.OUTCOME_CODE_CONFIRMED, evidence_sha256=b"e" * 32)
        return self.by(agency, "completed", item, contact, facts=facts)


def spoken(headers: list[header_pb2.Header]) -> list[str]:
    """What the hub said, short: ``head urge`` or ``non_response`` with the local minute at which it was due."""
    short = []
    for header in headers:
        kind = str(header.WhichOneof("kind"))
        if kind == "escalated":
            said = header.escalated
            who = codes_pb2.EscalationTarget.Name(said.to).removeprefix("ESCALATION_TARGET_").lower()
            form = codes_pb2.EscalationForm.Name(said.form).removeprefix("ESCALATION_FORM_").lower()
            short.append(
                f"{local(said.due_at)} {who} {form}{'' if said.told else ' nobody'}{' last' if said.last else ''}"
            )
        elif kind == "non_response":
            short.append(f"{local(header.non_response.due_at)} certificate")
        else:
            short.append(kind)
    return short
