"""The shipped policies, as tables of who may do what towards whom."""

from __future__ import annotations

import re
from itertools import product

import pytest

from hutong.catalogue import LANGS, load
from hutong.directory.records import Agency, Directory
from hutong.errors import HutongError
from hutong.kinds import kinds
from hutong.v1 import case_codes_pb2, codes_pb2
from rules.permit.permit import By, Permit, Role
from rules.permit.policy_set import Policies, policy_texts
from rules.relation import Relation
from tests.towns import Town, recipient

TYPES = {
    name.removeprefix("AGENCY_TYPE_").lower(): value
    for name, value in codes_pb2.AgencyType.items()
    if value not in (codes_pb2.AGENCY_TYPE_UNSPECIFIED, codes_pb2.AGENCY_TYPE_HUB)
}
AUTHORITIES = sorted(set(TYPES) - {"platform", "auditor"})
RELATIONS = [Relation.SELF, Relation.SUPERIOR, Relation.MANDATED, Relation.PEER, Relation.SUBORDINATE]

# kind → may it be addressed to itself, by a superior to a subordinate, by a mandated office to an agency of its region,
# to a peer, by a subordinate to its superior? Between authorities; what has no recipients is about oneself.
TABLE = {
    "lead": "x x x x x",
    "supplement": "x x x x x",
    "inquiry": "- x x x x",
    "inquiry_reply": "x x x x x",
    "return": "x x x x x",
    "redirect": "- x x x -",
    "supervision": "- x x - -",
    "delivered": "x x x x x",
    "seen": "x x x x x",
    "acknowledged": "x x x x x",
    "completed": "x x x x x",
    "non_response": "- - - - -",
    "progressed": "x x x x x",
    "held": "x x x x x",
    "resumed": "x x x x x",
    "extension_asked": "x x x x x",
    "extension_decided": "x x x x x",
    "reviewed": "x x x x x",
    "assigned": "x x x x -",
    "handover_offered": "x - - - -",
    "handover_answered": "x - - - -",
    "escalation_forced": "x x x x x",
    "escalated": "- - - - -",
    "ownership_fell": "- - - - -",
    "approval_recorded": "x x x x x",
    "approval_checked": "x x x x x",
    "received_on_paper": "x x x x x",
    "agency_registered": "- - - - -",
    "key_bound": "x - - - -",
    "key_revoked": "x - - - -",
    "contact_nominated": "x - - - -",
    "contact_withdrawn": "x - - - -",
    "standing_mandate": "x - - - -",
    "roster_published": "x - - - -",
    "duty_overridden": "x - - - -",
    "swap_offered": "x - - - -",
    "swap_answered": "x - - - -",
    "absence_declared": "x - - - -",
    "delegation_given": "x - - - -",
    "channel_named": "x - - - -",
    "channel_tested": "- - - - -",
    "channel_confirmed": "x - - - -",
    "calendar_published": "- - - - -",
    "hours_set": "x - - - -",
    "erased": "- - - - -",
    "redirect_taken_back": "x x x x x",
    "handover_withdrawn": "x - - - -",
    "monitored": "x x x x x",
    "assessed": "x x x x x",
    "method_answered": "x x x x x",
    "verified": "x x x x x",
    "verification_reported": "- - - - x",
    "disposed": "x x x x x",
    "property_handed_over": "x x x x x",
    "jurisdiction_disputed": "- - - - x",
    "jurisdiction_designated": "x x x x x",
    "feedback": "x x x x x",
    "measure_answered": "x x x x x",
    "repatriated": "- x x x x",
    "repatriation_confirmed": "x x x x x",
    "recalled": "- x x x x",
    "destroyed": "x x x x x",
    "lead_linked": "x x x x x",
    "circulated": "x x x x x",
}
# What depends on the type of agencies, between peers: from which, to which. measure_requested: MEASURES below.
BY_TYPE = {
    "transfer_made": (set(AUTHORITIES) - {"police"}, {"police"}),
    "transfer_received": ({"police"}, set(AUTHORITIES)),
    "filing_decided": ({"police"}, set(AUTHORITIES)),
    "reconsideration_asked": (set(AUTHORITIES), {"police", "procuratorate"}),
    "handed_back": ({"police"}, set(AUTHORITIES) - {"police", "procuratorate"}),
    "measure_requested": (set(), set()),
    "stability_alerted": (set(AUTHORITIES), {"local_government"}),
}
JUDICIARY = {"police", "procuratorate"}
# Measure → from which type, to which type.
MEASURES = {
    "FREEZE": {*product(AUTHORITIES, JUDICIARY), *product(JUDICIARY, {"banking"})},
    "UNFREEZE": {*product(AUTHORITIES, JUDICIARY), *product(JUDICIARY, {"banking"})},
    "STOP_PAYMENT": {("police", "banking"), *product(AUTHORITIES, {"police"})},
    "TAKEDOWN": set(product(AUTHORITIES, {"cyberspace", "telecom", "platform"})),
    "NUMBER_SHUTDOWN": set(product(AUTHORITIES, {"telecom"})),
    "PRESERVE": set(product(AUTHORITIES, {"cyberspace", "telecom", "platform", "banking"})),
    "FENCE_REGISTRATION": set(product(AUTHORITIES, {"market"})),
    "FENCE_TRADEMARK": set(product(AUTHORITIES, {"market"})),
    "FENCE_ADVERTISING": set(product(AUTHORITIES, {"market"})),
    "LIFT_FENCE": set(product(AUTHORITIES, {"market"})),
}
# The same where it is only copied (抄送): whatever directs itself to somebody directs itself to nobody here.
COPIED = {
    "verification_reported": "x",
    "jurisdiction_disputed": "x",
    "recalled": "x",
    "repatriated": "x",
    "inquiry": "x",
    "redirect": "x",
    "supervision": "x",
    "assigned": "x",
}


