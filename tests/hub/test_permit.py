"""The shipped policies, as a table of who may do what towards whom, and what happens when they are broken."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from hub.admission.permit import SCHEMA_NAME, Permit, Policies, policy_texts
from hutong.directory.records import Agency, Directory
from hutong.errors import HutongError
from hutong.kinds import kinds
from hutong.v1 import codes_pb2

TYPES = {
    name.removeprefix("AGENCY_TYPE_").lower(): value
    for name, value in codes_pb2.AgencyType.items()
    if value not in (codes_pb2.AGENCY_TYPE_UNSPECIFIED, codes_pb2.AGENCY_TYPE_HUB)
}
AUTHORITIES = sorted(set(TYPES) - {"platform", "auditor"})
FLOW = ("lead", "supplement", "inquiry", "inquiry_reply", "return")
RECEIPTS = ("delivered", "seen", "acknowledged", "completed")


@pytest.fixture(scope="module")
def permit() -> Permit:
    agencies = [
        Agency(f"{name}-{place}", value, 1, "100000", "", (), "c" + "0" * 12, "0" * 64, 0)
        for name, value in TYPES.items()
        for place in ("a", "b")
    ]
    return Permit(Policies.load(), Directory().with_records(agencies))


def allowed(permit: Permit, who: str, action: str, towards: str, by: str = "officer", ask: int = 3) -> bool:
    try:
        return bool(permit.check(who, action, towards, by, ask))
    except HutongError as error:
        assert error.code == "HT-PRM-01"
        return False


def test_authorities_exchange_with_each_other(permit: Permit) -> None:
    for one, other, action in product(AUTHORITIES, AUTHORITIES, FLOW):
        assert allowed(permit, f"{one}-a", action, f"{other}-b")


def test_platforms_answer_and_never_start(permit: Permit) -> None:
    for other in AUTHORITIES:
        for action in FLOW:
            assert allowed(permit, "platform-a", action, f"{other}-a") == (
                action in ("inquiry_reply", "return", "supplement")
            )
            assert allowed(permit, f"{other}-a", action, "platform-a") == (action == "inquiry")
    for action in FLOW:
        assert not allowed(permit, "platform-a", action, "platform-b")


def test_auditors_read_and_send_nothing(permit: Permit) -> None:
    for action in FLOW:
        assert not allowed(permit, "auditor-a", action, "police-a")
        assert not allowed(permit, "police-a", action, "auditor-a")
    for action in ("read_all_entries", "export"):
        for name in sorted(TYPES):
            assert allowed(permit, f"{name}-a", action, f"{name}-a") == (name == "auditor")


def test_subscriber_data_is_for_police_and_procuratorate(permit: Permit) -> None:
    for name in AUTHORITIES:
        can = allowed(permit, f"{name}-a", "inquiry", "telecom-b", ask=codes_pb2.ASK_TYPE_SUBSCRIBER)
        assert can == (name in ("police", "procuratorate"))


@pytest.mark.parametrize("ask", [codes_pb2.ASK_TYPE_ACCOUNT, codes_pb2.ASK_TYPE_TRANSACTIONS])
def test_account_inquiries_go_to_the_bank_regulator_alone(permit: Permit, ask: int) -> None:
    for name in sorted(TYPES):
        assert allowed(permit, "market-a", "inquiry", f"{name}-b", ask=ask) == (name == "banking")


def test_directory_statements_are_about_oneself(permit: Permit) -> None:
    for kind in sorted(kinds().values(), key=lambda k: k.number):
        if kind.directory and not kind.hub_only:
            assert allowed(permit, "police-a", kind.name, "police-a")
            assert not allowed(permit, "police-a", kind.name, "police-b")


def test_receipts_go_to_anybody_and_what_only_the_hub_says_comes_from_nobody(permit: Permit) -> None:
    for action, name in product(RECEIPTS, sorted(TYPES)):
        assert allowed(permit, "platform-a", action, f"{name}-b")
    for kind in sorted(kinds().values(), key=lambda k: k.number):
        if kind.hub_only:
            for name in sorted(TYPES):
                assert not allowed(permit, f"{name}-a", kind.name, f"{name}-a")


def test_deliveries_go_to_the_node_and_rosters_not_to_platforms(permit: Permit) -> None:
    assert allowed(permit, "police-a", "read_deliveries", "police-a", by="system")
    assert not allowed(permit, "police-a", "read_deliveries", "police-a", by="officer")
    assert not allowed(permit, "police-a", "read_deliveries", "police-b", by="system")
    for name in sorted(TYPES):
        assert allowed(permit, f"{name}-a", "read_directory", f"{name}-a")
        assert allowed(permit, f"{name}-a", "read_directory", "police-b") == (name != "platform")


def test_what_nobody_thought_of_is_refused(permit: Permit) -> None:
    assert not allowed(permit, "police-a", "no_such_action", "police-a")
    assert not allowed(permit, "nobody", "lead", "police-a")
    assert not allowed(permit, "police-a", "lead", "nobody")
    assert not allowed(permit, 'x", "id": "y', "lead", "police-a")


def test_an_answer_is_the_same_from_the_cache_and_names_its_policy(permit: Permit) -> None:
    first = permit.check("police-a", "lead", "market-b", "officer")
    assert permit.check("police-a", "lead", "market-b", "officer") == first == "flow-between-authorities"


def broken(change: dict[str, str]) -> dict[str, str]:
    return policy_texts() | change


@pytest.mark.parametrize(
    "change",
    [
        {"99.cedar": '@id("a") permit (principal, action == Action::"unknown", resource);'},
        {"99.cedar": '@id("a") permit (principal, action, resource) when { principal.salary > 3 };'},
        {"99.cedar": '@id("flow-between-authorities") permit (principal, action in Action::"flow", resource);'},
        {"99.cedar": "permit (principal, action in Action::"},
        {"99.cedar": 'permit (principal, action in Action::"flow", resource);'},
    ],
)
def test_policies_that_do_not_hold_are_not_loaded(change: dict[str, str]) -> None:
    with pytest.raises(HutongError) as caught:
        Policies(broken(change))
    assert caught.value.code == "HT-PRM-02"


def test_the_digest_is_over_every_byte_of_every_file() -> None:
    texts = policy_texts()
    digests: set[Any] = {Policies(texts).digest}
    for name in sorted(texts):
        digests.add(Policies(texts | {name: texts[name] + "\n"}).digest)
    assert len(digests) == len(texts) + 1
    assert SCHEMA_NAME in texts
