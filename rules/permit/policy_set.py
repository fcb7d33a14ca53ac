"""The policy files: one version of them, parsed and held against their schema."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import cedarpy

from hutong.errors import HutongError
from rules.data import digest_of

SCHEMA_NAME = "schema.cedarschema"
PRACTICE = "practice"
"""In the place of an article where nobody has read one."""


def policy_texts() -> dict[str, str]:
    """The schema and policy files, by name; an export carries them."""
    folder = files(__package__) / "policies"
    names = sorted(f.name for f in folder.iterdir() if f.name == SCHEMA_NAME or f.name.endswith(".cedar"))
    return {name: (folder / name).read_text(encoding="utf-8") for name in names}


@dataclass(frozen=True, slots=True)
class Forbid:
    """What a policy that forbids tells people, in codes that the catalogue has words for (texts/permit.toml)."""

    id: str
    rule: str
    article: str
    """Legal-basis code; ``PRACTICE`` without one."""
    route: str
    """The lawful way instead."""


class Policies:
    """The parsed policies of one version; HT-PRM-02 for files that do not hold."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self.digest = digest_of({name: text.encode() for name, text in texts.items()})
        together = "\n".join(text for name, text in sorted(texts.items()) if name != SCHEMA_NAME)
        self.schema = cedarpy.Schema.from_str(texts[SCHEMA_NAME])
        checked = cedarpy.validate_policies(together, self.schema)
        if not checked.validation_passed:
            raise HutongError("HT-PRM-02", why="; ".join(str(error) for error in checked.errors))
        whole: dict[str, Any] = json.loads(cedarpy.policies_to_json_str(together))
        policies = _by_id(whole["staticPolicies"].values())
        self.set = cedarpy.PolicySet.from_json_str(json.dumps({**whole, "staticPolicies": policies}))
        self.forbids = {name: _forbid(name, each) for name, each in policies.items() if each["effect"] == "forbid"}
        self._place = {name: together.index(f'@id("{name}")') for name in policies}

    @staticmethod
    @cache
    def shipped() -> Policies:
        """The policies that this program carries."""
        return Policies(policy_texts())

    def speaker(self, names: Iterable[str]) -> str:
        """The one of ``names`` that stands last in the files, which go from everybody's rules to a few agencies'."""
        return max(names, key=lambda name: self._place[name])


def _by_id(policies: Iterable[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Each policy under its @id, so that a decision's reasons are these ids."""
    listed = list(policies)
    named = {str(policy.get("annotations", {}).get("id", "")): policy for policy in listed}
    if len(named) != len(listed):
        raise HutongError("HT-PRM-02", why="two policies share an @id")
    if "" in named:
        raise HutongError("HT-PRM-02", why="a policy has no @id")
    return named


def _forbid(name: str, policy: dict[str, Any]) -> Forbid:
    told = policy["annotations"]
    missing = {"rule", "route"} - set(told)
    if missing:
        raise HutongError("HT-PRM-02", why=f"{name} forbids and has no @{min(missing)}")
    return Forbid(name, told["rule"], told.get("article", PRACTICE), told["route"])
