"""Whose matter it is stands in signed statements; a hub that says otherwise is not believed, and nobody whom no
statement names gets anything to read."""

from __future__ import annotations

from typing import Any

import pytest

from hutong.errors import HutongError
from hutong.v1 import body_pb2, casework_pb2, codes_pb2, header_pb2, kinds_pb2
from liaison import letters
from liaison.matter import Matter
from liaison.papers.answer import Addition

ITEM = b"i" * 16
TO, CC = codes_pb2.RECIPIENT_ROLE_TO, codes_pb2.RECIPIENT_ROLE_CC
OPENER = "c00000000000a"
MORE = Addition(kinds_pb2.Supplement(), body_pb2.Body(note=body_pb2.NoteBody(text="x")), ())


def duty(agency: str, redirected_from: str = "", **more: Any) -> casework_pb2.Obligation:
    given: dict[str, Any] = {"kind": 100, "from_agency": "market", "from_contact": OPENER} | more
    given.setdefault("urgency", codes_pb2.URGENCY_URGENT)
    return casework_pb2.Obligation(item_id=ITEM, agency=agency, redirected_from=redirected_from, **given)


def hub(*duties: casework_pb2.Obligation) -> casework_pb2.GetItemResponse:
    return casework_pb2.GetItemResponse(item_id=ITEM, obligations=duties)


def opening(*addressed: str, **facts: Any) -> header_pb2.Header:
    to = [header_pb2.Recipient(agency=agency, role=TO) for agency in addressed or ("police",)]
    return header_pb2.Header(
        message_id=ITEM,
        sender=header_pb2.Sender(agency="market", contact=OPENER),
        recipients=[*to, header_pb2.Recipient(agency="tax", role=CC)],
        urgency=codes_pb2.URGENCY_URGENT,
        facts=header_pb2.CommonFacts(**facts),
        lead=kinds_pb2.Lead(),
    )


def redirect(giver: str, taker: str, opener: str = "market") -> header_pb2.Header:
    to = [header_pb2.Recipient(agency=taker, role=TO), header_pb2.Recipient(agency=opener, role=CC)]
    return header_pb2.Header(
        item_id=ITEM, sender=header_pb2.Sender(agency=giver), recipients=to, redirect=kinds_pb2.Redirect()
    )


def refused(*given: Any) -> str:
    with pytest.raises(HutongError) as caught:
        Matter.of(*given)
    assert caught.value.code == "HT-EVD-01"
    return caught.value.params["field"]


PASSED = hub(duty("police"), duty("banking", "police"))


def test_a_redirect_that_was_signed_makes_its_recipient_a_party() -> None:
    matter = Matter.of(PASSED, opening(), [redirect("police", "banking")])
    assert (matter.proved, matter.named) == (True, {"market", "police", "tax", "banking"})
    to = letters.supplement(matter, MORE, "market").to
    assert [each.agency for each in to] == ["police", "banking"]


def test_a_redirect_that_nobody_has_shown_is_the_hub_s_word() -> None:
    """It is shown and counted with, and nothing is sealed to whom it names."""
    matter = Matter.of(PASSED, opening())
    assert matter.parties == ("market", "police", "tax", "banking") and "banking" not in matter.named
    assert [each.agency for each in letters.supplement(matter, MORE, "market").to] == ["police"]
    assert [each.agency for each in letters.supplement(matter, MORE, "police").to] == ["market"]


def test_a_chain_of_redirects_counts_as_far_as_its_signatures_reach_back() -> None:
    said = hub(duty("police"), duty("banking", "police"), duty("telecom", "banking"))
    first, second = redirect("police", "banking"), redirect("banking", "telecom")
    assert {"banking", "telecom"} <= Matter.of(said, opening(), [second, first]).named
    assert not {"banking", "telecom"} & Matter.of(said, opening(), [second]).named


