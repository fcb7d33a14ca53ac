"""A paper that opens an item: a lead, an inquiry or a 督办, with recipients, facts, sealed body and files to attach.

Facts go into the header in the clear; everything under ``body`` is sealed to the recipients. Counts of identifiers and
subjects in the header are taken from the body where the paper does not give them.
"""

from __future__ import annotations

import secrets
from collections import Counter
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from hutong.client.writing import Letter, To
from hutong.errors import HutongError
from hutong.v1 import body_pb2, codes_pb2, header_pb2, kinds_pb2
from liaison import words
from liaison.papers.fill import fault, fill, only, text, unknown, wrong
from liaison.papers.terms import rule
from liaison.papers.yaml import Plain

KEYS = ("to", "cc", "urgency", "handling", "purpose", "legal_basis", "facts", "body", "attachments")
_FACTS = {"lead": kinds_pb2.Lead, "inquiry": kinds_pb2.Inquiry, "supervision": kinds_pb2.Supervision}
_CONTENT = {"lead": "lead", "inquiry": "inquiry", "supervision": "note"}
"""Which content of a body each kind has."""
_PURPOSES: dict[str, codes_pb2.Purpose.ValueType] = {"supervision": codes_pb2.PURPOSE_SUPERVISION}
_COMMON = frozenset(header_pb2.CommonFacts.DESCRIPTOR.fields_by_name)
_SALT = "facts.approval.document_salt"
"""Where the body says what the approval's digest was salted with, so that the recipient can check the document."""


@dataclass
class Opening:
    """What the paper says, ready to be addressed and sealed; ``files`` are encrypted and uploaded on sending."""

    kind: str
    facts: Any
    to: tuple[To, ...]
    body: body_pb2.Body
    common: header_pb2.CommonFacts
    urgency: codes_pb2.Urgency.ValueType = codes_pb2.URGENCY_ROUTINE
    handling: codes_pb2.Handling.ValueType = codes_pb2.HANDLING_INTERNAL
    purpose: codes_pb2.Purpose.ValueType = codes_pb2.PURPOSE_VERIFICATION
    legal_basis: tuple[str, ...] = ()
    files: tuple[Path, ...] = field(default=())

    def letter(self) -> Letter:
        """The statement's draft; attachments are named in it once they are stored at the hub."""
        return Letter(
            self.kind,
            self.facts,
            to=self.to,
            body=self.body,
            urgency=self.urgency,
            handling=self.handling,
            purpose=self.purpose,
            legal_basis=self.legal_basis,
            common=self.common,
        )


def opening(kind: str, paper: dict[str, Plain], folder: Path) -> Opening:
    """What opens an item, as ``paper`` describes it; files it names lie in ``folder``. HT-CLI-27, HT-CLI-33."""
    only(paper, KEYS)
    facts, common = _FACTS[kind](), header_pb2.CommonFacts()
    body = body_pb2.Body()
    _fill_facts(facts, common, paper.get("facts") or {}, body, folder)
    content = getattr(body, _CONTENT[kind])
    content.SetInParent()
    fill(content, paper.get("body") or {}, "body")
    _count(kind, facts, body)
    _complete(kind, paper, facts, common, body)
    made = Opening(
        kind=kind,
        facts=facts,
        to=(*recipients(paper.get("to", ""), "to"), *recipients(paper.get("cc", ""), "cc")),
        body=body,
        common=common,
        purpose=_PURPOSES.get(kind, codes_pb2.PURPOSE_VERIFICATION),
        legal_basis=tuple(_texts(paper.get("legal_basis", ""), "legal_basis")),
        files=tuple(files(paper.get("attachments", ""), folder)),
    )
    for name, enum in (
        ("urgency", codes_pb2.Urgency),
        ("handling", codes_pb2.Handling),
        ("purpose", codes_pb2.Purpose),
    ):
        if text(paper, name):
            setattr(made, name, words.parse(enum, text(paper, name), name))
    return made