def agency(code: str, kind: str, parent: str = "", region: str = "100000", mandated: bool = False) -> Agency:
    return Agency(code, TYPES[kind], 1, region, parent, (), "c" + "0" * 12, "0" * 64, 0, mandated)


PAIRS = {
    Relation.SELF: ("city", "city"),
    Relation.SUPERIOR: ("province", "city"),
    Relation.MANDATED: ("office", "city"),
    Relation.PEER: ("other", "city"),
    Relation.SUBORDINATE: ("city", "province"),
}
TREE = [
    agency("province", "market", region="450000"),
    agency("city", "market", "province", "450100"),
    agency("other", "police", region="450100"),
    agency("office", "local_government", region="450100", mandated=True),
]


@pytest.fixture(scope="module")
def permit() -> Permit:
    crowd = [agency(f"{kind}-{place}", kind) for kind in TYPES for place in ("a", "b")]
    return Permit(Policies.shipped(), Directory().with_records([*crowd, *TREE]))


def refusal(
    permit: Permit, who: str, action: str, towards: str, by: By = "officer", role: Role = "to", ask: int = 3
) -> HutongError | None:
    """Why not, or None where it is allowed."""
    try:
        assert permit.check(who, action, towards, by, role, ask)
    except HutongError as error:
        assert error.code in ("HT-PRM-01", "HT-PRM-03")
        return error
    return None


def allowed(
    permit: Permit, who: str, action: str, towards: str, by: By = "officer", role: Role = "to", ask: int = 3
) -> bool:
    return refusal(permit, who, action, towards, by, role, ask) is None


def row(permit: Permit, kind: str, role: Role) -> str:
    """A line of the table, as the policies have it."""
    return " ".join("x" if allowed(permit, *_ask(kind, each), role=role) else "-" for each in RELATIONS)


def _ask(kind: str, relation: Relation) -> tuple[str, str, str]:
    one, other = PAIRS[relation]
    return one, kind, other


