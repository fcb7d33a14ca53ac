"""The independent checker over whole logs: silent before an honest hub, and naming each cheat of another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from audit.review.duty import DutyCheck
from audit.review.replay import Replay
from audit.review.verify import verify
from hutong.errors import HutongError
from hutong.signing.keys import SigningKey
from hutong.v1 import codes_pb2, header_pb2, kinds_pb2
from rules import hub_statements, ladder, redirects
from rules.records import Item, Obligation
from tests.cases import at, spoken
from tests.chronicle import COORDINATOR, DAY, DEPUTY, Chronicle
from tests.towns import ORIGIN, recipient

FRIDAY = at("2026-10-09T16:30")
URGENT, FLASH = codes_pb2.URGENCY_URGENT, codes_pb2.URGENCY_FLASH
MINUTE = 60_000


def checked(log: Chronicle) -> tuple[list[tuple[str, str]], DutyCheck]:
    """Code and step of every fault of ``log``, and the check that found them."""
    check = DutyCheck(log.policy)
    found = [(fault.code, fault.params) for line in log.fed() for fault in check(*line)]
    found += [(fault.code, fault.params) for fault in check.overdue()]
    return [(code, params.get("step", "")) for code, params in found], check


def of_duty(log: Chronicle) -> list[tuple[str, str]]:
    """``checked``, without what replay says of the same entries."""
    return [(code, step) for code, step in checked(log)[0] if code[:6] in ("HT-LAD", "HT-RPL") and step]


@pytest.fixture
def log() -> Chronicle:
    return Chronicle(FRIDAY)


def pass_by(log: Chronicle, until: str) -> None:
    """Time goes by, and the hub says nothing."""
    log.now = at(until)


def test_an_honest_log_agrees_as_a_whole(log: Chronicle, tmp_path: Path) -> None:
    item = log.lead(urgency=URGENT)
    log.tick(at("2026-10-12T12:00"))
    log.acknowledged(item)
    log.tick(at("2026-10-14T09:00"))
    log.say(log.by("police", "progressed", item, facts=kinds_pb2.Progressed(step=1)))
    log.refuse(log.completed(item, contact=log.town.houses["police"].second))
    log.say(log.completed(item))
    log.lead(urgency=FLASH)
    log.tick(log.now + 40 * MINUTE)
    found, check = checked(log)
    assert found == []
    figures = check.summary()
    assert figures.obligations == 2 and figures.due == figures.said > 10
    assert (figures.missed, figures.surplus, figures.worst, figures.silences) == (0, 0, 0, ())
    report = verify(log.export(tmp_path / "export"), check_statements=DutyCheck)
    assert report.ok, report.faults


# --- what was not said ---


def test_a_certificate_withheld_until_it_is_too_late_is_named(log: Chronicle, tmp_path: Path) -> None:
    """The hub lets a late 签收 pass as if nobody had waited for it."""
    item = log.lead(urgency=URGENT)
    pass_by(log, "2026-10-10T10:30")
    log.acknowledged(item)
    found, check = checked(log)
    assert found == [("HT-LAD-01", "certificate"), ("HT-LAD-01", "attention/deputy/urge")]
    figures = check.summary()
    assert (figures.due, figures.said, figures.missed) == (2, 0, 2)
    export = log.export(tmp_path / "export")
    assert {fault.code for fault in verify(export, check_statements=DutyCheck).faults} == {"HT-LAD-01"}
    assert verify(export, check_statements=Replay).ok, "a replay looks at the end of the log only"


def test_a_step_left_out_in_the_middle_is_named(log: Chronicle) -> None:
    item = log.lead(urgency=URGENT)
    log.tick(at("2026-10-10T10:00"))
    pass_by(log, "2026-10-10T11:30")
    log.say(log.by("police", "seen", item))
    log.say(log.by("market", "supplement", item, to=["police"]))
    log.tick()
    assert of_duty(log) == [("HT-LAD-01", "attention/head/urge")], "named once; it came late and after others"
    assert checked(log)[1].summary().due == 3


NINE_DAYS = ["owner/reminder", "deputy/urge", "head/urge", "coordinator/urge"]


@pytest.mark.parametrize("kind", ["contact_withdrawn", "key_revoked"])
def test_nine_silent_days_before_an_owner_goes_are_named_step_by_step(log: Chronicle, kind: str) -> None:
    house, item = log.town.houses["police"], log.lead()
    log.acknowledged(item)
    log.now += 9 * DAY
    facts: Any = kinds_pb2.ContactWithdrawn(contact=house.liaison)
    if kind == "key_revoked":
        facts = kinds_pb2.KeyRevoked(keyid=house.keys[house.liaison].keyid, reason=codes_pb2.REVOCATION_REASON_LOST)
    log.say(log.town.header(kind, "police", house.head, facts=facts))
    assert spoken(log.tick())[-1] == "ownership_fell", "they come late, and before it"
    assert of_duty(log) == [("HT-LAD-01", f"attention/{step}") for step in NINE_DAYS]


def test_a_hub_that_was_down_over_the_end_of_a_term_says_every_step(log: Chronicle) -> None:
    log.nominate("police", log.town.houses["police"].liaison, codes_pb2.CONTACT_ROLE_LIAISON, FRIDAY + 9 * DAY)
    item = log.lead()
    log.acknowledged(item)
    log.now += 9 * DAY + 1
    about, duty, now = log.state.items[item], log.duty(item), log.now
    early = hub_statements.ownership_fell(ORIGIN, log.keyid, about, duty, log.state.directory, now)
    with pytest.raises(HutongError, match="HT-DTY-41"):
        log.say(early)
    assert len(log.tick()) == len(NINE_DAYS) + 1
    assert of_duty(log) == []


def hidden(log: Chronicle, away: int) -> list[tuple[str, str]]:
    """The owner is none any more for so long, and comes back before the hub has said so."""
    house = log.town.houses["police"]
    log.now += away
    log.nominate("police", house.liaison, codes_pb2.CONTACT_ROLE_LIAISON, log.now + 90 * DAY)
    house.keys[house.liaison] = SigningKey.generate()
    log._bind("police", house.liaison)
    return of_duty(log)


def test_a_fall_that_a_withdrawal_caused_is_not_hidden(log: Chronicle) -> None:
    house, item = log.town.houses["police"], log.lead()
    log.acknowledged(item)
    facts = kinds_pb2.ContactWithdrawn(contact=house.liaison)
    log.say(log.town.header("contact_withdrawn", "police", house.head, facts=facts))
    assert hidden(log, 1) == [("HT-LAD-01", "fall")]


@pytest.mark.parametrize("at_work", [True, False])
def test_a_fall_by_the_clock_is_hidden_by_a_hub_that_was_at_work(log: Chronicle, at_work: bool) -> None:
    log.nominate("police", log.town.houses["police"].liaison, codes_pb2.CONTACT_ROLE_LIAISON, FRIDAY + MINUTE)
    log.acknowledged(log.lead())
    log.now += 61 * MINUTE
    if at_work:
        log.lead(to=["banking"])
    assert hidden(log, 60 * MINUTE) == ([("HT-LAD-01", "fall")] if at_work else [])


def test_what_was_due_before_a_handover_is_the_givers(log: Chronicle) -> None:
    house, item = log.town.houses["police"], log.lead()
    log.acknowledged(item)
    facts = kinds_pb2.HandoverOffered(items=[item])
    offer = log.town.header("handover_offered", "police", facts=facts, to=[recipient("police", house.second)])
    log.say(offer)
    log.now = at("2026-10-15T16:29")
    said = log.town.header("handover_answered", "police", house.second, facts=kinds_pb2.HandoverAnswered(accepted=True),
                           in_reply_to=offer.message_id, to=[recipient("police", house.liaison)])  # fmt: skip
    log.say(said)
    assert of_duty(log)[:3] == [("HT-LAD-01", f"attention/{step}") for step in NINE_DAYS[:3]]


def test_a_refusal_is_decided_after_what_is_due_too(log: Chronicle) -> None:
    item = log.lead(urgency=URGENT)
    pass_by(log, "2026-10-10T10:30")
    assert log.refuse(log.completed(item)) == "HT-DTY-04"
    log.tick()
    assert of_duty(log) == [("HT-LAD-01", "certificate"), ("HT-LAD-01", "attention/deputy/urge")]


def test_an_erasure_decides_nothing_about_a_duty(log: Chronicle) -> None:
    """It is made on an operator's order, whatever is due; the step is late, and said."""
    item = log.lead(urgency=URGENT)
    pass_by(log, "2026-10-10T10:30")
    about = log.state.statements[item]
    log.say(hub_statements.erased(ORIGIN, log.keyid, about, b"o" * 16, codes_pb2.ERASURE_REASON_RECALLED, log.now))
    log.tick()
    assert of_duty(log) == []