def recipients(given: Plain, where: str) -> list[To]:
    """ "police", or a list of codes and mappings {agency, desk, contact}; ``where`` is "to" or "cc"."""
    role = codes_pb2.RECIPIENT_ROLE_CC if where == "cc" else codes_pb2.RECIPIENT_ROLE_TO
    found = []
    for number, each in enumerate(given if isinstance(given, list) else [given] if given else []):
        place = f"{where}[{number}]"
        said: Plain = {"agency": each} if isinstance(each, str) else each
        if not isinstance(said, dict) or not text(said, "agency") or set(said) - {"agency", "desk", "contact"}:
            raise wrong(place, "recipient")
        found.append(To(text(said, "agency"), text(said, "contact"), text(said, "desk"), role))
    return found


def files(given: Plain, folder: Path) -> list[Path]:
    """The files named, relative to ``folder``; HT-CLI-33 for one that is not there."""
    found = [folder / Path(name).expanduser() for name in _texts(given, "attachments")]
    for file in found:
        if not file.is_file():
            raise HutongError("HT-CLI-33", file=file.name)
    return found


def _texts(given: Plain, where: str) -> list[str]:
    listed = given if isinstance(given, list) else [given] if given else []
    if not all(isinstance(each, str) for each in listed):
        raise wrong(where, "list")
    return [str(each).strip() for each in listed]


def _fill_facts(facts: Any, common: header_pb2.CommonFacts, given: Plain, body: body_pb2.Body, folder: Path) -> None:
    if not isinstance(given, dict):
        raise wrong("facts", "mapping")
    known = (*facts.DESCRIPTOR.fields_by_name, *common.DESCRIPTOR.fields_by_name)
    for name in given:
        if name not in known:
            raise unknown(f"facts.{name}", known)
    own = {name: value for name, value in given.items() if name not in _COMMON and value}
    approval = own.get("approval")
    if isinstance(approval, dict) and approval.get("document"):
        document = text(approval, "document")
        own["approval"] = {name: value for name, value in approval.items() if name != "document"} | {
            "document_sha256": _salted(files(document, folder)[0], body)
        }
    fill(common, {name: value for name, value in given.items() if name in _COMMON and value}, "facts")
    fill(facts, own, "facts")


def _complete(
    kind: str, paper: dict[str, Plain], facts: Any, common: header_pb2.CommonFacts, body: body_pb2.Body
) -> None:
    """HT-CLI-27 for what nobody may leave out, because a person has to read and answer it."""
    asked = {"to": bool(paper.get("to"))}
    if kind == "lead":
        asked |= {"facts.source": bool(facts.source), "facts.offences": bool(common.offences)}
        asked |= {"body.title": bool(body.lead.title.strip()), "body.narrative": bool(body.lead.narrative.strip())}
    elif kind == "supervision":
        asked |= {"body.title": bool(body.note.title.strip()), "body.text": bool(body.note.text.strip())}
    else:
        asked |= {"facts.ask": bool(facts.ask), "facts.subjects": bool(facts.subjects)}
        asked |= {"body.reference": bool(body.inquiry.reference.strip())}
    for place, there in asked.items():
        if not there:
            raise fault(place, rule(place))


def _salted(document: Path, body: body_pb2.Body) -> str:
    """A digest of the document that nobody can guess back; its salt goes into the sealed body."""
    salt = secrets.token_bytes(32)
    body.extras.add(path=_SALT, value=salt.hex())
    return sha256(salt + document.read_bytes()).hexdigest()


def _count(kind: str, facts: Any, body: body_pb2.Body) -> None:
    if kind == "lead" and not facts.identifiers:
        kept = [each.type for subject in body.lead.subjects for each in subject.identifiers]
        kept += [each.type for each in body.lead.indicators]
        for type_, count in sorted(Counter(kept).items()):
            facts.identifiers.add(type=type_, count=count)
    if kind == "inquiry" and not facts.subjects:
        asked = [each.role for each in body.inquiry.accounts] + [each.role for each in body.inquiry.subjects]
        roles = [role or codes_pb2.SUBJECT_ROLE_UNKNOWN for role in asked]
        for role, count in sorted(Counter(roles).items()):
            facts.subjects.add(role=role, count=count)
