"""Who is on duty, against a plain reading of the rules written out once more, at random instants of random houses."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hutong.directory.duties import Absence, Override, Roster, Swap
from hutong.directory.plan import DAY_MS, coverage, holds, shifts
from hutong.directory.records import FOREVER, Agency, Contact, Directory, Key
from hutong.directory.roster import Cause, Watch, Why, on_duty
from hutong.v1 import codes_pb2
from tests.towns import contact_id

MINUTE = 60_000
HOUR = 60 * MINUTE
LIAISON, HEAD, DEPUTY = (
    codes_pb2.CONTACT_ROLE_LIAISON,
    codes_pb2.CONTACT_ROLE_HEAD,
    codes_pb2.CONTACT_ROLE_DEPUTY,
)
CHIEF, ANN, BO, CY = (contact_id(number) for number in range(1, 5))
PEOPLE = (CHIEF, ANN, BO, CY)
END = 48 * HOUR


def officer(number: int, contact: str, start: int = -DAY_MS, end: int = FOREVER, revoked: int = 0) -> Key:
    use = codes_pb2.KEY_USE_OFFICER
    return Key(f"{number:064x}", "town", contact, use, 1, b"", start, end, "", number, revoked)


def house(*more: Any) -> Directory:
    """A head, two liaisons (Bo for desk d1) and a deputy, all with keys; and ``more``."""
    desks = (("d1", ()), ("d2", ()))
    people = [
        Agency("town", 1, 1, "100000", "", desks, CHIEF, "0" * 64, 0),
        Contact(CHIEF, "town", (HEAD,), (), -DAY_MS, FOREVER, 1),
        Contact(ANN, "town", (LIAISON,), (), -DAY_MS, FOREVER, 2),
        Contact(BO, "town", (LIAISON,), ("d1",), -DAY_MS, FOREVER, 3),
        Contact(CY, "town", (DEPUTY,), (), -DAY_MS, FOREVER, 4),
    ]
    keys = [officer(number, contact) for number, contact in enumerate(PEOPLE, 1)]
    return Directory().with_records([*people, *keys, *more])


def roster(order: int, *contacts: str, begins: int = 0, ends: int = END, **more: Any) -> Roster:
    given: dict[str, Any] = {"desk": "", "shift_minutes": 60 if contacts else 0, "temporary": False, "since": 0} | more
    return Roster(bytes([order] * 16), "town", begins=begins, ends=ends, contacts=contacts, order=order, **given)


def override(order: int, contact: str, begins: int, ends: int, replaces: str = "", desk: str = "") -> Override:
    return Override(bytes([order] * 16), "town", desk, begins, ends, contact, replaces, order)


def swap(order: int, one: tuple[str, int, int], other: tuple[str, int, int], desk: str = "") -> Swap:
    return Swap(bytes([order] * 16), "town", desk, *one, *other, order, 1, order, True)


def absence(order: int, contact: str, begins: int, ends: int) -> Absence:
    return Absence(bytes([order] * 16), "town", contact, begins, ends, order)


def read(directory: Directory, desk: str, at: int) -> Watch:
    """What the rules say, word for word and without any index."""

    def away(contact: str) -> bool:
        return any(a.contact == contact and a.begins <= at < a.ends for a in directory.absences.values())

    def there(contact: str) -> Cause | None:
        person = directory.contacts[contact]
        if not person.term_from <= at < person.term_to:
            return Cause.OUT_OF_FORCE
        keys = [k for k in directory.keys.values() if k.holder == contact and k.not_before <= at < k.not_after]
        if not [k for k in keys if not k.revoked_at or at < k.revoked_at]:
            return Cause.NO_KEY
        return Cause.ABSENT if away(contact) else None

    def without(desk: str) -> Watch:
        present = [
            person
            for person in directory.contacts.values()
            if LIAISON in person.roles
            and (not desk or not person.desks or desk in person.desks)
            and there(person.id) in (None, Cause.NO_KEY)
            and not away(person.id)  # who is away and has no key besides is no more there than who is away
        ]
        present.sort(key=lambda person: (desk not in person.desks, person.order))
        for person in present:
            if there(person.id) is None:
                return Watch(person.id, Why.FALLBACK)
        match there(CHIEF):
            case None:
                return Watch(CHIEF, Why.FALLBACK, Cause.ONLY_HEAD)
            case Cause.ABSENT:
                return Watch("", Why.GAP, Cause.NOBODY, instead=CHIEF)
        return Watch("", Why.GAP, Cause.NOBODY, instead=present[0].id if present else CHIEF)

    def said(place: str, temporary: bool, when: int) -> Roster | None:
        speak = [
            r
            for r in directory.rosters.values()
            if (r.desk, r.temporary) == (place, temporary) and max(r.begins, r.since) <= when < r.ends
        ]
        return max(speak, key=lambda r: r.order, default=None)

    def by_roster(place: str) -> tuple[str, Why] | None:
        for temporary in (True, False):
            found = said(place, temporary, at)
            if found is None or not found.contacts:
                continue
            turn = now = found.contacts[(at - found.begins) // (found.shift_minutes * MINUTE) % len(found.contacts)]
            for one in sorted(directory.swaps.values(), key=lambda s: s.answer_order):
                if not one.accepted or one.desk != place or one.answer_order < found.order:
                    continue
                if now == one.offerer and one.begins <= at < one.ends:
                    now = one.other
                elif now == one.other and one.other_begins <= at < one.other_ends:
                    now = one.offerer
            return now, Why.SWAP if now != turn else Why.TEMPORARY if temporary else Why.ROTATION
        return None

    def ended(place: str) -> bool:
        if said(place, False, at):
            return False
        over = [r.ends for r in directory.rosters.values() if (r.desk, r.temporary) == (place, False) and r.ends <= at]
        told = [found for end in sorted(over, reverse=True) if (found := said(place, False, end - 1))]
        return bool(told) and bool(told[0].contacts)

    spare = without(desk)
    named: tuple[str, Why] = spare.contact or spare.instead, Why.FALLBACK
    for place in ["", desk] if desk else [""]:
        named = by_roster(place) or ((named[0], Why.GAP) if named[1] is Why.FALLBACK and ended(place) else named)
        for one in sorted(directory.overrides.values(), key=lambda o: o.order):
            if one.desk == place and one.begins <= at < one.ends and one.replaces in ("", named[0]):
                named = one.contact, Why.OVERRIDE
    if named[1] is Why.FALLBACK:
        return spare
    if named[1] is Why.GAP:
        return spare if spare.why is Why.GAP else Watch("", Why.GAP, Cause.ROSTER_ENDED, instead=named[0])
    cause = there(named[0])
    if cause is None:
        return Watch(*named)
    whole = read(directory, "", at) if desk else spare
    first = "" if whole.why is Why.FALLBACK else whole.contact
    return Watch("", Why.GAP, cause, named[0], first or spare.contact or spare.instead)


instants = st.integers(0, 48 * 60).map(lambda minute: minute * MINUTE) | st.integers(-HOUR, END + HOUR)
places = st.sampled_from(["", "d1", "d2"])
contacts = st.sampled_from(PEOPLE)


def stretches(least: int = 1) -> st.SearchStrategy[tuple[int, int]]:
    return st.tuples(instants, instants).map(sorted).filter(lambda p: p[1] - p[0] >= least).map(tuple)  # type: ignore[arg-type, return-value]


@st.composite
def houses(draw: st.DrawFn) -> Directory:
    """Rosters, overrides, swaps and absences in any order; people whose terms and keys end or begin."""
    records: list[Any] = []
    for order in range(10, 10 + draw(st.integers(0, 9))):
        kind = draw(st.sampled_from(["roster", "roster", "roster", "override", "swap", "absence", "term", "key"]))
        begins, ends = draw(stretches())
        if kind == "roster":
            turns = draw(st.lists(contacts, max_size=4))
            more = {"desk": draw(places), "temporary": draw(st.booleans()), "since": draw(instants)}
            minutes = draw(st.sampled_from([15, 60, 7 * 60 + 1])) if turns else 0
            records.append(roster(order, *turns, begins=begins, ends=ends, shift_minutes=minutes, **more))
        elif kind == "override":
            records.append(
                override(order, draw(contacts), begins, ends, draw(contacts | st.just("")), draw(places)),
            )
        elif kind == "swap":
            one, other = draw(st.lists(contacts, min_size=2, max_size=2, unique=True))
            made = swap(order, (one, begins, ends), (other, *draw(stretches())), draw(places))
            records.append(replace(made, accepted=draw(st.booleans())))
        elif kind == "absence":
            records.append(absence(order, draw(contacts), begins, ends))
        elif kind == "term":
            person = house().contacts[draw(st.sampled_from([ANN, BO, CY]))]
            records.append(replace(person, term_from=begins, term_to=ends))
        else:
            number, person_id = draw(st.sampled_from(list(enumerate(PEOPLE, 1))))
            records.append(officer(number, person_id, begins, ends, draw(st.sampled_from([0, begins + 1, ends - 1]))))
    return house(*records)


def test_who_is_away_without_a_key_does_not_stand_in_before_the_head() -> None:
    """Nobody can act: what comes in goes to the head, and to no liaison who is not even there."""
    keys = [officer(number, who, HOUR) for number, who in enumerate(PEOPLE, 1)]
    directory = house(*keys, *(absence(20 + number, who, 0, HOUR) for number, who in enumerate((ANN, BO))))
    assert on_duty(directory, "town", "d1", 0).instead == CHIEF == read(directory, "d1", 0).instead


@settings(max_examples=200)
@given(directory=houses(), desk=places, window=stretches(), data=st.data())
def test_spans_tile_the_window_and_say_at_every_instant_what_the_rules_say(
    directory: Directory, desk: str, window: tuple[int, int], data: st.DataObject
) -> None:
    begins, ends = window
    spans = shifts(directory, "town", desk, begins, ends)
    assert (spans[0].begins, spans[-1].ends) == window
    for one, after in pairwise(spans):
        assert one.ends == after.begins and one.watch != after.watch
    edges = {span.begins for span in spans} | {span.ends - 1 for span in spans}
    random = data.draw(st.lists(st.integers(begins, ends - 1), min_size=5, max_size=20))
    for at in sorted(edges | set(random)):
        (span,) = [each for each in spans if each.begins <= at < each.ends]
        assert span.watch == on_duty(directory, "town", desk, at) == read(directory, desk, at)


@settings(max_examples=100)
@given(directory=houses(), desk=places, at=instants)
def test_there_is_always_somebody_who_gets_what_comes_in(directory: Directory, desk: str, at: int) -> None:
    watch = on_duty(directory, "town", desk, at)
    owner = directory.owner_for("town", "", desk, at)
    assert owner is not None and owner.in_force(at)
    assert owner.id == (watch.contact or watch.instead)
    assert bool(watch.contact) == (watch.why is not Why.GAP)
    if watch.contact:
        assert directory.can_act(owner, at) and not directory.book.absent(owner.id, at)


@settings(max_examples=100)
@given(directory=houses(), desk=places, span=stretches(), contact=contacts, at=instants)
def test_an_override_never_loses(directory: Directory, desk: str, span: tuple[int, int], contact: str, at: int) -> None:
    """Whatever rosters and swaps say, earlier or later: only a later override of the same place stands before it."""
    newest = directory.with_records([override(200, contact, *span, desk=desk), roster(201, *PEOPLE, desk=desk)])
    watch = on_duty(newest, "town", desk, at)
    if span[0] <= at < span[1]:
        assert watch.why in (Why.OVERRIDE, Why.GAP) and (watch.contact or watch.named) == contact
    else:
        without = directory.with_records([roster(201, *PEOPLE, desk=desk)])
        assert watch == on_duty(without, "town", desk, at)


@settings(max_examples=100)
@given(first=st.integers(0, 23), second=st.integers(0, 23), shuffled=st.permutations(PEOPLE))
def test_a_swap_is_symmetric(first: int, second: int, shuffled: list[str]) -> None:
    """What one gives the other has, and the other way round; everybody else's shifts are as they were."""
    before = house(roster(10, *shuffled))
    one, other = shuffled[first % 4], shuffled[second % 4]
    if one == other:
        return
    mine, theirs = (first * HOUR, (first + 1) * HOUR), (second * HOUR, (second + 1) * HOUR)
    assert holds(before, "town", "", one, *mine) and holds(before, "town", "", other, *theirs)
    there = before.with_records([swap(11, (one, *mine), (other, *theirs))])
    back = before.with_records([swap(11, (other, *theirs), (one, *mine))])
    for hour in range(48):
        at = hour * HOUR
        now, was = on_duty(there, "town", "", at), on_duty(before, "town", "", at)
        assert now == on_duty(back, "town", "", at)
        expected = {first: other, second: one}.get(hour, was.contact)
        assert now.contact == expected
        assert now.why is (Why.SWAP if hour in (first, second) else Why.ROTATION)
    assert not holds(there, "town", "", one, *mine) and holds(there, "town", "", other, *mine)


