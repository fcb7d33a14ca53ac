"""May this agency do this towards that one? Cedar policies in readable files, validated against their schema.

A decision depends only on agencies, action and context, so it is cached by these until directory or policies change.
Only an explicit Allow allows; the id of the policy that allowed goes into the entry.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cached_property
from importlib.resources import files
from typing import Any

import cedarpy

from hutong.directory.records import Directory
from hutong.errors import HutongError
from hutong.kinds import Kind
from hutong.v1 import codes_pb2, header_pb2, options_pb2
from rules.data import digest_of

SCHEMA_NAME = "schema.cedarschema"
_CACHE_LIMIT = 100_000


def policy_texts() -> dict[str, str]:
    """The schema and policy files, by name; an export carries them."""
    folder = files("hub.admission") / "policies"
    names = sorted(f.name for f in folder.iterdir() if f.name == SCHEMA_NAME or f.name.endswith(".cedar"))
    return {name: (folder / name).read_text(encoding="utf-8") for name in names}


class Policies:
    """The parsed policies of one version."""

    def __init__(self, texts: dict[str, str]) -> None:
        self.digest = digest_of({name: text.encode() for name, text in texts.items()})
        together = "\n".join(text for name, text in sorted(texts.items()) if name != SCHEMA_NAME)
        self.schema = cedarpy.Schema.from_str(texts[SCHEMA_NAME])
        checked = cedarpy.validate_policies(together, self.schema)
        if not checked.validation_passed:
            raise HutongError("HT-PRM-02", why="; ".join(str(error) for error in checked.errors))
        self.set = cedarpy.PolicySet.from_json_str(_named(cedarpy.policies_to_json_str(together)))
        self.count = len(json.loads(_named(cedarpy.policies_to_json_str(together)))["staticPolicies"])

    @staticmethod
    def load() -> Policies:
        """The policies that this hub ships."""
        return Policies(policy_texts())


def _named(text: str) -> str:
    """The policy set with each policy keyed by its @id, so that a decision's reasons are these ids."""
    whole: dict[str, Any] = json.loads(text)
    named = {policy.get("annotations", {}).get("id"): policy for policy in whole["staticPolicies"].values()}
    if len(named) != len(whole["staticPolicies"]):
        raise HutongError("HT-PRM-02", why="two policies share an @id")
    if None in named:
        raise HutongError("HT-PRM-02", why="a policy has no @id")
    return json.dumps({**whole, "staticPolicies": named})


@dataclass
class Permit:
    """The decisions of one policy version over one directory; a changed directory gets a new one."""

    policies: Policies
    directory: Directory
    _cache: dict[tuple[str, str, str, str, int], str | None] = field(default_factory=dict)

    @cached_property
    def _entities(self) -> Any:
        plain = [
            {
                "uid": {"type": "Agency", "id": agency.code},
                "attrs": {
                    "kind": codes_pb2.AgencyType.Name(agency.type).removeprefix("AGENCY_TYPE_").lower(),  # type: ignore[arg-type]
                    "level": agency.level,
                },
                "parents": [{"type": "Agency", "id": agency.parent}] if agency.parent else [],
            }
            for agency in self.directory.agencies.values()
        ]
        return cedarpy.Entities.from_json_str(json.dumps(plain), self.policies.schema)

    def check(self, agency: str, action: str, towards: str, by: str, ask: int = 0) -> str:
        """The id of the policy that lets ``agency`` do ``action`` towards ``towards``; HT-PRM-01 when none does."""
        key = (agency, action, towards, by, ask)
        # Two threads ask; each goes on with what it found itself.
        allowed = self._cache.get(key, "")
        if allowed == "":
            if len(self._cache) >= _CACHE_LIMIT:
                self._cache.clear()
            allowed = self._cache[key] = self._ask(*key)
        if allowed is None:
            raise HutongError("HT-PRM-01", agency=agency, action=action, towards=towards)
        return allowed

    def _ask(self, agency: str, action: str, towards: str, by: str, ask: int) -> str | None:
        result = cedarpy.is_authorized(
            {
                "principal": {"type": "Agency", "id": agency},
                "action": {"type": "Action", "id": action},
                "resource": {"type": "Agency", "id": towards},
                "context": {"by": by, "ask": ask},
            },
            self.policies.set,
            self._entities,
            self.policies.schema,
        )
        if not result.allowed or result.diagnostics.errors:
            return None
        return min(result.diagnostics.reasons)

    def statement(self, header: header_pb2.Header, kind: Kind) -> str:
        """The policy that permits ``header`` towards every recipient (itself, when it has none)."""
        agency = header.sender.agency
        if agency not in self.directory.agencies:
            raise HutongError("HT-DIR-01", agency=agency)
        officer = any(s.role == options_pb2.SIGNER_ROLE_OFFICER for s in header.signers)
        by = "officer" if officer else "system"
        ask = header.inquiry.ask if kind.name == "inquiry" else 0
        for to in header.recipients:
            if to.agency not in self.directory.agencies:
                raise HutongError("HT-DIR-01", agency=to.agency)
        towards = [to.agency for to in header.recipients] or [agency]
        return min([self.check(agency, kind.name, other, by, ask) for other in towards])