def test_a_ladder_silently_cut_is_named_to_its_end(log: Chronicle, tmp_path: Path) -> None:
    item = log.lead(urgency=URGENT)
    log.tick(at("2026-10-10T10:00"))
    pass_by(log, "2026-10-12T16:00")
    log.lead()
    rest = ["attention/head/urge", *["attention/coordinator/urge"] * 6]
    assert of_duty(log) == [("HT-RPL-07", step) for step in rest]
    report = verify(log.export(tmp_path / "export"), check_statements=Replay)
    assert {fault.code for fault in report.faults} == {"HT-RPL-07"}, "one rule for both"
    assert {dict(fault.params)["item"] for fault in report.faults} == {item.hex()}
    assert "负责人" in report.faults[0].sentences("zh").why and "head" in report.faults[0].sentences("en").why


@pytest.mark.parametrize(("late", "named"), [(35 * MINUTE - 1, []), (35 * MINUTE, [("HT-RPL-07", "certificate")])])
def test_a_moment_of_grace_at_the_end(log: Chronicle, late: int, named: list[tuple[str, str]]) -> None:
    """The certificate is due after 30 minutes; the log may end within five of that."""
    log.lead(urgency=FLASH)
    log.tick()
    log.now = FRIDAY + late
    log.lead(urgency=URGENT)
    assert of_duty(log) == named