def test_the_table_knows_every_kind() -> None:
    assert [kind for kind in kinds() if kind not in BY_TYPE] == list(TABLE)
    assert BY_TYPE.keys() <= kinds().keys()


@pytest.mark.parametrize("kind", sorted(TABLE))
def test_kind_by_relation(permit: Permit, kind: str) -> None:
    assert row(permit, kind, "to") == TABLE[kind]
    copied = TABLE[kind] if kind not in COPIED else " ".join(COPIED[kind] * len(RELATIONS))
    assert row(permit, kind, "cc") == copied


@pytest.mark.parametrize("kind", sorted(BY_TYPE.keys() - {"measure_requested"}))
def test_kind_by_type(permit: Permit, kind: str) -> None:
    senders, recipients = BY_TYPE[kind]
    for one, other in product(AUTHORITIES, AUTHORITIES):
        able = one in senders and other in recipients
        assert allowed(permit, f"{one}-a", kind, f"{other}-b") == able, (one, other)


@pytest.mark.parametrize("measure", sorted(MEASURES))
def test_measure_by_type(permit: Permit, measure: str) -> None:
    """Market regulation cannot freeze and cannot stop a payment; whoever can take a measure is asked for it."""
    number = case_codes_pb2.Measure.Value(f"MEASURE_{measure}")
    for one, other in product(AUTHORITIES, sorted(TYPES)):
        able = allowed(permit, f"{one}-a", "measure_requested", f"{other}-b", ask=number)
        assert able == ((one, other) in MEASURES[measure]), (one, other)


def test_every_measure_has_its_row() -> None:
    assert {f"MEASURE_{name}" for name in MEASURES} == set(case_codes_pb2.Measure.keys()) - {"MEASURE_UNSPECIFIED"}


def test_criticism_comes_from_above(permit: Permit) -> None:
    criticism = case_codes_pb2.CIRCULAR_SUBJECT_CRITICISM
    for relation in RELATIONS[1:]:
        able = allowed(permit, *_ask("circulated", relation), ask=criticism)
        assert able == (relation is Relation.SUPERIOR)


def test_the_table_in_the_file_is_this_one() -> None:
    shown = re.findall(r"^//   (\w+) +([-x](?: +[-x]){4})(?: |$)", policy_texts()["25-relations.cedar"], re.M)
    assert len(shown) == 11
    assert {kind: cells.split() for kind, cells in shown} == {kind: TABLE[kind].split() for kind, _ in shown}
    for kind in kinds().values():
        if kind.receipt and not kind.hub_only and kind.name not in dict(shown):
            assert set(TABLE[kind.name].split()) == {"x"}, "every other receipt goes in any direction"


def test_a_refusal_names_rule_article_and_the_lawful_route(permit: Permit) -> None:
    error = refusal(permit, "other", "supervision", "city")
    assert error is not None and error.code == "HT-PRM-03"
    assert error.params == {
        "agency": "other",
        "action": "supervision",
        "towards": "city",
        "relation": "peer",
        "policy": "supervision-not-to-peers",
        "rule": "supervision-by-who-may-press",
        "article": "PSR-2005-3",
        "route": "urge-or-have-it-pressed",
    }
    zh, en = error.sentences("zh"), error.sentences("en")
    assert "督办由上级机关或受政府委托的机构作出" in zh.why and "禁止传销条例" in zh.why and "催办函" in zh.next
    assert "article 3" in en.why and "supervision-not-to-peers" in en.why and "ask its superior" in en.next


