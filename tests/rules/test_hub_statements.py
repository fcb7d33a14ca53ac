"""What the hub itself says: the same bytes for whoever derives them, and only when it is true."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace

import pytest

from hutong.errors import HutongError
from hutong.kinds import kind_of
from hutong.signing.dsse import PAYLOAD_TYPE, statement_digest
from hutong.v1 import casework_pb2, codes_pb2, header_pb2, kinds_pb2
from hutong.v1.envelope_pb2 import Envelope
from rules import hub_statements, ladder
from rules.clocks import acknowledge_by
from rules.decide import Statement, decide
from rules.outcome import Outcome
from rules.records import Item, Obligation, Recorded
from rules.state import State
from tests.calendars import calendar, notice
from tests.towns import NOW, ORIGIN, Town

TOWN = Town.make()
KEYID = "a" * 64
ITEM = Item(b"i" * 16, 100, "market", TOWN.houses["market"].liaison, 1, ("market", "police"), NOW - 1000, False)
DUTY = Obligation(
    ITEM.id,
    "police",
    TOWN.houses["police"].liaison,
    1,
    NOW - 1000,
    NOW,
    attention=ladder.copied("attention", "routine"),
    attention_by=NOW,
    attention_at=NOW,
    next_at=NOW,
)
LEAD = Recorded(ITEM.id, b"d" * 32, 7, 100, "market", ITEM.from_contact, ITEM.id, ("police",), NOW - 1000)


def state(duty: Obligation = DUTY, lead: Recorded = LEAD) -> State:
    return State(TOWN.directory, {ITEM.id: ITEM}, {(ITEM.id, "police"): duty}, {lead.message_id: lead})


def said(header: header_pb2.Header, before: State, now: int = NOW, payload: bytes | None = None) -> Outcome:
    """Decided as the bytes that the hub signs for ``header``, or as ``payload``."""
    payload = header.SerializeToString(deterministic=True) if payload is None else payload
    digest = statement_digest(Envelope(payload=payload, payload_type=PAYLOAD_TYPE))
    return decide(before, Statement(header, digest, kind_of(header)), 9, now)


def silence(duty: Obligation = DUTY) -> header_pb2.Header:
    return hub_statements.non_response(ORIGIN, KEYID, ITEM, duty, NOW)


def test_silence_is_certified_once_it_is_due() -> None:
    outcome = said(silence(), state())
    (marked,) = outcome.changes
    assert isinstance(marked, Obligation) and marked.non_response and marked.steps == 1
    assert marked.attention == DUTY.attention[1:] and marked.next_at == NOW, "the deputy is told on miss"
    assert outcome.deliver_to == ("market", "police")
    with pytest.raises(HutongError) as caught:
        said(silence(), state(), NOW - 1)
    assert caught.value.code == "HT-DTY-10"


@pytest.mark.parametrize(
    "change",
    [
        {"attention": DUTY.attention[1:]},
        {"next_at": 0},
        {"state": casework_pb2.OBLIGATION_STATE_CLOSED},
    ],
)
def test_what_is_no_silence_is_not_certified(change: dict[str, int]) -> None:
    with pytest.raises(HutongError) as caught:
        said(silence(), state(replace(DUTY, **change)))  # type: ignore[arg-type]
    assert caught.value.code == "HT-DTY-10"


def test_the_certificate_says_which_silence_it_is() -> None:
    never = silence().non_response
    assert (never.form, never.delivered_at) == (codes_pb2.NON_RESPONSE_FORM_NEVER_FETCHED, 0)
    reached = silence(replace(DUTY, delivered_at=NOW - 5)).non_response
    assert reached.form == codes_pb2.NON_RESPONSE_FORM_DELIVERED_NOT_ACKNOWLEDGED
    assert (reached.delivered_at, reached.owner, reached.due_at) == (NOW - 5, DUTY.owner, NOW)


def test_every_byte_follows_from_the_cause() -> None:
    makers: list[Callable[[], header_pb2.Header]] = [
        silence,
        lambda: hub_statements.erased(ORIGIN, KEYID, LEAD, b"o" * 16, 2, NOW),
        lambda: hub_statements.registration(
            ORIGIN, KEYID, kinds_pb2.AgencyRegistered(agency="x"), b"h" * 32, b"r" * 16, NOW
        ),
        published,
    ]
    for make in makers:
        assert make().SerializeToString(deterministic=True) == make().SerializeToString(deterministic=True)
    assert len({make().message_id for make in makers}) == 4
    other = replace(DUTY, agency="banking")
    assert silence(other).message_id != silence().message_id


def test_erasing_tells_everybody_who_had_it_once() -> None:
    header = hub_statements.erased(ORIGIN, KEYID, LEAD, b"o" * 16, codes_pb2.ERASURE_REASON_RECALLED, NOW)
    outcome = said(header, state())
    assert (outcome.erases, outcome.deliver_to) == (LEAD.message_id, ("market", "police"))
    with pytest.raises(HutongError) as caught:
        said(header, state(lead=replace(LEAD, erased=True)))
    assert caught.value.code == "HT-DTY-11"
    for lead in (replace(LEAD, refusal="HT-PRM-01"), replace(LEAD, message_id=b"x" * 16)):
        with pytest.raises(HutongError) as caught:
            said(header, state(lead=lead))
        assert caught.value.code == "HT-DTY-07"


def registered(agency: str = "tax") -> header_pb2.Header:
    facts = kinds_pb2.AgencyRegistered(agency=agency, type=11, level=1, region="100000", head_contact="c00000000ffff")
    return hub_statements.registration(ORIGIN, KEYID, facts, b"h" * 32, b"r" * 16, NOW)


def published() -> header_pb2.Header:
    return calendar(notice(2031, [dt.date(2031, 1, 1)]), order=b"c" * 16)


def erasure() -> header_pb2.Header:
    return hub_statements.erased(ORIGIN, KEYID, LEAD, b"o" * 16, codes_pb2.ERASURE_REASON_RECALLED, NOW)


def add_recipient(header: header_pb2.Header) -> None:
    header.recipients.add(agency="banking", role=codes_pb2.RECIPIENT_ROLE_CC)


BENT: dict[str, tuple[Callable[[], header_pb2.Header], Callable[[header_pb2.Header], object], str]] = {
    "another id": (silence, lambda h: setattr(h, "message_id", b"x" * 16), "message_id"),
    "a time of its own": (silence, lambda h: setattr(h, "issued_at", NOW - 1), "issued_at"),
    "one told too many": (silence, add_recipient, "recipients"),
    "another form": (silence, lambda h: setattr(h.non_response, "form", 1), "non_response"),
    "another owner": (silence, lambda h: setattr(h.non_response, "owner", TOWN.houses["police"].head), "non_response"),
    "available since ever": (silence, lambda h: setattr(h.non_response, "available_at", 1), "non_response"),
    "due before": (silence, lambda h: setattr(h.non_response, "due_at", 2), "non_response"),
    "a nonce with a message": (erasure, lambda h: setattr(h, "nonce", b"n" * 32), "nonce"),
    "one more told of an erasure": (erasure, add_recipient, "recipients"),
    "another item": (erasure, lambda h: setattr(h, "item_id", b"x" * 16), "item_id"),
    "a registration with a law": (registered, lambda h: h.legal_basis.append("PSR-2005-14"), "legal_basis"),
    "a calendar with a law": (published, lambda h: h.legal_basis.append("PSR-2005-14"), "legal_basis"),
    "a calendar with a nonce of its own": (published, lambda h: setattr(h, "nonce", b"n" * 32), "nonce"),
    "a calendar of another time": (published, lambda h: setattr(h, "issued_at", NOW - 1), "issued_at"),
    "a registration for ever": (registered, lambda h: setattr(h, "expires_at", NOW + 10**12), "expires_at"),
}


@pytest.mark.parametrize("name", sorted(BENT))
def test_the_hub_says_what_follows_and_nothing_else(name: str) -> None:
    make, bend, field = BENT[name]
    header = make()
    assert said(header, state())
    bend(header)
    with pytest.raises(HutongError) as caught:
        said(header, state())
    assert (caught.value.code, caught.value.params) == ("HT-DTY-14", {"field": field})


@pytest.mark.parametrize("make", [silence, erasure, registered, published])
def test_the_hub_hides_nothing_in_its_bytes(make: Callable[[], header_pb2.Header]) -> None:
    """A field that the contract does not know, at the top or inside; and a field said twice."""
    hidden = b"\xfa\x3e\x02hi"
    plain = make().SerializeToString(deterministic=True)
    inside = make()
    kind = getattr(inside, kind_of(inside).name)
    kind.MergeFromString(hidden)
    for payload in (plain + hidden, inside.SerializeToString(deterministic=True), plain + b"\x08\x01"):
        header = header_pb2.Header.FromString(payload)
        with pytest.raises(HutongError) as caught:
            said(header, state(), payload=payload)
        assert caught.value.code == "HT-DTY-14"


def at(text: str) -> int:
    import datetime as dt

    return int(dt.datetime.fromisoformat(text + "+08:00").timestamp() * 1000)


@pytest.mark.parametrize(
    ("pace", "start", "end"),
    [
        ("flash", "2026-10-03T03:00", "2026-10-03T03:30"),
        ("urgent", "2026-09-30T16:00", "2026-10-08T09:30"),
        ("urgent", "2026-10-12T12:30", "2026-10-12T16:00"),
        ("routine", "2026-09-30T16:00", "2026-10-08T16:00"),
        ("routine", "2026-10-09T16:30", "2026-10-10T16:30"),
        ("routine", "2027-01-04T10:00", "2027-01-05T10:00"),
    ],
)
def test_when_an_acknowledgement_is_due(pace: str, start: str, end: str) -> None:
    assert acknowledge_by(TOWN.directory, "police", pace, at(start)) == at(end)
