"""Ladders: who is told what and when, after holidays, after a hub that was down, and when nobody is there."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hutong.directory.records import FOREVER, Contact
from hutong.v1 import casework_pb2, codes_pb2, kinds_pb2
from rules import ladder
from rules.data import CLOCKS, LADDERS
from rules.whom import told
from tests.cases import Case, at, local, spoken
from tests.towns import Town, contact_id

TOWN = Town.make()
FRIDAY = at("2026-10-09T16:30")
ROUTINE, URGENT, FLASH = codes_pb2.URGENCY_ROUTINE, codes_pb2.URGENCY_URGENT, codes_pb2.URGENCY_FLASH


def staffed() -> Town:
    """A town whose police has a deputy, and a superior whose coordinator and head can act."""
    town = Town(TOWN.directory, dict(TOWN.houses))
    town._settle("ministry", codes_pb2.AGENCY_TYPE_POLICE, 0x501)
    deputy, coordinator = contact_id(0x901), contact_id(0x902)
    agencies = town.directory.agencies
    records = [
        Contact(deputy, "police", (codes_pb2.CONTACT_ROLE_DEPUTY,), (), 1, FOREVER, 0x901),
        Contact(coordinator, "ministry", (codes_pb2.CONTACT_ROLE_COORDINATOR,), (), 1, FOREVER, 0x902),
        replace(agencies["police"], parent="ministry"),
        *(
            replace(town.directory.officer_keys(town.houses[code].liaison)[0], keyid=str(n) * 64, holder=who)
            for n, (code, who) in enumerate((("police", deputy), ("ministry", coordinator)))
        ),
    ]
    town.directory = town.directory.with_records(records, 99)
    return town


STAFFED = staffed()


@pytest.mark.parametrize(
    ("urgency", "wanted"),
    [
        (
            FLASH,
            [
                "2026-10-09T16:30 deputy reminder",
                "2026-10-09T17:00 certificate",
                "2026-10-09T17:15 head urge",
                "2026-10-09T17:30 coordinator urge",
                "2026-10-09T17:45 coordinator urge",
                "2026-10-09T18:00 coordinator urge",
                "2026-10-09T18:15 coordinator urge",
                "2026-10-09T18:30 coordinator urge",
                "2026-10-09T18:45 coordinator urge last",
            ],
        ),
        (
            URGENT,  # 2 h of work: an hour on Friday, an hour on Saturday, a make-up day
            [
                "2026-10-10T10:00 certificate",
                "2026-10-10T10:00 deputy urge",
                "2026-10-10T11:00 head urge",
                "2026-10-10T12:00 coordinator urge",
                "2026-10-10T15:00 coordinator urge",
                "2026-10-10T16:00 coordinator urge",
                "2026-10-10T17:00 coordinator urge",
                "2026-10-12T09:30 coordinator urge",
                "2026-10-12T10:30 coordinator urge last",
            ],
        ),
        (
            ROUTINE,
            [
                "2026-10-10T16:30 certificate",
                "2026-10-10T16:30 deputy urge",
                "2026-10-12T12:00 head urge",
                "2026-10-13T12:00 coordinator urge",
                "2026-10-14T12:00 coordinator urge",
                "2026-10-15T12:00 coordinator urge",
                "2026-10-16T12:00 coordinator urge",
                "2026-10-19T12:00 coordinator urge",
                "2026-10-20T12:00 coordinator urge last",
            ],
        ),
    ],
)
def test_silence_climbs(urgency: int, wanted: list[str]) -> None:
    case = Case(STAFFED, FRIDAY)
    item = case.lead(urgency=urgency)
    assert spoken(case.tick(at("2026-11-30T00:00"))) == wanted
    duty = case.duty(item)
    assert duty.red and duty.non_response and not duty.next_at and duty.steps == len(wanted)
    assert duty.owner == STAFFED.houses["police"].liaison, "notices move up, ownership does not"


def test_what_comes_next_is_who_is_told_and_never_a_certificate() -> None:
    """Foretold at every moment of a whole climb, it is the next step that is said and tells somebody."""
    case = Case(STAFFED, FRIDAY)
    item = case.lead(urgency=FLASH)
    while case.duty(item).next_at:
        foretold = ladder.telling(STAFFED.directory, case.state.items[item], case.duty(item))
        said = case.tick(case.duty(item).next_at)
        while case.duty(item).next_at and not any(each.HasField("escalated") for each in said):
            said = case.tick(case.duty(item).next_at)
        steps = [each.escalated for each in said if each.HasField("escalated")]
        assert (foretold is None) == (not steps)
        if foretold is not None:
            assert (foretold.at, [each.id for each in foretold.told]) == (steps[0].due_at, list(steps[0].told))
            assert foretold.step.who != ladder.CERTIFICATE


def test_a_hub_that_was_down_says_the_same_once_and_in_order() -> None:
    awake, down = Case(STAFFED, FRIDAY), Case(STAFFED, FRIDAY)
    lead = STAFFED.lead(urgency=URGENT)
    for case in (awake, down):
        case.say(lead)
    stepwise = spoken(awake.tick(at("2026-10-20T00:00")))
    down.now = at("2026-10-20T00:00")
    assert spoken(down.tick()) == stepwise
    assert down.duty(lead.message_id) == awake.duty(lead.message_id)
    assert not down.tick(), "each once"


def test_who_is_not_there_is_skipped_at_once_and_it_says_so() -> None:
    case = Case(TOWN, FRIDAY)
    case.lead(urgency=URGENT)
    assert spoken(case.tick(at("2026-10-10T12:00"))) == [
        "2026-10-10T10:00 certificate",
        "2026-10-10T10:00 deputy urge nobody",
        "2026-10-10T10:00 head urge",
        "2026-10-10T11:00 coordinator urge nobody",
        "2026-10-10T12:00 coordinator urge nobody",
    ], "the last step repeats at its pace, whether or not somebody comes"


def test_acknowledged_and_still_is_reminded_and_climbs_again() -> None:
    case = Case(STAFFED, FRIDAY)
    item = case.lead()
    case.now = at("2026-10-10T09:00")
    case.acknowledged(item)
    first = case.duty(item).acknowledged_at
    assert spoken(case.tick(at("2026-10-15T18:00"))) == [
        "2026-10-14T09:00 owner reminder",
        "2026-10-15T09:00 deputy urge",
        "2026-10-15T15:00 head urge",
    ]
    assert case.duty(item).acknowledged_at == first
    case.say(case.by("police", "progressed", item, facts=kinds_pb2.Progressed(step=1)))
    duty = case.duty(item)
    assert local(duty.attention_at) == "2026-10-20T18:00" and not duty.red


def test_the_time_for_completing_runs_from_receipt_and_ends_in_supervision_or_a_letter() -> None:
    for town, form in ((STAFFED, "urge_letter"), (commanded(), "supervise"), (mandated(), "supervise")):
        case = Case(town, FRIDAY)
        item = case.lead(urgency=URGENT)
        assert not case.duty(item).complete_by, "nothing was received yet"
        case.acknowledged(item)
        assert local(case.duty(item).complete_by) == "2026-10-13T16:30"
        said = case.tick(at("2026-10-15T17:00"))
        assert spoken([header for header in said if header.escalated.track == ladder.COMPLETION]) == [
            "2026-10-12T16:30 owner reminder",
            "2026-10-13T16:30 owner urge",
            f"2026-10-14T16:30 superior {form}",
            f"2026-10-15T16:30 superior {form}",
        ]


def commanded() -> Town:
    """The market agency stands above the police."""
    agencies = STAFFED.directory.agencies
    return Town(STAFFED.directory.with_records([replace(agencies["police"], parent="market")]), STAFFED.houses)


def mandated(region: str = "450000") -> Town:
    """The market agency has a government's mandate over ``region``, where the police is one of the agencies."""
    agencies = STAFFED.directory.agencies
    market = replace(agencies["market"], mandated=True, region=region)
    return Town(STAFFED.directory.with_records([market, replace(agencies["police"], region="450100")]), STAFFED.houses)


