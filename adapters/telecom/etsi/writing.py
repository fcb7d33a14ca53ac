"""Statements → messages of TS 103 120: envelope, ids and dictionary entries that all of them share.

What a message of theirs said beyond the contract lies in the statement's extras and goes back to where it stood; ids
follow from the statement's, so that writing it again gives the same message.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from datetime import UTC, datetime
from typing import Any

from adapters.contract import NativeFile, OpenedStatement
from adapters.telecom.etsi import schemas
from adapters.telecom.etsi.documents import NAMESPACES, SOURCE_SYSTEM
from adapters.telecom.etsi.instruments import NATION
from adapters.telecom.etsi.reading import put_back
from hutong.errors import HutongError
from hutong.v1 import codes_pb2

MEDIA_TYPE = "application/json"
PROFILE = {"NationalProfileOwner": NATION, "NationalProfileVersion": "hutong-v1"}

_PREFIXES = ("", "xsi", "common", "task", "auth", "doc", "delivery", "notification")


class Writing:
    """One message being written. ``parts`` holds its objects by the names that extras know them by ("Task",
    "Authorisation", "Documents", "Delivery" …), with what their actions say around them under "Actions"."""

    def __init__(self, statement: OpenedStatement, parts: dict[str, Any], salt: str = "") -> None:
        self.header = statement.header
        self.body = statement.body
        self.salt = salt
        self.parts: dict[str, Any] = {"Message": {}, "Actions": {}, **parts}
        self.from_theirs = self.body.source_system == SOURCE_SYSTEM
        if self.from_theirs:
            for extra in self.body.extras:
                if extra.path.partition("/")[0].partition("[")[0] in self.parts:
                    put_back(self.parts, extra.path, extra.value)

    def id(self, key: str) -> str:
        """The id of the object ``key`` where their message gave none."""
        digest = hashlib.sha256(self.header.message_id + f"{self.salt}{key}".encode()).digest()
        return str(uuid.UUID(bytes=digest[:16], version=4))

    def identify(self, part: str, sort: str, prefix: str) -> str:
        """Give the object in ``part`` its type, id, country and owner; its id."""
        one = self.parts[part]
        one.setdefault("@xsi:type", f"{{{NAMESPACES[prefix]}}}{sort}")
        one.setdefault("ObjectIdentifier", self.id(part))
        one.setdefault("CountryCode", NATION)
        one.setdefault("OwnerIdentifier", self.header.sender.agency)
        return str(one["ObjectIdentifier"])

    def action(self, part: str, verb: str, number: int) -> dict[str, Any]:
        """The action on the object in ``part``."""
        wrapper = self.parts["Actions"].get(part)
        said = dict(wrapper) if isinstance(wrapper, dict) else {}
        said.setdefault("ActionIdentifier", number)
        around = said.get(verb)
        said[verb] = {**(around if isinstance(around, dict) else {}), "HI1Object": self.parts[part]}
        return said

    def message(self, payload: dict[str, Any], version: str, receiver: str) -> dict[str, Any]:
        """The whole message around ``payload``."""
        said: dict[str, Any] = self.parts["Message"]
        for prefix in _PREFIXES:
            said.setdefault("@xmlns" + (f":{prefix}" if prefix else ""), NAMESPACES[prefix])
        if not isinstance(said.get("Header"), dict):
            said["Header"] = {}
        header = said["Header"]
        sender = endpoint(f"{NATION}/{self.header.sender.agency}")
        # Who sends is what the hub has verified, whoever their message named; a draft has no sender yet.
        if self.header.sender.agency:
            header["SenderIdentifier"] = sender
        header.setdefault("SenderIdentifier", sender)
        header.setdefault("ReceiverIdentifier", endpoint(receiver))
        header.setdefault("TransactionIdentifier", self.id("transaction"))
        header.setdefault("Timestamp", self.moment(micro=True))
        header.setdefault("Version", {"ETSIVersion": version, **PROFILE})
        said["Payload"] = payload
        return said

    def moment(self, micro: bool = False) -> str:
        """When the statement was issued."""
        time = datetime.fromtimestamp(self.header.issued_at / 1000, UTC)
        return time.strftime("%Y-%m-%dT%H:%M:%S.%fZ" if micro else "%Y-%m-%dT%H:%M:%SZ")

    def recipient(self) -> str:
        """Whom it is addressed to first: country and name."""
        to = [one.agency for one in self.header.recipients if one.role == codes_pb2.RECIPIENT_ROLE_TO]
        return f"{NATION}/{to[0] if to else '-'}"


def endpoint(name: str) -> dict[str, str]:
    """An EndpointID for "CN/wuxi-telecom"."""
    country, _, identifier = name.partition("/")
    return {"CountryCode": country, "UniqueIdentifier": identifier}


def entry(name: str, value: str, owner: str = "ETSI") -> dict[str, str]:
    """A dictionary entry (TS 103 120 clause 6.5)."""
    return {"common:Owner": owner, "common:Name": name, "common:Value": value}


def without_nothing(said: dict[str, Any]) -> dict[str, Any]:
    """``said`` without what is empty, at any depth."""
    made: dict[str, Any] = {}
    for key, value in said.items():
        inner = without_nothing(value) if isinstance(value, dict) else value
        if inner not in ("", None, {}, []):
            made[key] = inner
    return made


def file(name: str, message: dict[str, Any], takedown: bool = False) -> NativeFile:
    """The message as a file, after the schema has accepted it: HT-ADP-33 if it does not."""
    if found := schemas.fault(message, takedown):
        raise HutongError("HT-ADP-33", schema=schemas.NAME, where=found.where, rule=found.rule)
    return NativeFile(f"{name}.json", MEDIA_TYPE, json.dumps(message, ensure_ascii=False, indent=1).encode())