def test_a_fall_withheld_is_named(log: Chronicle) -> None:
    """The owner's term ends, and the hub goes on as if somebody were there."""
    item = log.lead()
    log.acknowledged(item)
    police = log.town.houses["police"]
    log.nominate("police", police.liaison, codes_pb2.CONTACT_ROLE_LIAISON, log.now + MINUTE)
    log.now += 2 * MINUTE
    log.say(log.completed(item, contact=police.head))
    assert of_duty(log) == [("HT-LAD-01", "fall")]


def test_a_fall_withheld_to_the_end_is_named(log: Chronicle) -> None:
    item = log.lead()
    log.acknowledged(item)
    police = log.town.houses["police"]
    facts = kinds_pb2.ContactWithdrawn(contact=police.liaison)
    log.say(log.town.header("contact_withdrawn", "police", police.head, facts=facts))
    assert of_duty(log) == [], "a moment later it will be said"
    log.now += 6 * MINUTE
    log.lead()
    assert of_duty(log) == [("HT-RPL-07", "fall")]
    log.tick()
    assert of_duty(log) == []
    assert checked(log)[1].summary().worst == 6 * MINUTE


def replaced_head(log: Chronicle) -> bytes:
    """What the head of the police has taken on, and then another head is registered."""
    house = log.town.houses["police"]
    item = log.lead()
    log.acknowledged(item, contact=house.head)
    log.now += MINUTE
    known = log.state.directory.agencies["police"]
    said = kinds_pb2.AgencyRegistered(
        agency="police",
        type=known.type,  # type: ignore[arg-type]
        level=known.level,  # type: ignore[arg-type]
        region=known.region,
        parent=known.parent,
        head_contact=house.second,
        head_keyid=known.head_keyid,
    )
    log.say(hub_statements.registration(ORIGIN, log.keyid, said, b"d" * 32, b"o" * 16, log.now))
    return item


@pytest.mark.parametrize("hidden", [False, True])
def test_what_a_replaced_head_owned_falls_with_the_registration(log: Chronicle, hidden: bool) -> None:
    """Whoever names the old head once more in the same breath hides the fall, and it is named."""
    item = replaced_head(log)
    if hidden:
        house = log.town.houses["police"]
        facts = kinds_pb2.ContactNominated(
            contact=house.head, roles=[codes_pb2.CONTACT_ROLE_LIAISON], term_from=1, term_to=log.now + DAY
        )
        log.say(log.town.header("contact_nominated", "police", house.second, facts=facts))
        assert ("HT-LAD-01", "fall") in of_duty(log)
    else:
        assert spoken(log.tick()) == ["ownership_fell"]
        assert log.duty(item).owner == log.town.houses["police"].second and of_duty(log) == []