def test_supervision_by_who_may_press_reaches_head_and_requester_a_letter_the_superior() -> None:
    liaison, ministry = STAFFED.houses["market"].liaison, STAFFED.houses["ministry"].head
    reaches = (
        (STAFFED, ministry),
        (commanded(), liaison),
        (mandated(), liaison),
        (mandated("320000"), ministry),
    )
    for town, above in reaches:
        case = Case(town, FRIDAY)
        duty = case.duty(case.lead())
        item = case.state.items[duty.item]
        reached = [contact.id for contact in told(town.directory, item, duty, "superior", FRIDAY)]
        assert reached == [town.houses["police"].head, above]


def test_a_drill_has_a_pace_of_its_own_and_no_clock_of_the_law() -> None:
    header = STAFFED.lead("police", ["market"])
    header.facts.drill = True
    case = Case(STAFFED, FRIDAY)
    case.say(header)
    said = spoken(case.tick(FRIDAY + 20 * 60_000))
    assert said[1] == "2026-10-09T16:32 certificate" and said[-1].endswith("last")
    case.say(case.by("market", "acknowledged", header.message_id, to=["police"]))
    assert case.duty(header.message_id, "market").complete_rule == "practice"


def test_a_lead_to_the_market_regulator_runs_by_the_law() -> None:
    case = Case(STAFFED, FRIDAY)
    item = case.lead(agency="police", to=["market"])
    case.say(case.by("market", "acknowledged", item, to=["police"]))
    duty = case.duty(item, "market")
    assert (duty.complete_rule, local(duty.complete_by)) == ("lead-verification", "2026-10-29T16:30")