@pytest.mark.parametrize(
    ("said", "redirects"),
    [
        (hub(duty("police"), duty("banking")), []),
        (hub(duty("police"), duty("banking")), [redirect("police", "banking")]),
        (hub(duty("police")), [redirect("police", "banking")]),
        (hub(duty("police"), duty("banking", "tax")), [redirect("police", "banking")]),
        (hub(duty("banking", "police")), []),
        (hub(duty("police"), duty("police")), []),
    ],
    ids=["laid by nobody", "laid by nobody, though passed on", "lost", "by somebody else", "not obliged", "twice"],
)
def test_a_hub_cannot_say_otherwise_than_what_was_signed(
    said: casework_pb2.GetItemResponse, redirects: list[header_pb2.Header]
) -> None:
    assert refused(said, opening(), redirects) == "recipients"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("kind", 102),
        ("from_agency", "banking"),
        ("from_contact", "c00000000000b"),
        ("urgency", codes_pb2.URGENCY_FLASH),
        ("drill", True),
    ],
)
def test_nor_what_it_is(field: str, value: Any) -> None:
    said = hub(duty("police", **{field: value}))
    assert refused(said, opening()) == field
    if field == "drill":
        assert Matter.of(said, opening(drill=True)).drill
        assert refused(hub(duty("police")), opening(drill=True)) == "drill"


def test_an_addressed_agency_goes_without_only_where_the_opening_bears_a_mark() -> None:
    """去重: it has an open obligation on the same matter."""
    said = hub(duty("police"))
    assert refused(said, opening("police", "banking")) == "recipients"
    marked = opening("police", "banking", dedup_key=b"k" * 32)
    assert Matter.of(said, marked).named == {"market", "police", "banking", "tax"}
    passed = hub(duty("police"), duty("banking", "police"))
    assert "banking" in Matter.of(passed, marked, [redirect("police", "banking")]).named


def test_whoever_has_only_a_redirect_knows_whom_that_names() -> None:
    """Without the opening the rest is the hub's word; the opener must be one to whom the redirect was copied."""
    matter = Matter.of(PASSED, None, [redirect("police", "banking")])
    assert not matter.proved and matter.named == {"market", "police", "banking"}
    back = letters.returned(matter, "banking", codes_pb2.REASON_CODE_WRONG_REGION, "text")
    assert [each.agency for each in back.to] == ["market", "police"]
    lie = hub(duty("police", from_agency="ghost"), duty("banking", "police", from_agency="ghost"))
    assert refused(lie, None, [redirect("police", "banking")]) == "from_agency"


def test_what_was_passed_on_goes_back_to_both() -> None:
    matter = Matter.of(PASSED, opening(), [redirect("police", "banking")])
    assert [each.agency for each in letters.acknowledged(matter, "banking").to] == ["market", "police"]
    assert [each.agency for each in letters.acknowledged(matter, "police").to] == ["market"]
    back = letters.returned(matter, "banking", codes_pb2.REASON_CODE_WRONG_REGION, "text")
    assert [each.agency for each in back.to] == ["market", "police"]


def test_to_whom_it_is_passed_on_is_the_officer_s_own_choice() -> None:
    matter, body = Matter.of(hub(duty("police")), opening()), body_pb2.Body(note=body_pb2.NoteBody(text="x"))
    letter = letters.redirect(matter, "banking", codes_pb2.REASON_CODE_NOT_COMPETENT, body, ())
    assert [(each.agency, each.role) for each in letter.to] == [("banking", TO), ("market", CC)]
    unproved = Matter.of(hub(duty("police", from_agency="ghost")), None)
    with pytest.raises(HutongError) as caught:
        letters.redirect(unproved, "banking", codes_pb2.REASON_CODE_NOT_COMPETENT, body, ())
    assert caught.value.code == "HT-EVD-02"


def test_a_drill_is_marked_in_every_statement() -> None:
    matter = Matter.of(hub(duty("police", drill=True)), opening(drill=True))
    assert all(
        letter.common is not None and letter.common.drill
        for letter in (letters.seen(matter), letters.resumed(matter), letters.assigned(ITEM, "police", OPENER, matter))
    )
