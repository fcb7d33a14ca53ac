"""One item as an officer reads it: opened statements with what was checked of them, owners, clocks, one timeline."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from google.protobuf.json_format import MessageToDict

from hutong.client.directory import VerifiedDirectory
from hutong.errors import HutongError
from hutong.kinds import kind_of
from hutong.sealing.body import read_unsealed
from hutong.v1 import body_pb2, header_pb2, node_pb2
from liaison.items import Duty
from liaison.matter import Matter
from liaison.timeline import Event
from rules.parties import check_sender


@dataclass(frozen=True)
class Opened:
    """A statement that the agency's node holds. Signature, place in the log and body were checked here, not there."""

    index: int
    recorded_at: int
    header: header_pb2.Header
    body: body_pb2.Body | None
    opening: str
    """"opened", "no body", or the code of why not."""
    answer: node_pb2.OpenResponse = field(repr=False, compare=False)
    """What it was verified from, to be passed on."""
    enclosed: bool = False
    """Handed on inside a Redirect; the agency's node does not hold it as such."""

    @property
    def title(self) -> str:
        """The body's title, if it has one."""
        content = self.body.WhichOneof("content") if self.body else None
        return str(getattr(getattr(self.body, content), "title", "")) if content else ""


@dataclass
class ItemView:
    """Everything about one item that its party may see."""

    matter: Matter
    duties: list[Duty]
    timeline: list[Event]
    opened: list[Opened] = field(default_factory=list)
    unopened: HutongError | None = None
    """Why the agency's node could not be asked."""
    doubted: HutongError | None = None
    """Why something that a redirect has brought along is not believed."""
    receipt_sent: bool = False

    @property
    def opening(self) -> Opened | None:
        """The statement that opened the item."""
        return opening_of(self.opened, self.matter.item)


def opening_of(opened: list[Opened], item: bytes) -> Opened | None:
    """The statement that opened ``item``."""
    return next((each for each in opened if each.header.message_id == item), None)


def redirects_of(opened: list[Opened], item: bytes) -> list[Opened]:
    """The redirects by which ``item`` was passed on."""
    return [each for each in opened if each.header.item_id == item and each.header.HasField("redirect")]


def verified(answer: node_pb2.OpenResponse, directory: VerifiedDirectory, *, enclosed: bool = False) -> Opened:
    """What the node opened, believed for what is proved of it: place in the log, signatures, and the body against the
    signed commitment. HT-LOG-…, HT-CLI-12, HT-SIG-…, HT-DIR-…, HT-SEA-02 when one does not hold."""
    proved = directory.prove(answer.entry.receipt, answer.entry.envelope)
    header, at = proved.header, proved.entry.recorded_at
    check_sender(proved.then, header, kind_of(header), at)
    body = read_unsealed(answer.unsealed, header) if answer.unsealed else None
    return Opened(proved.index, at, header, body, answer.entry.opening, answer, enclosed)


def enclosures(statement: Opened) -> Iterator[node_pb2.OpenResponse]:
    """What ``statement`` passes on, as the node would show it; to be verified."""
    for each in statement.body.enclosed if statement.body else ():
        entry = node_pb2.InboxEntry(envelope=each.envelope, receipt=each.receipt)
        entry.opening = "opened" if each.unsealed else "no body"
        yield node_pb2.OpenResponse(entry=entry, unsealed=each.unsealed)


def without_enclosures(body: body_pb2.Body) -> body_pb2.Body:
    """``body`` as it is shown: what it passes on stands beside it, as statements of their own."""
    shown = body_pb2.Body()
    shown.CopyFrom(body)
    shown.ClearField("enclosed")
    return shown


def plain(message: Any) -> dict[str, Any]:
    """A message as JSON values, with the names of the .proto files; bytes as base64 as protobuf JSON has them."""
    return MessageToDict(message, preserving_proto_field_name=True)