def test_every_ladder_has_every_pace_and_reads_back() -> None:
    for name in ("attention", "progress", "review", "completion"):
        assert set(LADDERS[name]) == set(CLOCKS["acknowledge"]) == {"flash", "urgent", "routine", "drill"}
        for pace in LADDERS[name]:
            steps = [ladder.Step.read(text) for text in ladder.copied(name, pace)]
            assert tuple(map(str, steps)) == ladder.copied(name, pace)
            assert all(not step.times for step in steps[:-1]) and steps[-1].times <= 5


def test_a_certificate_has_no_form_of_telling_somebody() -> None:
    """It is said by NonResponse: no row of it may read as if somebody were reminded, urged or supervised."""
    names = [value.name for value in codes_pb2.EscalationForm.DESCRIPTOR.values]
    forms = {name.removeprefix("ESCALATION_FORM_").lower() for name in names}
    rows = [row for paces in LADDERS.values() if isinstance(paces, dict) for steps in paces.values() for row in steps]
    assert {row["form"] for row in rows if row["who"] == ladder.CERTIFICATE} == {"silence"}
    assert {row["form"] for row in rows if row["who"] != ladder.CERTIFICATE} < forms
    case = Case(STAFFED, FRIDAY)
    item = case.lead()
    duty = case.duty(item)
    step = ladder.due(case.state.directory, case.state.items[item], duty, duty.next_at)
    assert step is not None and (step.step.who, step.form) == (ladder.CERTIFICATE, 0)


def test_what_is_over_is_silent() -> None:
    case = Case(STAFFED, FRIDAY)
    item = case.lead()
    case.acknowledged(item)
    case.say(case.completed(item))
    duty = case.duty(item)
    assert (duty.state, duty.next_at) == (casework_pb2.OBLIGATION_STATE_CLOSED, 0)
    assert not case.tick(at("2027-03-01T00:00"))