def test_a_roster_counts_its_shifts_from_its_beginning_and_speaks_from_its_recording() -> None:
    directory = house(roster(10, ANN, BO, begins=0, since=90 * MINUTE, ends=3 * HOUR))
    spans = shifts(directory, "town", "", 0, 4 * HOUR)
    assert [(s.begins, s.ends, s.watch.contact, s.watch.why) for s in spans] == [
        (0, 90 * MINUTE, ANN, Why.FALLBACK),
        (90 * MINUTE, 2 * HOUR, BO, Why.ROTATION),
        (2 * HOUR, 3 * HOUR, ANN, Why.ROTATION),
        (3 * HOUR, 4 * HOUR, "", Why.GAP),
    ]
    assert spans[-1].watch == Watch("", Why.GAP, Cause.ROSTER_ENDED, instead=ANN)


def test_who_speaks_first() -> None:
    """Override, swap, the desk's temporary roster, its ordinary one, the agency's, and without any the liaisons."""
    records: list[Any] = [
        roster(10, CY),
        roster(11, CHIEF, desk="d1"),
        roster(12, ANN, desk="d1", temporary=True),
        swap(13, (ANN, 0, HOUR), (CHIEF, 2 * HOUR, 3 * HOUR), "d1"),
        override(14, CY, 0, HOUR, desk="d1"),
    ]
    said = []
    for number in range(len(records) + 1):
        watch = on_duty(house(*records[:number]), "town", "d1", 0)
        said.append((watch.contact, watch.why))
    assert said == [
        (BO, Why.FALLBACK),
        (CY, Why.ROTATION),
        (CHIEF, Why.ROTATION),
        (ANN, Why.TEMPORARY),
        (CHIEF, Why.SWAP),
        (CY, Why.OVERRIDE),
    ]
    assert on_duty(house(*records), "town", "d2", 0) == Watch(CY, Why.ROTATION)


