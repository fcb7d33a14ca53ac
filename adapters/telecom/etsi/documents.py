"""HI1Messages: what a file holds, and whether the schema of its version accepts it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from adapters import strict_json
from adapters.strict_json import Number
from adapters.telecom.etsi import schemas
from adapters.telecom.etsi.reading import Reading, plain
from hutong.errors import HutongError

SOURCE_SYSTEM = "etsi-103120"
MEDIA_TYPE = "application/json; message=TS103120"

NAMESPACES = {
    "": "http://uri.etsi.org/03120/common/2019/10/Core",
    "xsi": "http://www.w3.org/2001/XMLSchema-instance",
    "common": "http://uri.etsi.org/03120/common/2016/02/Common",
    "task": "http://uri.etsi.org/03120/common/2020/09/Task",
    "auth": "http://uri.etsi.org/03120/common/2020/09/Authorisation",
    "doc": "http://uri.etsi.org/03120/common/2020/09/Document",
    "delivery": "http://uri.etsi.org/03120/common/2019/10/Delivery",
    "notification": "http://uri.etsi.org/03120/common/2016/02/Notification",
    "etsi280": "http://uri.etsi.org/03280/common/2017/07",
}
"""Prefixes as the JSON form writes them (TS 103 120 clause 9.4)."""

OBJECTS = {
    "AuthorisationObject": "auth",
    "DocumentObject": "doc",
    "LDTaskObject": "task",
    "LPTaskObject": "task",
    "TDTaskObject": "task",
    "DeliveryObject": "delivery",
    "NotificationObject": "notification",
}
TASKS = ("LDTaskObject", "LPTaskObject", "TDTaskObject")
_HEADER_KEYS = ("Header", "Payload")


@dataclass(frozen=True)
class Action:
    """One action of a request or a response. ``verb`` is CREATE, GETResponse, ErrorInformation …; ``object`` the value
    of its HI1Object."""

    where: str
    wrapper: dict[str, Any]
    verb: str
    object: dict[str, Any] | None

    @property
    def sort(self) -> str:
        """The object's type without its namespace: "LDTaskObject"; "" without an object."""
        said = (self.object or {}).get("@xsi:type")
        return said.rpartition("}")[2].rpartition(":")[2] if isinstance(said, str) else ""

    @property
    def number(self) -> str:
        """Its ActionIdentifier, as written."""
        return str(self.wrapper.get("ActionIdentifier", ""))

    def outside(self, path: str) -> Reading:
        """What the action says around its object."""
        said = dict(self.wrapper)
        if isinstance(said.get(self.verb), dict):
            said[self.verb] = {key: value for key, value in said[self.verb].items() if key != "HI1Object"}
            if not said[self.verb]:
                del said[self.verb]
        return Reading(said, path)


@dataclass(frozen=True)
class Message:
    """One HI1Message. ``checked``: a schema accepted it; ``failed`` the error that a response is as a whole."""

    value: dict[str, Any]
    checked: bool
    response: bool
    actions: tuple[Action, ...]
    native: bytes = field(repr=False)
    media_type: str = MEDIA_TYPE
    failed: dict[str, Any] | None = None

    @property
    def version(self) -> str:
        """Its ETSIVersion."""
        said = Reading(self.value, "").at("Header", "Version", "ETSIVersion").value
        return said if isinstance(said, str) else ""

    def around(self) -> Reading:
        """What stands outside of the payload."""
        return Reading({key: value for key, value in self.value.items() if key != "Payload"}, "Message")


def is_message(value: Any) -> bool:
    """Whether ``value`` looks like an HI1Message: both of its parts, or one in its namespace."""
    if not isinstance(value, dict):
        return False
    there = [isinstance(value.get(key), dict) for key in _HEADER_KEYS]
    core = any("etsi.org/03120" in str(value.get(key, "")) for key in ("@xmlns", "@xmlns:core"))
    return all(there) or (core and any(there))


def read(text: str) -> Message:
    """The message in the JSON ``text``.

    HT-ADP-21 to -24 for JSON that cannot be trusted, HT-ADP-206 if the schema of its version refuses it, HT-ADP-11 if
    it is none of TS 103 120.
    """
    value = strict_json.loads(text)
    if not is_message(value):
        raise HutongError("HT-ADP-11", agency="telecom")
    if flaw := strict_json.flaw(value):
        raise HutongError(flaw)
    return judged(value, text.encode(), MEDIA_TYPE, carried=True)


def judged(value: dict[str, Any], native: bytes, media_type: str, carried: bool) -> Message:
    """``value`` as a message: after the schema where ``native`` is JSON and one is ``carried`` for its version."""
    version = Reading(value, "").at("Header", "Version", "ETSIVersion").value
    checked = carried and (not isinstance(version, str) or schemas.carries(version))
    # Read once more by the library alone: the schema wants Python's own numbers.
    if checked and (found := schemas.fault(json.loads(native))):
        raise HutongError("HT-ADP-206", schema=schemas.NAME, where=found.where, rule=found.rule)
    payload = Reading(value, "").at("Payload")
    response = isinstance(payload.at("ResponsePayload").value, dict)
    listed = (
        payload.each("ResponsePayload", "ActionResponses", "ActionResponse")
        if response
        else payload.each("RequestPayload", "ActionRequests", "ActionRequest")
    )
    failed = payload.at("ResponsePayload", "ErrorInformation").value
    actions = tuple(_action(one) for one in listed)
    if not actions and not isinstance(failed, dict):
        raise HutongError("HT-ADP-30", format=schemas.NAME, field="ActionRequest")
    return Message(value, checked, response, actions, native, media_type, failed if isinstance(failed, dict) else None)


def _action(found: Reading) -> Action:
    wrapper = found.value if isinstance(found.value, dict) else {}
    verb = next((key for key in wrapper if key != "ActionIdentifier" and not key.startswith("@")), "")
    inner = wrapper.get(verb)
    said = inner.get("HI1Object") if isinstance(inner, dict) else None
    return Action("/" + found.path, wrapper, verb, said if isinstance(said, dict) else None)


def canonical(value: Any) -> bytes:
    """``value`` as one and the same bytes for one and the same content, for digests."""
    return json.dumps(plain(value), ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def associated(one: dict[str, Any]) -> Iterator[str]:
    """The ids of the objects that ``one`` belongs to."""
    for found in Reading(one, "").each("AssociatedObjects", "AssociatedObject"):
        if isinstance(found.value, str):
            yield str(found.value)


def number(text: str) -> Number:
    """A number as it was written."""
    return Number(text)
