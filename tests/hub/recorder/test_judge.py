"""What is asked again under the lock, because the world may have moved since admission."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from hub.admission.identify import Peer
from hub.admission.open import Opened
from hub.admission.quota import RefusalQuota
from hub.recorder.judge import Judge
from hub.recorder.work import Admitted, Loaded
from hutong.kinds import kind_of
from hutong.signing import dsse
from hutong.signing.keys import SigningKey
from hutong.v1 import codes_pb2, entry_pb2, envelope_pb2, header_pb2
from rules.permit.permit import Permit
from rules.permit.policy_set import Policies
from rules.state import State
from tests.towns import NOW, ORIGIN, Town

TOWN = Town.make()
POLICIES = Policies.shipped()
CERTIFICATE = b"c" * 32


@pytest.fixture
def judge() -> Judge:
    return Judge(
        origin=ORIGIN,
        key=SigningKey.generate(),
        policies=POLICIES,
        quota=RefusalQuota(3),
        missing=lambda header: "",
    )


def admitted(header: header_pb2.Header, at: int) -> Admitted:
    envelope = dsse.sign(header.SerializeToString(), [SigningKey.generate()])
    opened = Opened(envelope_pb2.Submission(envelope=envelope), header, kind_of(header))
    peer = Peer(header.sender.agency, header.sender.contact, CERTIFICATE)
    return Admitted(opened, dsse.statement_digest(envelope), peer, "as-it-was", at, None)  # type: ignore[arg-type]


def decided(judge: Judge, town: Town, *works: Admitted) -> list[entry_pb2.Entry]:
    loaded = Loaded(State(directory=town.directory), {}, {})
    permit = Permit(POLICIES, town.directory)
    return [entry_pb2.Entry.FromString(line.entry) for line in judge.batch(loaded, list(works), 50, NOW, permit).lines]


def inquiry() -> header_pb2.Header:
    from hutong.v1 import kinds_pb2

    facts = kinds_pb2.Inquiry(ask=codes_pb2.ASK_TYPE_REGISTRY)
    return TOWN.header("inquiry", "market", to=["police"], facts=facts)


def test_permission_is_asked_again_when_the_directory_has_moved(judge: Judge) -> None:
    """Between admission and decision the asking agency became one that may not ask."""
    platform = replace(TOWN.directory.agencies["market"], type=codes_pb2.AGENCY_TYPE_PLATFORM)
    moved = Town(TOWN.directory.with_records([platform], TOWN.directory.index + 7), TOWN.houses)
    stale, fresh = admitted(inquiry(), TOWN.directory.index), admitted(inquiry(), moved.directory.index)
    (refused,) = decided(judge, moved, stale)
    assert (refused.event, refused.refusal) == (entry_pb2.ENTRY_EVENT_REFUSED, "HT-PRM-03")
    assert refused.permitted_by == ""
    (asked,) = decided(judge, TOWN, admitted(inquiry(), TOWN.directory.index - 1))
    assert asked.permitted_by not in ("", "as-it-was")
    (trusted,) = decided(judge, moved, fresh)
    assert trusted.permitted_by == "as-it-was", "nothing has moved since: it is not asked twice"


def test_gaps_in_a_clients_counter_are_noted(judge: Judge) -> None:
    def numbered(number: int) -> Admitted:
        header = TOWN.lead()
        header.client_sequence = number
        return admitted(header, TOWN.directory.index)

    entries = decided(judge, TOWN, *(numbered(number) for number in (5, 6, 9, 2, 10)))
    assert [entry.sequence_gap for entry in entries] == [0, 0, 2, 0, 0]


def test_who_is_refused_too_often_fills_no_log(judge: Judge) -> None:
    def wrong() -> Admitted:
        header = TOWN.lead()
        del header.facts.offences[:]
        return admitted(header, TOWN.directory.index)

    entries = decided(judge, TOWN, *(wrong() for _ in range(5)))
    assert [entry.refusal for entry in entries] == ["HT-HDR-01"] * 3


def test_a_line_that_fails_half_way_leaves_nothing(judge: Judge, monkeypatch: pytest.MonkeyPatch) -> None:
    struck: list[Any] = []
    real = State.remember

    def broken(self: State, statement: Any) -> None:
        if not struck:
            struck.append(statement)
            raise RuntimeError("injected")
        real(self, statement)

    monkeypatch.setattr(State, "remember", broken)
    works = [admitted(TOWN.lead(), TOWN.directory.index) for _ in range(3)]
    loaded = Loaded(State(directory=TOWN.directory), {}, {})
    done = judge.batch(loaded, list(works), 50, NOW, Permit(POLICIES, TOWN.directory))
    assert len(done.answers) == len(works) and len(done.lines) == 2
    assert [line.index for line in done.lines] == [50, 51]