def test_one_override_after_the_other() -> None:
    """Bo for Ann, then Cy for Bo: Cy stands in; a stand-in for somebody who is not on duty changes nothing."""
    stand_ins = (override(11, BO, 0, HOUR, ANN), override(12, CY, 0, HOUR, BO), override(13, BO, 0, HOUR, ANN))
    plan = [roster(10, ANN), *stand_ins]
    assert on_duty(house(*plan), "town", "", 0) == Watch(CY, Why.OVERRIDE)
    assert on_duty(house(*plan), "town", "", HOUR) == Watch(ANN, Why.ROTATION)
    assert on_duty(house(override(11, CY, 0, HOUR, ANN)), "town", "", 0) == Watch(CY, Why.OVERRIDE)


def test_a_roster_can_be_taken_back() -> None:
    plan = [roster(10, ANN), roster(11, BO, temporary=True), roster(12, temporary=True, begins=HOUR)]
    assert on_duty(house(*plan), "town", "", 0) == Watch(BO, Why.TEMPORARY)
    assert on_duty(house(*plan), "town", "", HOUR) == Watch(ANN, Why.ROTATION)
    ended = house(roster(10, CY), roster(11, begins=HOUR, ends=END))
    assert on_duty(ended, "town", "", HOUR) == on_duty(ended, "town", "", END) == Watch(ANN, Why.FALLBACK)