def test_what_was_due_before_a_registration_is_the_old_heads(log: Chronicle) -> None:
    house = log.town.houses["police"]
    item = log.lead()
    log.acknowledged(item, contact=house.head)
    log.now = log.duty(item).attention_by
    replaced_head(log)
    log.tick()
    assert ("HT-LAD-01", "attention/owner/reminder") in of_duty(log)


def passing(log: Chronicle) -> bytes:
    """A lead of the police to market regulation, which passes it on to banking after two days; its time is a law's."""
    header = log.town.lead("police", ["market"])
    log.say(header)
    item = bytes(header.message_id)
    log.say(log.by("market", "acknowledged", item, to=["police"]))
    log.tick(log.now + 2 * DAY)
    facts = kinds_pb2.Redirect(reason=codes_pb2.REASON_CODE_NOT_COMPETENT)
    log.say(log.by("market", "redirect", item, facts=facts, to=["banking", recipient("police", role=2)]))
    return item


def test_a_redirect_and_its_end_agree(log: Chronicle) -> None:
    item = passing(log)
    log.tick(log.now + 20 * DAY)
    log.say(log.by("market", "redirect_taken_back", item, to=["banking", "police"]))
    log.tick(log.now + 5 * DAY)
    assert checked(log)[0] == []


def test_a_laws_time_that_is_given_anew_is_found(log: Chronicle, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the second derivation: hub and replay share the mistake."""
    monkeypatch.setattr(redirects, "_in_the_same_time", lambda state, item, passing, new, now: new)
    passing(log)
    assert [code for code, _ in checked(log)[0]] == ["HT-LAD-08"]


def test_a_handover_does_not_wash_a_fall_away(log: Chronicle) -> None:
    """Whose term is over can hand nothing over, though the hub has not said so yet."""
    item = log.lead()
    log.acknowledged(item)
    police = log.town.houses["police"]
    facts = kinds_pb2.HandoverOffered(items=[item])
    to = [header_pb2.Recipient(agency="police", contact=police.second, role=1)]
    offer = log.town.header("handover_offered", "police", facts=facts, to=to)
    log.say(offer)
    log.nominate("police", police.liaison, codes_pb2.CONTACT_ROLE_LIAISON, log.now + MINUTE)
    log.now += 2 * MINUTE
    answer = kinds_pb2.HandoverAnswered(accepted=True)
    to = [header_pb2.Recipient(agency="police", contact=police.head, role=1)]
    assert (
        log.refuse(
            log.town.header(
                "handover_answered", "police", police.second, facts=answer, in_reply_to=offer.message_id, to=to
            )
        )
        == "HT-MOV-05"
    )
    log.now += 6 * MINUTE
    assert of_duty(log) == []
    log.lead()
    assert of_duty(log) == [("HT-RPL-07", "fall")], "it is still to be said"


def test_who_comes_back_unsaid_is_counted(log: Chronicle) -> None:
    log.acknowledged(log.lead())
    liaison = log.town.houses["police"].liaison
    log.nominate("police", liaison, codes_pb2.CONTACT_ROLE_LIAISON, log.now + MINUTE)
    log.now += 2 * MINUTE
    log.nominate("police", liaison, codes_pb2.CONTACT_ROLE_LIAISON, log.now + 10**9)
    found, check = checked(log)
    assert (found, check.summary().healed) == ([], 1)


# --- what was said wrongly ---


def due(log: Chronicle, until: str) -> tuple[Item, Obligation, int]:
    """The record of a lead on which something is due at ``until``, and that time; nothing has been said yet."""
    item = log.lead(urgency=URGENT)
    log.now = at(until)
    return log.state.items[item], log.duty(item), log.now


def test_a_step_said_twice_is_named(log: Chronicle) -> None:
    item = log.lead(urgency=URGENT)
    log.tick(at("2026-10-10T10:00"))
    (deputy,) = (header for _, _, _, header in log.fed() if header.escalated.told == [DEPUTY])
    log.claim(deputy)
    again = header_pb2.Header()
    again.CopyFrom(deputy)
    again.message_id = log.next_step(item, now=at("2026-10-10T11:00")).message_id
    log.claim(again)
    twice = [("HT-LAD-03", "attention/deputy/urge")] * 2
    assert of_duty(log) == twice, "under the same id or under another"
    assert checked(log)[1].summary().surplus == 2


def test_a_fall_said_twice_is_named(log: Chronicle) -> None:
    item = log.lead()
    police = log.town.houses["police"]
    facts = kinds_pb2.ContactWithdrawn(contact=police.liaison)
    log.say(log.town.header("contact_withdrawn", "police", police.head, facts=facts))
    fall = log.next_step(item)
    log.tick()
    log.claim(fall)
    assert of_duty(log) == [("HT-LAD-03", "fall")]


def test_a_step_said_early_is_named(log: Chronicle) -> None:
    item = log.lead(urgency=URGENT)
    log.claim(log.next_step(item, now=at("2026-10-10T10:00")))
    assert of_duty(log) == [("HT-LAD-02", "certificate")]


def test_a_step_out_of_turn_is_named(log: Chronicle) -> None:
    item, duty, now = due(log, "2026-10-10T12:00")
    later = replace(duty, attention=duty.attention[2:])
    step = ladder.due(log.state.directory, item, later, now)
    assert step
    log.claim(hub_statements.escalated(ORIGIN, log.keyid, item, later, step, now))
    log.tick()
    assert of_duty(log) == [("HT-LAD-04", "attention/head/urge")]


def test_a_step_that_nobody_expects_is_named(log: Chronicle) -> None:
    item = log.lead(urgency=URGENT)
    log.tick(at("2026-10-10T10:00"))
    step = log.next_step(item, now=at("2026-10-10T11:00"))
    log.acknowledged(item)
    log.say(log.completed(item))
    log.claim(step)
    other = log.lead()
    log.acknowledged(other)
    step.item_id = step.in_reply_to = other
    step.escalated.to = codes_pb2.ESCALATION_TARGET_REQUESTER
    log.claim(step)
    assert [code for code, _ in of_duty(log)] == ["HT-LAD-05"] * 2


BENT: dict[str, Callable[[Any], None]] = {
    "told": lambda said: said.told.__setitem__(0, COORDINATOR),
    "owner": lambda said: setattr(said, "owner", DEPUTY),
    "form": lambda said: setattr(said, "form", codes_pb2.ESCALATION_FORM_REMINDER),
    "last": lambda said: setattr(said, "last", True),
}


@pytest.mark.parametrize("field", sorted(BENT))
def test_what_a_step_says_is_held_to_the_last_field(log: Chronicle, field: str) -> None:
    item = log.lead(urgency=URGENT)
    log.tick(at("2026-10-10T10:00"))
    log.now = at("2026-10-10T11:00")
    bent = log.next_step(item)
    BENT[field](bent.escalated)
    log.claim(bent)
    check = DutyCheck(log.policy)
    faults = [fault for line in log.fed() for fault in check(*line) if fault.code.startswith("HT-LAD")]
    assert [(fault.code, fault.params["field"]) for fault in faults] == [("HT-LAD-06", field)]
    assert faults[0].params["step"] == "attention/head/urge"


def test_a_certificate_about_another_owner_is_named(log: Chronicle) -> None:
    item = log.lead(urgency=URGENT)
    log.now = at("2026-10-10T10:00")
    bent = log.next_step(item)
    bent.non_response.owner = log.town.houses["police"].head
    log.claim(bent)
    log.tick()
    assert of_duty(log) == [("HT-LAD-06", "certificate")]


# --- how late ---


def test_a_hub_that_was_down_is_late_and_no_cheat(log: Chronicle) -> None:
    log.lead(urgency=URGENT)
    pass_by(log, "2026-10-10T11:30")
    assert len(spoken(log.tick())) == 3
    found, check = checked(log)
    assert found == []
    figures = check.summary()
    assert figures.worst == figures.p99 == 90 * MINUTE
    (silence,) = figures.silences
    assert (silence.since, silence.until) == (at("2026-10-10T10:00"), log.now)
    assert (silence.steps, silence.entries) == (3, 0), "nobody else was heard either"


def test_a_hub_that_was_up_and_silent_is_shown(log: Chronicle) -> None:
    log.lead(urgency=URGENT)
    pass_by(log, "2026-10-10T10:30")
    log.lead(agency="banking", to=["market"])
    pass_by(log, "2026-10-10T11:30")
    log.tick()
    (silence,) = checked(log)[1].summary().silences
    assert silence.entries == 1


# --- two derivations ---


MUTANTS: dict[str, tuple[str, Any]] = {
    "once too few": ("copied", lambda real: lambda name, pace: real(name, pace)[:-1]),
    "no certificate": (
        "copied",
        lambda real: lambda name, pace: tuple(step for step in real(name, pace) if "certificate" not in step),
    ),
    "a minute late": ("_when", lambda real: lambda *given: real(*given) + MINUTE),
    "a hold that stops nothing": ("on_hold", lambda real: lambda duty, until: real(duty, until + 1)),
    "statutory time rests": ("shifted", lambda real: lambda duty, by: replace(duty, complete_by=duty.complete_by + by)),
    "what is over goes on": ("over", lambda real: lambda duty: duty),
    "forced and yet to come": ("hurried", lambda real: lambda d, i, duty, now: real(d, i, duty, now) and duty),
}


@pytest.mark.parametrize("name", sorted(MUTANTS))
def test_a_mistake_in_the_rules_is_found_by_the_second_derivation(
    log: Chronicle, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Hub and replay share the mistake; the timetable does not."""
    function, mutate = MUTANTS[name]
    monkeypatch.setattr(ladder, function, mutate(getattr(ladder, function)))
    item = log.lead(urgency=URGENT)
    log.tick(at("2026-10-10T10:30"))
    log.say(
        log.by("market", "escalation_forced", item, facts=kinds_pb2.EscalationForced(agency="police"), to=["police"])
    )
    log.tick()
    log.acknowledged(item)
    held = kinds_pb2.Held(until=log.now + 10**9, reason=codes_pb2.HOLD_REASON_EXPERT_EXAMINATION)
    log.say(log.by("police", "held", item, facts=held))
    log.tick(log.now + 10**8)
    log.say(log.completed(item))
    assert "HT-LAD-08" in {code for code, _ in checked(log)[0]}


# --- a log that ends before the day on which it is looked at ---


def until(log: Chronicle, tmp_path: Path, now: int) -> list[tuple[str, str]]:
    """Code and step of what a check of an export of ``log`` finds at ``now``."""
    check = DutyCheck(log.policy, until=now)
    report = verify(log.export(tmp_path / f"export-{now}"), check_statements=lambda _: check)
    return [(fault.code, dict(fault.params).get("step", "")) for fault in report.faults]


def test_a_hub_that_stopped_speaking_shows_at_a_later_instant(log: Chronicle, tmp_path: Path) -> None:
    """The log itself is in order; that nothing came after it is seen by whoever knows what day it is."""
    log.lead(urgency=URGENT)
    pass_by(log, "2026-10-10T09:30")
    assert until(log, tmp_path, 0) == []
    assert until(log, tmp_path, log.now) == []
    missed = [
        ("HT-RPL-10", "certificate"),
        ("HT-RPL-10", "attention/deputy/urge"),
        ("HT-RPL-10", "attention/head/urge"),
    ]
    assert until(log, tmp_path, at("2026-10-10T12:00"))[:3] == missed
    assert until(log, tmp_path, at("2026-10-10T10:04")) == [], "not for five minutes yet"


def test_what_was_due_when_the_log_ended_is_said_as_before(log: Chronicle, tmp_path: Path) -> None:
    """Once, and not again for the later instant."""
    log.lead(urgency=URGENT)
    pass_by(log, "2026-10-10T10:20")
    log.lead(to=["banking"])
    found = until(log, tmp_path, at("2026-10-10T12:00"))
    assert found[:2] == [("HT-RPL-07", "certificate"), ("HT-RPL-07", "attention/deputy/urge")]
    assert found[2] == ("HT-RPL-10", "attention/head/urge") and len(found) == len(set(found))


def test_a_fall_that_nobody_will_say(log: Chronicle, tmp_path: Path) -> None:
    """The end of a term is a step as well."""
    item = log.lead()
    owner = log.duty(item).owner
    log.nominate("police", owner, codes_pb2.CONTACT_ROLE_LIAISON, log.now + DAY)
    assert ("HT-RPL-10", "fall") in until(log, tmp_path, log.now + 2 * DAY)
    assert ("HT-RPL-10", "fall") not in until(log, tmp_path, log.now + DAY - MINUTE)


def test_an_instant_before_the_logs_end_is_none(log: Chronicle, tmp_path: Path) -> None:
    log.lead()
    with pytest.raises(HutongError) as caught:
        until(log, tmp_path, log.now - 1)
    assert caught.value.code == "HT-RPL-11"
