"""One item as an officer reads it: opened statements with what was checked of them, and one merged timeline."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from google.protobuf.json_format import MessageToDict

from hutong.client.directory import VerifiedDirectory
from hutong.errors import HutongError
from hutong.kinds import kind_of
from hutong.sealing.body import read_unsealed
from hutong.v1 import body_pb2, casework_pb2, header_pb2, node_pb2
from liaison.items import Duty
from liaison.matter import Matter
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

    @property
    def title(self) -> str:
        """The body's title, if it has one."""
        content = self.body.WhichOneof("content") if self.body else None
        return str(getattr(getattr(self.body, content), "title", "")) if content else ""


@dataclass(frozen=True)
class Event:
    """One line of the timeline. ``kind`` is a kind's number, or 0 for the acknowledgement's clock running out.

    ``proved``: checked here against signature and log; everything else is what the hub says.
    """

    at: int
    index: int
    kind: int
    agency: str
    contact: str
    contact_name: str
    message_id: bytes = b""
    title: str = ""
    proved: bool = False
    acting_for: str = ""
    """代理: the contact in whose place ``contact`` acted, with the name."""
    principal_name: str = ""


@dataclass
class ItemView:
    """Everything about one item that its party may see."""

    matter: Matter
    duties: list[Duty]
    timeline: list[Event]
    opened: list[Opened] = field(default_factory=list)
    unopened: HutongError | None = None
    """Why the agency's node could not be asked."""
    receipt_sent: bool = False

    @property
    def opening(self) -> Opened | None:
        """The statement that opened the item."""
        return next((each for each in self.opened if each.header.message_id == self.matter.item), None)


def verified(answer: node_pb2.OpenResponse, directory: VerifiedDirectory) -> Opened:
    """What the node opened, believed for what is proved of it: place in the log, signatures, and the body against the
    signed commitment. HT-LOG-…, HT-CLI-12, HT-SIG-…, HT-DIR-…, HT-SEA-02 when one does not hold."""
    proved = directory.prove(answer.entry.receipt, answer.entry.envelope)
    header, at = proved.header, proved.entry.recorded_at
    check_sender(proved.then, header, kind_of(header), at)
    body = read_unsealed(answer.unsealed, header) if answer.unsealed else None
    return Opened(proved.index, at, header, body, answer.entry.opening)


def timeline(
    statements: Iterable[casework_pb2.StatementSummary],
    duties: Sequence[Duty],
    opened: Iterable[Opened],
    directory: VerifiedDirectory,
) -> list[Event]:
    """Statements and clocks in one order of time; what is proved stands as it was signed, whatever the hub says."""
    proved = {each.header.message_id: each for each in opened}
    told = [each for each in statements if each.message_id not in proved]
    events = [
        Event(
            at=each.recorded_at,
            index=each.index,
            kind=kind_of(each.header).number,
            agency=each.header.sender.agency,
            contact=each.header.sender.contact,
            contact_name=_name(each.header.sender.contact, directory),
            message_id=each.header.message_id,
            title=each.title,
            proved=True,
            acting_for=each.header.sender.acting_for,
            principal_name=_name(each.header.sender.acting_for, directory),
        )
        for each in proved.values()
    ]
    events += [
        Event(
            at=each.recorded_at,
            index=each.index,
            kind=each.kind,
            agency=each.agency,
            contact=each.contact,
            contact_name=_name(each.contact, directory),
            message_id=each.message_id,
        )
        for each in told
    ]
    newest = max((event.index for event in events), default=0)
    events += [
        Event(duty.record.acknowledge_by, newest, 0, duty.record.agency, duty.record.owner, duty.owner_name)
        for duty in duties
        if duty.pending
    ]
    return sorted(events, key=lambda event: (event.at, event.index))


def _name(contact: str, directory: VerifiedDirectory) -> str:
    return directory.contact_name(contact) if contact else ""


def plain(message: Any) -> dict[str, Any]:
    """A message as JSON values, with the names of the .proto files; bytes as base64 as protobuf JSON has them."""
    return MessageToDict(message, preserving_proto_field_name=True)
