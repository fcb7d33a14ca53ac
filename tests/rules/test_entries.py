"""What the log says of a statement: the same for whoever makes it, and of a refused one only what is on record."""

from __future__ import annotations

from typing import Any

from hutong.kinds import kind_of
from hutong.v1 import entry_pb2, header_pb2
from rules.data import DIGEST
from rules.decide import Statement, decide, recorded
from rules.entries import GIVEN, count, entry_of
from rules.outcome import Outcome, digest
from rules.state import State
from tests.towns import NOW, Town

TOWN = Town.make()
COUNTED = {"case_sequence", "sequence_gap"}


def entry(header: header_pb2.Header, state: State | None = None, refusal: str = "", **outcome: Any) -> entry_pb2.Entry:
    statement = Statement(header, b"d" * 32, kind_of(header))
    return entry_of(state or State(TOWN.directory), statement, Outcome(**outcome), NOW, refusal)


def test_an_entry_says_what_was_decided_of_whom() -> None:
    header = TOWN.lead()
    statement, state = Statement(header, b"d" * 32, kind_of(header)), State(TOWN.directory)
    outcome = decide(state, statement, 100, NOW)
    made = entry_of(state, statement, outcome, NOW)
    assert (made.version, made.event, made.kind) == (1, entry_pb2.ENTRY_EVENT_RECORDED, 100)
    assert (made.message_id, made.statement_sha256, made.recorded_at) == (header.message_id, b"d" * 32, NOW)
    assert list(made.agencies) == ["market", "police"] and made.submitter == "market"
    assert (made.rules_sha256, made.outcome_sha256) == (DIGEST, digest(outcome))
    assert made.directory_index == TOWN.directory.index
    left = {field.name for field, _ in made.ListFields()} & (GIVEN | COUNTED)
    assert not left, "what no rule yields is left to others"


def test_what_is_refused_names_only_what_is_on_record() -> None:
    header = TOWN.header("seen", "market", item_id=b"i" * 16, to=["police", "nobody"])
    header.recipients[0].contact, header.case_id = "c" + "9" * 12, b"c" * 16
    plain, refused = entry(header), entry(header, refusal="HT-DTY-01")
    assert list(plain.agencies) == ["market", "police", "nobody"] and plain.contacts[1] == "c" + "9" * 12
    assert (plain.item_id, plain.case_id) == (b"i" * 16, b"c" * 16)
    assert list(refused.agencies) == ["market", "police", ""]
    assert list(refused.contacts) == [header.sender.contact, "", ""]
    assert (refused.item_id, refused.case_id, refused.refusal) == (b"", b"", "HT-DTY-01")
    assert refused.event == entry_pb2.ENTRY_EVENT_REFUSED and refused.outcome_sha256 == digest(Outcome())


def test_ids_of_a_refused_statement_stand_where_its_kind_has_them_looked_up() -> None:
    """Whatever else is known by chance: the same statement has the same entry in any batch."""
    state, lead = State(TOWN.directory), TOWN.lead()
    statement = Statement(lead, b"d" * 32, kind_of(lead))
    state.apply(decide(state, statement, 100, NOW).changes, 100)
    for kind, kept in (("seen", lead.message_id), ("lead", b"")):
        header = TOWN.header(kind, "police", item_id=lead.message_id)
        assert entry(header, state, "HT-DTY-02").item_id == kept
        named = TOWN.header(kind, "police", case_id=lead.message_id)
        assert entry(named, state, "HT-DTY-02").case_id == lead.message_id


def test_an_erasure_names_the_entry() -> None:
    state, lead = State(TOWN.directory), TOWN.lead()
    state.remember(recorded(Statement(lead, b"d" * 32, kind_of(lead)), 7, NOW))
    assert entry(TOWN.lead(), state, erases=lead.message_id).erased_index == 8
    assert entry(TOWN.lead(), state).erased_index == 0


def test_counters_of_clients_and_cases() -> None:
    clients: dict[bytes, int] = {}
    cases = {b"c" * 16: 4}
    seen = []
    for certificate, sequence, refusal in (
        (b"k", 5, ""),
        (b"k", 6, "HT-X"),
        (b"k", 9, ""),
        (b"k", 2, ""),
        (b"", 1, ""),
    ):
        made = entry_pb2.Entry(
            certificate_sha256=certificate, client_sequence=sequence, case_id=b"c" * 16, refusal=refusal
        )
        count(made, clients, cases)
        seen.append((made.sequence_gap, made.case_sequence))
    assert seen == [(0, 5), (0, 0), (2, 6), (0, 7), (0, 8)]
    assert (clients, cases) == ({b"k": 9}, {b"c" * 16: 8})
    alone = entry_pb2.Entry(certificate_sha256=b"n", client_sequence=40)
    count(alone, clients, cases)
    assert (alone.sequence_gap, alone.case_sequence) == (0, 0), "a new certificate goes on where the old one's was"
