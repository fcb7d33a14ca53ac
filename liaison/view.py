"""One item as an officer reads it: opened statements with what was checked of them, and one merged timeline."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from google.protobuf.json_format import MessageToDict
from google.protobuf.message import DecodeError

from hutong.client.directory import VerifiedDirectory
from hutong.directory.signers import hub_keys, signing_key
from hutong.errors import HutongError
from hutong.kinds import kind_of
from hutong.signing import dsse
from hutong.v1 import body_pb2, casework_pb2, entry_pb2, header_pb2, node_pb2, options_pb2
from liaison.items import Duty


@dataclass(frozen=True)
class Opened:
    """A statement that the agency's node holds. Signature and place in the log were checked here, not there."""

    index: int
    header: header_pb2.Header
    body: body_pb2.Body | None
    opening: str
    """"opened", "no body", or the code of why not."""

    @property
    def title(self) -> str:
        """The body's title, if it has one."""
        content = self.body.WhichOneof("content") if self.body else None
        return str(getattr(getattr(self.body, content), "title", "")) if content else ""


@dataclass(frozen=True)
class Event:
    """One line of the timeline. ``kind`` is a kind's number, or 0 for the acknowledgement's clock running out."""

    at: int
    index: int
    kind: int
    agency: str
    contact: str
    contact_name: str
    message_id: bytes = b""
    title: str = ""


@dataclass
class ItemView:
    """Everything about one item that its party may see."""

    item: bytes
    kind: int
    duties: list[Duty]
    timeline: list[Event]
    opened: list[Opened] = field(default_factory=list)
    unopened: HutongError | None = None
    """Why the agency's node could not be asked."""
    receipt_sent: bool = False

    @property
    def opening(self) -> Opened | None:
        """The statement that opened the item."""
        return next((each for each in self.opened if each.header.message_id == self.item), None)


def verified(entry: node_pb2.InboxEntry, body: body_pb2.Body | None, directory: VerifiedDirectory) -> Opened:
    """``entry`` with its signature and its proof checked; HT-SIG-…, HT-LOG-…, HT-CLI-12 when one does not hold."""
    recorded, proof = directory.trust.believe(entry.receipt, entry.envelope)
    if recorded.event != entry_pb2.ENTRY_EVENT_RECORDED:
        raise HutongError("HT-CLI-12", why="the receipt is for a refusal")
    try:
        header = header_pb2.Header.FromString(entry.envelope.payload)
    except DecodeError as error:
        raise HutongError("HT-ENV-02", part="header") from error
    hub = hub_keys(directory.trust.policy, directory.origin)
    dsse.verify(entry.envelope, header, lambda keyid: signing_key(directory.records, header, keyid, None, hub))
    kind_of(header)
    for signer in header.signers:
        key = directory.records.keys.get(signer.keyid)
        if signer.role == options_pb2.SIGNER_ROLE_OFFICER and (key is None or key.holder != header.sender.contact):
            raise HutongError("HT-SIG-05", needed="OFFICER")
    return Opened(proof.index, header, body, entry.opening)


def timeline(
    statements: Iterable[casework_pb2.StatementSummary],
    duties: Sequence[Duty],
    opened: Iterable[Opened],
    directory: VerifiedDirectory,
) -> list[Event]:
    """Statements and clocks in one order of time."""
    titles = {each.header.message_id: each.title for each in opened}
    events = [
        Event(
            at=each.recorded_at,
            index=each.index,
            kind=each.kind,
            agency=each.agency,
            contact=each.contact,
            contact_name=directory.contact_name(each.contact) if each.contact else "",
            message_id=each.message_id,
            title=titles.get(each.message_id, ""),
        )
        for each in statements
    ]
    newest = max((event.index for event in events), default=0)
    events += [
        Event(duty.record.acknowledge_by, newest, 0, duty.record.agency, duty.record.owner, duty.owner_name)
        for duty in duties
        if duty.pending
    ]
    return sorted(events, key=lambda event: (event.at, event.index))


def plain(message: Any) -> dict[str, Any]:
    """A message as JSON values, with the names of the .proto files; bytes as base64 as protobuf JSON has them."""
    return MessageToDict(message, preserving_proto_field_name=True)
