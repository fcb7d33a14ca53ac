"""What may be said about duty, absence, delegation and channels, by whom: put in place, or refused with which code."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hutong.directory.decide import decide
from hutong.directory.decide_duty import CONFIRM_MS
from hutong.directory.duties import Absence, Channel, Delegation, Override, Roster, Swap
from hutong.directory.plan import shifts
from hutong.directory.records import FOREVER, Contact, Directory
from hutong.directory.roster import on_duty
from hutong.errors import HutongError
from hutong.v1 import codes_pb2, header_pb2, kinds_pb2
from tests.towns import HUB, NOW, Town, contact_id

HOUR = 3_600_000
DAY = 24 * HOUR
NEW = contact_id(0xABC)
TOWN = Town.make()
MARKET, POLICE = TOWN.houses["market"], TOWN.houses["police"]
HEAD, LIAISON, DEPUTY = MARKET.head, MARKET.liaison, MARKET.second
DIRECTORY = TOWN.directory.with_records(
    [replace(TOWN.directory.contacts[DEPUTY], roles=(codes_pb2.CONTACT_ROLE_DEPUTY,), desks=())]
)
CODE = b"sixteen bytes of"


def said(kind: str, by: str, agency: str = "market", /, **facts: Any) -> header_pb2.Header:
    """``kind`` with these facts, signed by ``by``."""
    message = header_pb2.Header.DESCRIPTOR.fields_by_name[kind].message_type
    assert message is not None
    return TOWN.header(kind, agency, by, facts=getattr(kinds_pb2, message.name)(**facts))


def roster(by: str = HEAD, **more: Any) -> header_pb2.Header:
    given: dict[str, Any] = {
        "begins": NOW,
        "ends": NOW + 30 * DAY,
        "contacts": [LIAISON, DEPUTY],
        "shift_minutes": 1440,
    }
    return said("roster_published", by, **given | more)


def override(by: str = HEAD, **more: Any) -> header_pb2.Header:
    given: dict[str, Any] = {"begins": NOW + HOUR, "ends": NOW + 2 * HOUR, "contact": DEPUTY}
    return said("duty_overridden", by, **given | more)


def offer(by: str = LIAISON, **more: Any) -> header_pb2.Header:
    """The liaison's third day for the deputy's fourth."""
    given: dict[str, Any] = {"begins": NOW + 2 * DAY, "ends": NOW + 3 * DAY, "other": DEPUTY}
    given |= {"other_begins": NOW + 3 * DAY, "other_ends": NOW + 4 * DAY}
    return said("swap_offered", by, **given | more)


def answer(to: header_pb2.Header, by: str = DEPUTY, accepted: bool = True) -> header_pb2.Header:
    return said("swap_answered", by, offer=to.message_id, accepted=accepted)


def absence(by: str = LIAISON, **more: Any) -> header_pb2.Header:
    given: dict[str, Any] = {"contact": LIAISON, "begins": NOW + DAY, "ends": NOW + 5 * DAY}
    return said("absence_declared", by, **given | more)


def delegation(by: str = LIAISON, **more: Any) -> header_pb2.Header:
    given: dict[str, Any] = {"deputy": DEPUTY, "begins": NOW + DAY, "ends": NOW + 5 * DAY}
    return said("delegation_given", by, **given | more)


def channel(by: str = LIAISON, kind: int = codes_pb2.CHANNEL_KIND_MAIL) -> header_pb2.Header:
    return said("channel_named", by, kind=kind)


def probed(named: header_pb2.Header, code: bytes = CODE, agency: str = "market") -> header_pb2.Header:
    header = header_pb2.Header(sender=header_pb2.Sender(agency="hub"))
    header.signers.add(role=HUB)
    header.channel_tested.agency, header.channel_tested.channel = agency, named.message_id
    header.channel_tested.challenge_sha256 = sha256(code).digest()
    return header


def confirmed(named: header_pb2.Header, by: str = LIAISON, code: bytes = CODE) -> header_pb2.Header:
    return said("channel_confirmed", by, channel=named.message_id, code=code)


class Log:
    """Statements folded one after the other; a step of the log is an hour unless ``at`` says when."""

    def __init__(self, directory: Directory = DIRECTORY) -> None:
        self.directory, self.index, self.now = directory, 1000, NOW

    def say(self, *headers: header_pb2.Header, at: int = 0) -> tuple[Any, ...]:
        changes: tuple[Any, ...] = ()
        for header in headers:
            self.now = at or self.now
            changes = decide(self.directory, header, self.index, self.now)
            self.index += 1
            self.directory = self.directory.with_records(changes, self.index)
        return changes

    def refused(self, header: header_pb2.Header, at: int = 0) -> str:
        with pytest.raises(HutongError) as caught:
            self.say(header, at=at)
        assert caught.value.sentences("zh").next and caught.value.sentences("en").next
        return caught.value.code


def after(*headers: header_pb2.Header, at: int = 0) -> Log:
    log = Log()
    log.say(*headers, at=at)
    return log


ROSTER, OFFER, ABSENCE, DELEGATION, CHANNEL = roster(), offer(), absence(), delegation(), channel()

REFUSED: dict[str, tuple[str, Callable[[], Log], Callable[[], header_pb2.Header]]] = {
    "a colleague publishes": ("HT-DIR-04", Log, lambda: roster(LIAISON)),
    "another agency's head publishes for people of this one": (
        "HT-ROS-01",
        Log,
        lambda: said(
            "roster_published",
            POLICE.head,
            "police",
            begins=NOW,
            ends=NOW + DAY,
            contacts=[LIAISON],
            shift_minutes=60,
        ),
    ),
    "a roster for a desk that does not exist": ("HT-DIR-08", Log, lambda: roster(desk="nowhere")),
    "a roster that is over": ("HT-DIR-11", Log, lambda: roster(begins=NOW - DAY, ends=NOW)),
    "a roster that ends before it begins": ("HT-DIR-11", Log, lambda: roster(begins=NOW + DAY, ends=NOW + DAY)),
    "a roster with somebody who is nobody": ("HT-ROS-01", Log, lambda: roster(contacts=[LIAISON, NEW])),
    "a roster with somebody of another agency": ("HT-ROS-01", Log, lambda: roster(contacts=[POLICE.liaison])),
    "a roster without a shift": ("HT-HDR-01", Log, lambda: roster(shift_minutes=0)),
    "a roster with a shift and nobody": ("HT-HDR-01", Log, lambda: roster(contacts=[])),
    "a roster of moments": ("HT-HDR-01", Log, lambda: roster(shift_minutes=14)),
    "a colleague overrides": ("HT-DIR-04", Log, lambda: override(LIAISON)),
    "an override by somebody for themselves": ("HT-DIR-04", Log, lambda: override(DEPUTY)),
    "an override for the past": ("HT-DIR-11", Log, lambda: override(begins=NOW - DAY, ends=NOW)),
    "an override at a desk that does not exist": ("HT-DIR-08", Log, lambda: override(desk="nowhere")),
    "an override in one's own place": ("HT-HDR-01", Log, lambda: override(replaces=DEPUTY)),
    "an override in a stranger's place": ("HT-DIR-02", Log, lambda: override(replaces=POLICE.liaison)),
    "an override with somebody who is away": (
        "HT-ROS-01",
        lambda: after(absence(DEPUTY, contact=DEPUTY, begins=NOW)),
        override,
    ),
    "a swap without a roster": ("HT-ROS-02", Log, offer),
    "a swap of a shift that is not one's own": (
        "HT-ROS-02",
        lambda: after(ROSTER),
        lambda: offer(begins=NOW + DAY, ends=NOW + 2 * DAY),
    ),
    "a swap for a shift that is not the other's": (
        "HT-ROS-02",
        lambda: after(ROSTER),
        lambda: offer(other_begins=NOW + 4 * DAY, other_ends=NOW + 5 * DAY),
    ),
    "a swap of more than one's own": (
        "HT-ROS-02",
        lambda: after(ROSTER),
        lambda: offer(begins=NOW + 2 * DAY, ends=NOW + 3 * DAY + 1),
    ),
    "a swap of what the head has given to another": (
        "HT-ROS-02",
        lambda: after(ROSTER, override(begins=NOW + 2 * DAY, ends=NOW + 2 * DAY + 1)),
        offer,
    ),
    "a swap at a desk that has no roster of its own": ("HT-ROS-02", lambda: after(ROSTER), lambda: offer(desk="fraud")),
    "a swap with oneself": ("HT-HDR-01", lambda: after(ROSTER), lambda: offer(other=LIAISON)),
    "a swap of the shift under way": (
        "HT-DIR-11",
        lambda: after(ROSTER, at=NOW + 2),
        lambda: offer(begins=NOW + 1, ends=NOW + 2),
    ),
    "a swap that takes a shift while one is away": (
        "HT-ROS-01",
        lambda: after(ROSTER, absence(begins=NOW + 3 * DAY, ends=NOW + 4 * DAY)),
        offer,
    ),
    "a colleague accepts for another": (
        "HT-ROS-04",
        lambda: after(ROSTER, OFFER),
        lambda: answer(OFFER, HEAD),
    ),
    "whoever offered accepts": ("HT-ROS-04", lambda: after(ROSTER, OFFER), lambda: answer(OFFER, LIAISON)),
    "the same swap twice": ("HT-ROS-05", lambda: after(ROSTER, OFFER, answer(OFFER)), lambda: answer(OFFER)),
    "a swap taken back and accepted": (
        "HT-ROS-05",
        lambda: after(ROSTER, OFFER, answer(OFFER, LIAISON, accepted=False)),
        lambda: answer(OFFER),
    ),
    "a swap that was never offered": ("HT-ROS-03", lambda: after(ROSTER), lambda: answer(OFFER)),
    "another agency's swap": (
        "HT-ROS-03",
        lambda: after(ROSTER, OFFER),
        lambda: said("swap_answered", POLICE.liaison, "police", offer=OFFER.message_id, accepted=True),
    ),
    "a swap accepted when the roster has changed": (
        "HT-ROS-02",
        lambda: after(ROSTER, OFFER, roster(contacts=[DEPUTY])),
        lambda: answer(OFFER),
    ),
    "a colleague declares another away": ("HT-DIR-04", Log, lambda: absence(DEPUTY)),
    "another agency's head declares somebody away": (
        "HT-DIR-02",
        Log,
        lambda: said("absence_declared", POLICE.head, "police", contact=LIAISON, begins=NOW + 1, ends=NOW + 2),
    ),
    "an absence without a beginning": ("HT-DIR-11", Log, lambda: absence(begins=0)),
    "an absence that is over": ("HT-DIR-11", Log, lambda: absence(begins=NOW - 2, ends=NOW)),
    "an end of an absence that is not there": ("HT-ROS-06", Log, lambda: absence(begins=0, earlier=b"x" * 16)),
    "an end of a colleague's absence": (
        "HT-ROS-06",
        lambda: after(ABSENCE),
        lambda: absence(DEPUTY, contact=DEPUTY, begins=0, ends=NOW, earlier=ABSENCE.message_id),
    ),
    "a later end for an absence": (
        "HT-DIR-11",
        lambda: after(ABSENCE),
        lambda: absence(begins=0, ends=NOW + 9 * DAY, earlier=ABSENCE.message_id),
    ),
    "an end and a beginning for an absence": (
        "HT-DIR-11",
        lambda: after(ABSENCE),
        lambda: absence(begins=NOW + 1, ends=NOW + 2, earlier=ABSENCE.message_id),
    ),
    "an end for an absence that is over": (
        "HT-DIR-11",
        lambda: after(ABSENCE, at=NOW + DAY),
        lambda: absence(begins=0, ends=NOW + 5 * DAY, earlier=ABSENCE.message_id),
    ),
    "a deputy delegates": ("HT-DLG-03", Log, lambda: delegation(DEPUTY)),
    "a delegation to somebody who is no deputy": ("HT-DLG-06", Log, lambda: delegation(HEAD, deputy=LIAISON)),
    "a delegation to another agency": ("HT-DLG-06", Log, lambda: delegation(deputy=POLICE.second)),
    "a delegation that is over": ("HT-DIR-11", Log, lambda: delegation(begins=NOW - 2, ends=NOW)),
    "somebody else's delegation taken back": (
        "HT-DLG-04",
        lambda: after(DELEGATION),
        lambda: delegation(DEPUTY, begins=0, ends=NOW, earlier=DELEGATION.message_id),
    ),
    "another agency's delegation taken back": (
        "HT-DLG-05",
        lambda: after(DELEGATION),
        lambda: said("delegation_given", POLICE.head, "police", deputy=DEPUTY, ends=NOW, earlier=DELEGATION.message_id),
    ),
    "a delegation prolonged": (
        "HT-DIR-11",
        lambda: after(DELEGATION),
        lambda: delegation(begins=0, ends=NOW + 6 * DAY, earlier=DELEGATION.message_id),
    ),
    "a test of no channel": ("HT-CHN-01", Log, lambda: probed(CHANNEL)),
    "a test in another agency's name": ("HT-CHN-01", lambda: after(CHANNEL), lambda: probed(CHANNEL, agency="police")),
    "a second test": ("HT-CHN-02", lambda: after(CHANNEL, probed(CHANNEL)), lambda: probed(CHANNEL)),
    "a channel confirmed before its test": ("HT-CHN-03", lambda: after(CHANNEL), lambda: confirmed(CHANNEL)),
    "a channel confirmed twice": (
        "HT-CHN-03",
        lambda: after(CHANNEL, probed(CHANNEL), confirmed(CHANNEL)),
        lambda: confirmed(CHANNEL),
    ),
    "a guessed code": (
        "HT-CHN-05",
        lambda: after(CHANNEL, probed(CHANNEL)),
        lambda: confirmed(CHANNEL, code=b"a good guess ..."),
    ),
    "a colleague's channel": (
        "HT-CHN-01",
        lambda: after(CHANNEL, probed(CHANNEL)),
        lambda: confirmed(CHANNEL, DEPUTY),
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_refused(what: str) -> None:
    code, log, header = REFUSED[what]
    assert log().refused(header()) == code


SAYS = [roster(), override(), offer(), absence(), delegation(), channel()]


@pytest.mark.parametrize("header", SAYS, ids=lambda header: str(header.WhichOneof("kind")))
def test_nobody_signs_it_for_another(header: header_pb2.Header) -> None:
    """Neither with a colleague's key in one's name, nor as a deputy, nor two together."""
    log = after(ROSTER, delegation(HEAD, begins=NOW), delegation(begins=NOW))
    for by in (DEPUTY, POLICE.head):
        key = TOWN.houses["market" if by == DEPUTY else "police"].key(by)
        other = header_pb2.Header()
        other.CopyFrom(header)
        other.signers[0].keyid = key.keyid
        assert log.refused(other) in ("HT-SIG-05", "HT-DIR-04")
    acting = header_pb2.Header()
    acting.CopyFrom(header)
    acting.sender.acting_for = HEAD
    assert log.refused(acting) == "HT-DLG-02"
    both = header_pb2.Header()
    both.CopyFrom(header)
    both.signers.add(keyid=MARKET.key(DEPUTY).keyid)
    assert log.refused(both) == "HT-SIG-05"


def test_what_is_put_in_place() -> None:
    log = Log()
    roster_header = roster(begins=NOW - DAY, desk="fraud", temporary=True)
    assert log.say(roster_header) == (
        Roster(
            id=roster_header.message_id,
            agency="market",
            desk="fraud",
            begins=NOW - DAY,
            ends=NOW + 30 * DAY,
            contacts=(LIAISON, DEPUTY),
            shift_minutes=1440,
            temporary=True,
            since=NOW,
            order=1000,
        ),
    )
    late = override(begins=NOW - DAY, replaces=LIAISON)
    assert log.say(late) == (Override(late.message_id, "market", "", NOW, NOW + 2 * HOUR, DEPUTY, LIAISON, 1001),), (
        "from now on, whatever it says"
    )
    log.say(ROSTER)
    (offered,) = log.say(OFFER)
    assert offered == Swap(
        OFFER.message_id,
        "market",
        "",
        LIAISON,
        NOW + 2 * DAY,
        NOW + 3 * DAY,
        DEPUTY,
        NOW + 3 * DAY,
        NOW + 4 * DAY,
        1003,
    )
    (taken,) = log.say(answer(OFFER), at=NOW + 5)
    assert taken == replace(offered, answered_at=NOW + 5, answer_order=1004, accepted=True)
    assert log.say(ABSENCE) == (Absence(ABSENCE.message_id, "market", LIAISON, NOW + DAY, NOW + 5 * DAY, 1005),)
    key = MARKET.key(LIAISON).keyid
    assert log.say(DELEGATION) == (
        Delegation(DELEGATION.message_id, "market", LIAISON, DEPUTY, NOW + DAY, NOW + 5 * DAY, key, 1006),
    )


def test_a_swap_changes_nothing_until_it_is_accepted() -> None:
    log = after(ROSTER)
    before = shifts(log.directory, "market", "", NOW, NOW + 10 * DAY)
    log.say(OFFER)
    assert shifts(log.directory, "market", "", NOW, NOW + 10 * DAY) == before
    other = offer()
    log.say(other, answer(other, accepted=False))
    assert shifts(log.directory, "market", "", NOW, NOW + 10 * DAY) == before
    log.say(answer(OFFER))
    days = [on_duty(log.directory, "market", "", NOW + day * DAY).contact for day in range(6)]
    assert days == [LIAISON, DEPUTY, DEPUTY, LIAISON, LIAISON, DEPUTY]
    assert log.refused(offer()) == "HT-ROS-02", "what was swapped away is not given twice"


def test_an_absence_ends_earlier_or_never_was() -> None:
    log = after(ABSENCE)
    assert log.directory.book.absent(LIAISON, NOW + 2 * DAY)
    log.say(absence(HEAD, begins=0, ends=NOW + 2 * DAY, earlier=ABSENCE.message_id))
    assert [log.directory.book.absent(LIAISON, NOW + day * DAY) for day in range(4)] == [False, True, False, False]
    log.say(absence(begins=0, ends=NOW, earlier=ABSENCE.message_id), at=NOW + HOUR)
    assert not any(log.directory.book.absent(LIAISON, NOW + hour * HOUR) for hour in range(200))


def test_a_delegation_is_in_force_and_ends() -> None:
    def acting(at: int) -> bool:
        return log.directory.delegation("market", LIAISON, DEPUTY, at) is not None

    log = after(DELEGATION)
    assert [acting(NOW + day * DAY) for day in (0, 1, 4, 5)] == [False, True, True, False]
    assert log.directory.delegation("market", DEPUTY, LIAISON, NOW + DAY) is None
    assert log.directory.delegation("police", LIAISON, DEPUTY, NOW + DAY) is None
    log.say(delegation(HEAD, begins=0, ends=NOW, earlier=DELEGATION.message_id), at=NOW + 2 * DAY)
    assert [acting(NOW + day * DAY) for day in (1, 2, 4)] == [True, False, False]


ENDS: dict[str, Callable[[], header_pb2.Header]] = {
    "the principal is withdrawn": lambda: said("contact_withdrawn", HEAD, contact=LIAISON),
    "the deputy is withdrawn": lambda: said("contact_withdrawn", HEAD, contact=DEPUTY),
    "the key that signed it is stolen": lambda: said(
        "key_revoked", HEAD, keyid=MARKET.key(LIAISON).keyid, reason=codes_pb2.REVOCATION_REASON_COMPROMISED
    ),
    "the deputy is none any more": lambda: nominated(DEPUTY, codes_pb2.CONTACT_ROLE_LIAISON),
    "the principal is no liaison any more": lambda: nominated(LIAISON, codes_pb2.CONTACT_ROLE_COORDINATOR),
    "the deputy's term is cut short": lambda: nominated(DEPUTY, codes_pb2.CONTACT_ROLE_DEPUTY, NOW + 1),
    "the principal's term is cut short": lambda: nominated(LIAISON, codes_pb2.CONTACT_ROLE_LIAISON, NOW + 1),
}


def nominated(contact: str, role: int, until: int = NOW + 99 * DAY) -> header_pb2.Header:
    return said("contact_nominated", HEAD, contact=contact, roles=[role], term_from=1, term_to=until)


@pytest.mark.parametrize("what", ENDS)
def test_a_delegation_ends_for_good_with_what_it_rests_on(what: str) -> None:
    log = after(delegation(begins=NOW))
    assert log.directory.delegation("market", LIAISON, DEPUTY, NOW)
    log.say(ENDS[what](), at=NOW + 1)
    people = [Contact(who, "market", (1, 2), (), 1, FOREVER, 9) for who in (LIAISON, DEPUTY)]
    again = log.directory.with_records(people)
    assert again.delegation("market", LIAISON, DEPUTY, NOW + 1) is None, "a new term revives none"


def test_a_nomination_that_leaves_role_and_term_leaves_the_delegation() -> None:
    """A shorter term shortens it, and what is over or of others is left alone."""
    log = after(delegation(begins=NOW), delegation(HEAD, begins=NOW, ends=NOW + 9 * DAY))
    assert len(log.say(nominated(DEPUTY, codes_pb2.CONTACT_ROLE_DEPUTY), at=NOW + 1)) == 1
    _, cut = log.say(nominated(DEPUTY, codes_pb2.CONTACT_ROLE_DEPUTY, NOW + 7 * DAY), at=NOW + 2)
    assert (cut.principal, cut.ends) == (HEAD, NOW + 7 * DAY)
    assert log.directory.delegation("market", LIAISON, DEPUTY, NOW + 5 * DAY - 1)


def test_a_key_that_was_only_replaced_leaves_the_word_standing() -> None:
    log = after(delegation(begins=NOW))
    revoked = said("key_revoked", HEAD, keyid=MARKET.key(LIAISON).keyid, reason=codes_pb2.REVOCATION_REASON_SUPERSEDED)
    log.say(revoked, at=NOW + 1)
    assert log.directory.delegation("market", LIAISON, DEPUTY, NOW + 1) is None, "who has no key owns nothing"
    (old,) = log.directory.officer_keys(LIAISON)
    again = log.directory.with_records([replace(old, keyid="9" * 64, revoked_at=0)])
    assert again.delegation("market", LIAISON, DEPUTY, NOW + 1)


def test_a_delegation_does_not_outlive_the_terms_as_they_stood() -> None:
    short = DIRECTORY.with_records([replace(DIRECTORY.contacts[DEPUTY], term_to=NOW + 2 * DAY)])
    log = Log(short)
    (made,) = log.say(DELEGATION)
    assert made.ends == NOW + 2 * DAY


def test_a_channel_serves_once_its_test_has_come_back_and_takes_the_older_ones_place() -> None:
    log = after(CHANNEL, probed(CHANNEL))
    assert not log.directory.channels[CHANNEL.message_id].serves
    log.say(confirmed(CHANNEL), at=NOW + CONFIRM_MS - 1)
    first = log.directory.channels[CHANNEL.message_id]
    assert first == Channel(
        CHANNEL.message_id,
        "market",
        LIAISON,
        codes_pb2.CHANNEL_KIND_MAIL,
        NOW,
        1000,
        sha256(CODE).digest(),
        NOW,
        NOW + CONFIRM_MS - 1,
    )
    other, hook = channel(), channel(kind=codes_pb2.CHANNEL_KIND_WEBHOOK)
    log.say(hook, probed(hook), confirmed(hook), other, probed(other))
    assert log.directory.channels[CHANNEL.message_id].serves, "until the new one is confirmed, and for its kind only"
    log.say(confirmed(other))
    serving = {each.id for each in log.directory.book.channels[LIAISON] if each.serves}
    assert serving == {hook.message_id, other.message_id}


def test_a_test_runs_out_after_a_day() -> None:
    log = after(CHANNEL, probed(CHANNEL))
    assert log.refused(confirmed(CHANNEL), at=NOW + CONFIRM_MS) == "HT-CHN-04"


def test_a_channel_of_somebody_who_has_left_is_not_tested() -> None:
    log = after(CHANNEL, said("contact_withdrawn", HEAD, contact=LIAISON))
    assert log.refused(probed(CHANNEL)) == "HT-CHN-02"


@st.composite
def histories(draw: st.DrawFn) -> list[tuple[int, header_pb2.Header]]:
    """Statements of the market's people at rising times; many of them refused."""
    people = [HEAD, LIAISON, DEPUTY]
    at, made, offers = NOW, [(NOW, ROSTER), (NOW, OFFER)], [OFFER]
    for _ in range(draw(st.integers(1, 12))):
        at += draw(st.integers(0, 2 * DAY))
        begins = at + draw(st.integers(-2 * DAY, 3 * DAY))
        ends = begins + draw(st.integers(1, 8 * DAY))
        by = draw(st.sampled_from(people))
        match draw(st.sampled_from(["roster", "roster", "override", "offer", "answer", "absence", "end", "revoke"])):
            case "roster":
                turns = draw(st.lists(st.sampled_from(people), max_size=3))
                temporary = draw(st.booleans())
                minutes = 720 if turns else 0
                made.append(
                    (at, roster(begins=begins, ends=ends, contacts=turns, shift_minutes=minutes, temporary=temporary))
                )
            case "override":
                made.append((at, override(begins=begins, ends=ends, contact=by)))
            case "offer":
                mine, theirs = draw(st.integers(0, 9)) * 2, draw(st.integers(0, 9)) * 2 + 1
                offers.append(
                    offer(
                        begins=NOW + mine * DAY,
                        ends=NOW + (mine + 1) * DAY,
                        other_begins=NOW + theirs * DAY,
                        other_ends=NOW + (theirs + 1) * DAY,
                    )
                )
                made += [(at, offers[-1]), (at, answer(offers[-1], draw(st.sampled_from([DEPUTY, LIAISON]))))]
            case "answer":
                made.append((at, answer(draw(st.sampled_from(offers)), by)))
            case "absence":
                made.append((at, absence(by, contact=by, begins=begins, ends=ends)))
            case "end":
                earlier = [each for _, each in made if each.WhichOneof("kind") == "absence_declared"]
                if earlier:
                    one = draw(st.sampled_from(earlier))
                    who = one.absence_declared.contact
                    made.append((at, absence(who, contact=who, begins=0, ends=begins, earlier=one.message_id)))
            case "revoke":
                keyid = MARKET.key(DEPUTY).keyid
                made.append((at, said("key_revoked", HEAD, keyid=keyid, reason=codes_pb2.REVOCATION_REASON_LOST)))
    return made


@settings(max_examples=150, deadline=None)
@given(history=histories(), instants=st.lists(st.integers(0, 30 * DAY), min_size=1, max_size=12))
def test_nothing_reaches_back(history: list[tuple[int, header_pb2.Header]], instants: list[int]) -> None:
    """What today's directory says of a past instant is what the directory of that instant said."""
    log, versions = Log(), [(NOW, DIRECTORY)]
    for at, header in history:
        try:
            log.say(header, at=at)
        except HutongError:
            continue
        versions.append((at, log.directory))
    for at in [NOW + each for each in instants] + [when - 1 for when, _ in versions] + [when for when, _ in versions]:
        if at < NOW or at > log.now:
            continue
        then = [directory for when, directory in versions if when <= at][-1]
        assert on_duty(log.directory, "market", "", at) == on_duty(then, "market", "", at)