def test_a_newer_roster_stands_before_an_older_swap() -> None:
    swapped = house(roster(10, ANN, BO), swap(11, (ANN, 0, HOUR), (BO, HOUR, 2 * HOUR)))
    assert on_duty(swapped, "town", "", 0) == Watch(BO, Why.SWAP)
    assert on_duty(swapped.with_records([roster(12, ANN, BO)]), "town", "", 0) == Watch(ANN, Why.ROTATION)


GONE: dict[Cause, list[Any]] = {
    Cause.ABSENT: [absence(20, CY, HOUR, 2 * HOUR)],
    Cause.OUT_OF_FORCE: [Contact(CY, "town", (DEPUTY,), (), 0, HOUR, 4)],
    Cause.NO_KEY: [officer(4, CY, revoked=HOUR)],
}


@pytest.mark.parametrize("cause", GONE, ids=str)
def test_whoever_cannot_act_leaves_a_gap_and_a_stand_in(cause: Cause) -> None:
    directory = house(roster(10, CY), *GONE[cause])
    assert on_duty(directory, "town", "", HOUR - 1) == Watch(CY, Why.ROTATION)
    assert on_duty(directory, "town", "", HOUR) == Watch("", Why.GAP, cause, CY, ANN)
    owner = directory.owner_for("town", "", "", HOUR)
    assert owner is not None and owner.id == ANN
    named = directory.owner_for("town", CY, "", HOUR)
    assert (named is None) == (cause is Cause.OUT_OF_FORCE), "who is named gets it, away or not"


