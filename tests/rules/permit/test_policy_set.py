"""Policy files that hold, and what happens with those that do not."""

from __future__ import annotations

import re

import pytest

from hutong.errors import HutongError
from hutong.kinds import kinds
from rules.data import CODES
from rules.permit.policy_set import PRACTICE, SCHEMA_NAME, Policies, policy_texts

FORBID = '@id("a") @rule("r") @route("w") forbid (principal, action in Action::"flow", resource);'


@pytest.mark.parametrize(
    "text",
    [
        '@id("a") permit (principal, action == Action::"unknown", resource);',
        '@id("a") permit (principal, action, resource) when { principal.salary > 3 };',
        '@id("flow-between-authorities") permit (principal, action in Action::"flow", resource);',
        "permit (principal, action in Action::",
        'permit (principal, action in Action::"flow", resource);',
        FORBID.replace('@rule("r") ', ""),
        FORBID.replace('@route("w") ', ""),
    ],
)
def test_policies_that_do_not_hold_are_not_loaded(text: str) -> None:
    with pytest.raises(HutongError) as caught:
        Policies(policy_texts() | {"99.cedar": text})
    assert caught.value.code == "HT-PRM-02"


def test_a_policy_that_forbids_says_so_in_codes() -> None:
    policies = Policies(policy_texts() | {"99.cedar": FORBID})
    assert (policies.forbids["a"].rule, policies.forbids["a"].route, policies.forbids["a"].article) == (
        "r",
        "w",
        PRACTICE,
    )
    assert policies.speaker(["a", "receipts", "flow-between-authorities"]) == "a", "the last in the files"
    assert Policies.shipped() is Policies.shipped()


def test_articles_are_of_known_laws() -> None:
    for forbid in Policies.shipped().forbids.values():
        if forbid.article != PRACTICE:
            law, year, article = forbid.article.split("-")
            assert 1 <= int(article) <= CODES["laws"][f"{law}-{year}"]["articles"]


def test_the_digest_is_over_every_byte_of_every_file() -> None:
    texts = policy_texts()
    digests = {Policies(texts).digest}
    for name in sorted(texts):
        digests.add(Policies(texts | {name: texts[name] + "\n"}).digest)
    assert len(digests) == len(texts) + 1
    assert SCHEMA_NAME in texts


def test_the_schema_groups_kinds_as_the_contract_does() -> None:
    groups: dict[str, set[str]] = {}
    for names, group in re.findall(r"^action ([\w,\s]+?) in \[(\w+)\]", policy_texts()[SCHEMA_NAME], re.M):
        groups.setdefault(group, set()).update(names.replace(",", " ").split())
    said = [kind for kind in kinds().values() if not kind.hub_only]
    assert groups["opening"] == {kind.name for kind in said if kind.opens_item}
    assert groups["flow"] - {"opening"} | groups["opening"] == {
        kind.name for kind in said if not (kind.receipt or kind.directory)
    }
    assert groups["receipt"] - {"house"} | groups["house"] == {kind.name for kind in said if kind.receipt}
    assert groups["directory"] == {kind.name for kind in said if kind.directory}
