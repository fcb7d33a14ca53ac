"""Authorisations (TS 103 120 clause 7.2) with their documents: the instrument of an inquiry and its approval."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Any

from adapters.draft import Note
from adapters.telecom.etsi.documents import canonical
from adapters.telecom.etsi.reading import Reading
from hutong.v1 import body_pb2, codes_pb2, kinds_pb2

NATION = "CN"
LEVEL, APPROVED_ON, ON_PAPER, DIGEST = (
    "hutong:ApprovalLevel",
    "hutong:ApprovedOn",
    "hutong:OnPaper",
    "hutong:DocumentSha256",
)
"""What the national parameters of an authorisation say where this hub wrote it."""

_GIVEN = ("", "Approved", "EmergencyApproval", "SubmittedToCSP", "CreatingForCSP")
_DAY = re.compile(r"20[0-9]{2}-[01][0-9]-[0-3][0-9]")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_LEVELS = {name.removeprefix("LEVEL_").lower(): value for name, value in codes_pb2.Level.items() if value}


@dataclass
class Given:
    """What an authorisation gives an inquiry: instrument, the principal's approval if it holds, mandate in words."""

    instrument: body_pb2.Instrument
    approval: kinds_pb2.Approval | None
    mandate: str
    urgent: bool
    notes: list[Note]


def given(authorisation: Reading, documents: list[dict[str, Any]]) -> Given:
    """What ``authorisation`` gives. Its digest covers the object with its random ObjectIdentifier and the ``documents``
    that belong to it, so that nobody can guess it from the header."""
    approver = next(iter(authorisation.each("auth:AuthorisationApprovalDetails")), authorisation.at("-"))
    instrument = body_pb2.Instrument(
        reference=authorisation.take("auth:AuthorisationReference"),
        sort=authorisation.take("auth:AuthorisationLegalType", "common:Value"),
        valid_from=authorisation.take("auth:AuthorisationTimespan", "auth:StartTime"),
        valid_to=authorisation.take("auth:AuthorisationTimespan", "auth:EndTime"),
        issued_by=authorisation.take("auth:AuthorisationLegalEntity"),
        approver_name=approver.take("common:ApproverDetails", "common:ApproverName"),
        approver_role=approver.take("common:ApproverDetails", "common:ApproverRole"),
        approved_at=approver.take("common:ApprovalTimestamp"),
        jurisdiction=authorisation.take("auth:AuthorisationJurisdiction"),
        sort_of_case=authorisation.take("auth:AuthorisationTypeOfCase", "common:Value"),
        emergency=approver.take_yes("common:ApprovalIsEmergency"),
    )
    mandate = authorisation.take("auth:AuthorisationManualInformation")
    approval, notes = _approval(authorisation, instrument, documents)
    urgent = instrument.emergency or authorisation.word("auth:AuthorisationPriority") == "High"
    return Given(instrument, approval, mandate, urgent, notes)


def none() -> Given:
    """No authorisation came with the task."""
    return Given(body_pb2.Instrument(), None, "", False, [Note.of("telecom-instrument-missing")])


def _approval(
    authorisation: Reading, instrument: body_pb2.Instrument, documents: list[dict[str, Any]]
) -> tuple[kinds_pb2.Approval | None, list[Note]]:
    said = authorisation.at("auth:NationalAuthorisationParameters")
    own = said.at("auth:CountryCode").value == NATION
    status = authorisation.word("auth:AuthorisationStatus") or authorisation.word("auth:AuthorisationDesiredStatus")
    if status not in _GIVEN:
        return None, [
            Note.of("telecom-instrument-status", status=status),
            Note.of("telecom-instrument-missing"),
        ]
    made = authorisation.at("auth:AuthorisationCreationTimestamp").value
    moments = [own and said.at(APPROVED_ON).value, instrument.approved_at, made, instrument.valid_from]
    day = next((found[0] for one in moments if isinstance(one, str) and (found := _DAY.match(one))), "")
    if not day or not isinstance(authorisation.value.get("ObjectIdentifier"), str):
        return None, [Note.of("telecom-instrument-missing")]
    approval = kinds_pb2.Approval(approved_on=day, on_paper=True, document_sha256=_digest(authorisation, documents))
    if own:
        _refine(approval, said)
    return approval, [] if approval.level else [Note.of("telecom-level-missing")]


def _refine(approval: kinds_pb2.Approval, said: Reading) -> None:
    """The approval as this hub wrote it itself."""
    level, digest = said.at(LEVEL).value, said.at(DIGEST).value
    if isinstance(level, str) and level in _LEVELS and isinstance(digest, str) and _SHA256.fullmatch(digest):
        approval.level = _LEVELS[level]
        approval.document_sha256 = bytes.fromhex(digest)
        approval.on_paper = said.at(ON_PAPER).value is True


def _digest(authorisation: Reading, documents: list[dict[str, Any]]) -> bytes:
    return hashlib.sha256(canonical([authorisation.value, *documents])).digest()
