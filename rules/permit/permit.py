"""May this agency do this towards that one? Asked by the hub for every statement and reading, and by clients first.

A decision depends only on what stands in ``Asked``, so it is cached by that until directory or policies change. Only
an explicit Allow allows; the id of the policy that allowed goes into the entry.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, NamedTuple

import cedarpy

from hutong.directory.records import Directory
from hutong.errors import HutongError
from hutong.kinds import Kind
from hutong.v1 import codes_pb2, header_pb2, options_pb2
from rules.permit.policy_set import Policies
from rules.relation import relation

By = Literal["officer", "system"]
Role = Literal["to", "cc", "none"]
_CACHE_LIMIT = 100_000
_OFFICER, _CC = options_pb2.SIGNER_ROLE_OFFICER, codes_pb2.RECIPIENT_ROLE_CC


class Asked(NamedTuple):
    """Everything that a policy can look at, beside what kind of agencies these are."""

    agency: str
    action: str
    towards: str
    by: By
    role: Role
    ask: int
    relation: str


class Answer(NamedTuple):
    """The policy that allows, or the one that forbids; neither where no policy says anything."""

    allowed_by: str
    forbidden_by: str


@dataclass
class Permit:
    """The decisions of one policy version over one directory; a changed directory gets a new one."""

    policies: Policies
    directory: Directory
    _answers: dict[Asked, Answer] = field(default_factory=dict)
    _relations: dict[tuple[str, str], str] = field(default_factory=dict)

    def statement(self, header: header_pb2.Header, kind: Kind) -> str:
        """The policy that permits ``header`` towards every recipient (itself, when it has none); errors as ``check``.

        HT-DIR-01: the sender, or a recipient, is not in the directory.
        """
        agency, known = header.sender.agency, self.directory.agencies
        towards = [(to.agency, _role(to)) for to in header.recipients]
        for named in (agency, *(other for other, _ in towards)):
            if named not in known:
                raise HutongError("HT-DIR-01", agency=named)
        by: By = "officer" if any(signer.role == _OFFICER for signer in header.signers) else "system"
        ask = _what(header, kind)
        permitted = [
            self.check(agency, kind.name, other, by, role, ask) for other, role in towards or [(agency, "none")]
        ]
        return self.policies.speaker(permitted)

    def check(self, agency: str, action: str, towards: str, by: By, role: Role = "none", ask: int = 0) -> str:
        """The id of the policy that lets ``agency`` do ``action`` towards ``towards``.

        HT-PRM-03 names the policy that forbids it, with its article and the lawful route; HT-PRM-01 when none says
        anything about it.
        """
        asked = Asked(agency, action, towards, by, role, ask, self._relation(agency, towards))
        # Two threads ask; each goes on with what it found itself.
        answer = self._answers.get(asked)
        if answer is None:
            if len(self._answers) >= _CACHE_LIMIT:
                self._answers.clear()
            answer = self._answers[asked] = self._ask(asked)
        if not answer.allowed_by:
            raise self._refusal(asked, answer)
        return answer.allowed_by

    def _relation(self, agency: str, towards: str) -> str:
        found = self._relations.get((agency, towards))
        if found is None:
            if len(self._relations) >= _CACHE_LIMIT:
                self._relations.clear()
            # As plain text: an enum's member is hashed in Python, for every statement.
            found = self._relations[agency, towards] = str(relation(self.directory, agency, towards))
        return found

    def _refusal(self, asked: Asked, answer: Answer) -> HutongError:
        who = {"agency": asked.agency, "action": asked.action, "towards": asked.towards, "relation": asked.relation}
        if not answer.forbidden_by:
            return HutongError("HT-PRM-01", **who)
        forbid = self.policies.forbids[answer.forbidden_by]
        told = {"policy": forbid.id, "rule": forbid.rule, "article": forbid.article, "route": forbid.route}
        return HutongError("HT-PRM-03", **who, **told)

    def _ask(self, asked: Asked) -> Answer:
        result = cedarpy.is_authorized(
            {
                "principal": {"type": "Agency", "id": asked.agency},
                "action": {"type": "Action", "id": asked.action},
                "resource": {"type": "Agency", "id": asked.towards},
                "context": {"by": asked.by, "role": asked.role, "ask": asked.ask, "relation": asked.relation},
            },
            self.policies.set,
            self._entities,
            self.policies.schema,
        )
        if result.diagnostics.errors or not result.diagnostics.reasons:
            return Answer("", "")
        decided_by = self.policies.speaker(result.diagnostics.reasons)
        return Answer(decided_by, "") if result.allowed else Answer("", decided_by)

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


def _what(header: header_pb2.Header, kind: Kind) -> int:
    """What exactly is asked or told, for the kinds whose policies look at it."""
    match kind.name:
        case "inquiry":
            return header.inquiry.ask
        case "measure_requested":
            return header.measure_requested.measure
        case "circulated":
            return header.circulated.subject
    return 0


def _role(to: header_pb2.Recipient) -> Role:
    """主送 or 抄送."""
    return "cc" if to.role == _CC else "to"