def test_a_desks_gap_goes_to_whoever_is_on_duty_for_the_agency() -> None:
    directory = house(roster(10, CY), roster(11, BO, desk="d1"), absence(12, BO, 0, HOUR))
    assert on_duty(directory, "town", "d1", 0) == Watch("", Why.GAP, Cause.ABSENT, BO, CY)


def test_the_absent_get_nothing_new_without_a_roster_either() -> None:
    away = [absence(10, ANN, 0, HOUR)]
    assert on_duty(house(), "town", "", 0) == Watch(ANN, Why.FALLBACK)
    assert on_duty(house(*away), "town", "", 0) == Watch(BO, Why.FALLBACK)
    away.append(absence(11, BO, 0, HOUR))
    assert on_duty(house(*away), "town", "", 0) == Watch(CHIEF, Why.FALLBACK, Cause.ONLY_HEAD)
    away.append(absence(12, CHIEF, 0, HOUR))
    assert on_duty(house(*away), "town", "", 0) == Watch("", Why.GAP, Cause.NOBODY, instead=CHIEF)


def test_coverage_names_every_gap_of_thirty_days_and_no_desk_twice() -> None:
    start = 5 * DAY_MS
    month = roster(10, ANN, CY, ends=start + 20 * DAY_MS, shift_minutes=24 * 60)
    own = roster(11, BO, desk="d1", ends=start + 40 * DAY_MS, shift_minutes=24 * 60)
    away = absence(12, CY, start + DAY_MS, start + 2 * DAY_MS + HOUR)
    found = coverage(house(month, own, away), "town", start)
    assert [(gap.desk, gap.begins - start, gap.ends - start, gap.cause, gap.named, gap.instead) for gap in found] == [
        # The first day is Cy's and so is every second one; of the absence only the last hour touches one of them.
        ("", 2 * DAY_MS, 2 * DAY_MS + HOUR, Cause.ABSENT, CY, ANN),
        ("", 20 * DAY_MS, 30 * DAY_MS, Cause.ROSTER_ENDED, "", ANN),
    ]
    alone = house(month, absence(13, ANN, 0, FOREVER), absence(14, BO, 0, FOREVER))
    last = coverage(alone, "town", start + 20 * DAY_MS, days=1)
    assert [(gap.cause, gap.instead) for gap in last] == [(Cause.ROSTER_ENDED, CHIEF)]
    only = coverage(house(absence(13, ANN, 0, FOREVER), absence(14, BO, 0, FOREVER)), "town", start)
    assert [(gap.desk, gap.ends - gap.begins, gap.cause, gap.instead) for gap in only] == [
        ("", 30 * DAY_MS, Cause.ONLY_HEAD, CHIEF)
    ]
    assert coverage(house(), "town", start) == ()