ROUTES = {
    ("other", "supervision", "city"): "urge-or-have-it-pressed",
    ("city", "supervision", "province"): "report-upwards",
    ("city", "redirect", "province"): "report-or-return",
    ("city", "assigned", "province"): "report-upwards",
    ("city", "inquiry", "city"): "assign-inside",
    ("province", "handover_offered", "city"): "pass-on-or-assign",
    ("platform-a", "supervision", "police-a"): "answer-who-asked",
    ("platform-a", "lead", "platform-b"): "ask-the-platform",
    ("police-a", "supervision", "platform-a"): "ask-the-platform",
    ("auditor-a", "supervision", "platform-a"): "authorities-act",
}


@pytest.mark.parametrize("asked", sorted(ROUTES), ids=" ".join)
def test_where_several_policies_forbid_the_narrowest_speaks(permit: Permit, asked: tuple[str, str, str]) -> None:
    error = refusal(permit, *asked)
    assert error is not None and error.params["route"] == ROUTES[asked]


def test_what_no_policy_knows_has_no_route(permit: Permit) -> None:
    error = refusal(permit, "police-a", "export", "police-a")
    assert (
        error is not None
        and error.code == "HT-PRM-01"
        and set(error.params)
        == {
            "agency",
            "action",
            "towards",
            "relation",
        }
    )


def test_platforms_answer_and_never_start(permit: Permit) -> None:
    flow = [kind.name for kind in kinds().values() if not (kind.receipt or kind.directory)]
    for other, action in product(AUTHORITIES, flow):
        if action in TABLE and TABLE[action].split()[3] == "x":
            assert allowed(permit, f"{other}-a", action, "police-b")
        answers = action in ("inquiry_reply", "measure_answered", "destroyed", "return", "supplement")
        for role in ("to", "cc"):
            assert allowed(permit, "platform-a", action, f"{other}-a", role=role) == answers
            asked = {"measure_requested": case_codes_pb2.MEASURE_PRESERVE, "circulated": 1}.get(action, 3)
            sent = allowed(permit, f"{other}-a", action, "platform-a", role=role, ask=asked)
            assert sent == (action in ("inquiry", "measure_requested", "recalled", "circulated"))
    for action in flow:
        assert not allowed(permit, "platform-a", action, "platform-b")


def test_auditors_read_and_take_part_in_nothing(permit: Permit) -> None:
    for kind in kinds().values():
        if not kind.directory:
            assert not allowed(permit, "auditor-a", kind.name, "police-a")
            assert not allowed(permit, "police-a", kind.name, "auditor-a")
    for action, name in product(("read_all_entries", "export"), sorted(TYPES)):
        assert allowed(permit, f"{name}-a", action, f"{name}-a") == (name == "auditor")


def test_subscriber_data_is_for_police_and_procuratorate(permit: Permit) -> None:
    for name in AUTHORITIES:
        can = allowed(permit, f"{name}-a", "inquiry", "telecom-b", ask=codes_pb2.ASK_TYPE_SUBSCRIBER)
        assert can == (name in ("police", "procuratorate"))


@pytest.mark.parametrize("ask", [codes_pb2.ASK_TYPE_ACCOUNT, codes_pb2.ASK_TYPE_TRANSACTIONS])
def test_account_inquiries_go_to_the_bank_regulator_alone(permit: Permit, ask: int) -> None:
    for name, role in product(sorted(TYPES), ("to", "cc")):
        can = allowed(permit, "market-a", "inquiry", f"{name}-b", role=role, ask=ask)  # type: ignore[arg-type]
        assert can == (name == "banking"), "not even in copy: it names the accounts"


def test_directory_statements_are_about_oneself(permit: Permit) -> None:
    for kind, name in product(kinds().values(), sorted(TYPES)):
        if kind.directory and not kind.hub_only:
            assert allowed(permit, f"{name}-a", kind.name, f"{name}-a")
            assert not allowed(permit, f"{name}-a", kind.name, f"{name}-b")


def test_receipts_pass_between_platforms_and_whoever_asked_them(permit: Permit) -> None:
    receipts = [kind.name for kind in kinds().values() if kind.receipt and not kind.hub_only]
    for action, name in product(receipts, AUTHORITIES):
        if not action.startswith("handover"):
            assert allowed(permit, "platform-a", action, f"{name}-b")
            assert allowed(permit, f"{name}-a", action, "platform-b")


def test_what_only_the_hub_says_comes_from_nobody(permit: Permit) -> None:
    for kind, name in product(kinds().values(), sorted(TYPES)):
        if kind.hub_only:
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
    for _ in range(2):
        assert permit.check("police-a", "lead", "market-b", "officer") == "flow-between-authorities"
        error = refusal(permit, "other", "supervision", "city")
        assert error is not None and error.params["policy"] == "supervision-not-to-peers"


def test_an_answer_is_not_that_to_another_question(permit: Permit) -> None:
    """Each thing that a policy looks at tells two questions apart, in whatever order they come."""
    for _ in range(2):
        assert not allowed(permit, "other", "supervision", "city", role="to")
        assert allowed(permit, "other", "supervision", "city", role="cc")
        assert allowed(permit, "market-a", "inquiry", "telecom-b", ask=3)
        assert not allowed(permit, "market-a", "inquiry", "telecom-b", ask=4)
        assert allowed(permit, "office", "supervision", "city")
        assert not allowed(permit, "office", "supervision", "province"), "its region is larger than the office's"


def test_a_statement_is_asked_about_for_every_recipient() -> None:
    town = Town.make()
    permit = Permit(Policies.shipped(), town.directory)
    lead = kinds()["lead"]
    assert permit.statement(town.lead(to=["police", "banking"]), lead) == "flow-between-authorities"
    for role in (codes_pb2.RECIPIENT_ROLE_TO, codes_pb2.RECIPIENT_ROLE_CC):
        with pytest.raises(HutongError) as caught:
            permit.statement(town.lead(to=["police", recipient("shop", role=role)]), lead)
        assert (caught.value.code, caught.value.params["towards"]) == ("HT-PRM-03", "shop")
    with pytest.raises(HutongError) as caught:
        permit.statement(town.lead(to=["police", "nobody"]), lead)
    assert caught.value.code == "HT-DIR-01"
    assert permit.statement(town.lead(to=[]), lead), "whether it must have recipients is not asked here"
    key = town.header("key_revoked", "shop")
    assert permit.statement(key, kinds()["key_revoked"]) == "directory-own", "without recipients it is about oneself"


def test_a_copy_asks_nothing_of_whoever_gets_it() -> None:
    town = Town.make()
    above = Directory(town.directory.agencies).with_records(
        [agency("banking", "banking"), agency("market", "market", "banking"), agency("police", "police", "market")]
    )
    permit = Permit(Policies.shipped(), above)
    copied = recipient("banking", role=codes_pb2.RECIPIENT_ROLE_CC)
    slip = town.header("supervision", "market", to=["police", copied])
    assert permit.statement(slip, kinds()["supervision"]) == "flow-between-authorities"
    slip.recipients[1].role = codes_pb2.RECIPIENT_ROLE_TO
    with pytest.raises(HutongError) as caught:
        permit.statement(slip, kinds()["supervision"])
    assert caught.value.params["policy"] == "supervision-not-upwards"


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("policy", sorted(Policies.shipped().forbids))
def test_every_policy_that_forbids_has_words(policy: str, lang: str) -> None:
    forbid = Policies.shipped().forbids[policy]
    for key in (f"permit.rule.{forbid.rule}", f"permit.route.{forbid.route}", f"permit.article.{forbid.article}"):
        assert load("texts")[key][lang]


def test_no_words_are_left_over() -> None:
    used = {"permit.article.practice", *(f"permit.relation.{each}" for each in Relation)}
    for forbid in Policies.shipped().forbids.values():
        used |= {f"permit.{name}.{getattr(forbid, name)}" for name in ("rule", "route", "article")}
    assert {key for key in load("texts") if key.startswith("permit.")} == used
