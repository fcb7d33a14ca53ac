"""What the agency's node holds of one item, verified here, together with what a redirect has brought along."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from google.protobuf.message import DecodeError

from hutong.client.hub import HubClient
from hutong.client.trust import entry_of
from hutong.errors import Category, HutongError
from hutong.kinds import kinds
from hutong.v1 import header_pb2, node_pb2
from liaison.node import NodeClient
from liaison.view import Opened, enclosures, opening_of, redirects_of, verified


@dataclass
class Held:
    """The statements of ``item`` in order of the log."""

    item: bytes
    statements: list[Opened] = field(default_factory=list)
    unasked: HutongError | None = None
    """Why the node could not be asked."""
    doubted: HutongError | None = None
    """Why something that a redirect brought along is not believed."""

    @property
    def opening(self) -> Opened | None:
        """The one that opened it."""
        return opening_of(self.statements, self.item)

    @property
    def redirects(self) -> list[header_pb2.Header]:
        """Those by which it was passed on."""
        return [each.header for each in redirects_of(self.statements, self.item)]


async def hold(hub: HubClient, node: NodeClient | None, item: bytes, *, whole: bool) -> Held:
    """What the node holds of ``item``: all of it with bodies, or only what proves whose matter it is.

    HT-LOG-…, HT-SIG-…, HT-SEA-02 where one statement does not hold; a node that is not there is said in ``unasked``.
    """
    try:
        if node is None:
            raise HutongError("HT-CLI-28")
        answers = await (_all(node, item) if whole else _proofs(node, item))
    except HutongError as error:
        return Held(item, unasked=only_absent(error))
    found = [await _verified(hub, answer) for answer in answers]
    brought, doubted = await _brought_along(hub, node, item, found)
    by_id = {each.header.message_id: each for each in (*brought, *found)}
    return Held(item, sorted(by_id.values(), key=lambda each: each.index), doubted=doubted)


def only_absent(error: HutongError) -> HutongError:
    """``error`` if it only says that there is no node to ask; anything else is raised."""
    if error.category is Category.UNAVAILABLE or error.code == "HT-CLI-28":
        return error
    raise error


def titles(entries: Iterable[node_pb2.InboxEntry]) -> dict[bytes, str]:
    """Titles by item, for lists: of the statement that opened it, else of the redirect by which it came."""
    found: dict[bytes, str] = {}
    for entry in entries:
        kind = kind_in(entry)
        if kind == "redirect" and entry.title:
            found.setdefault(header_pb2.Header.FromString(entry.envelope.payload).item_id, entry.title)
        elif kind:
            found[entry.message_id] = entry.title
    return found


def kind_in(entry: node_pb2.InboxEntry) -> str:
    """The kind of a statement that nobody has verified yet; empty where it cannot be read."""
    try:
        return str(header_pb2.Header.FromString(entry.envelope.payload).WhichOneof("kind") or "")
    except DecodeError:
        return ""


async def _all(node: NodeClient, item: bytes) -> list[node_pb2.OpenResponse]:
    entries = await node.entries(item)
    return [await node.open(each) for each in dict.fromkeys(entry.message_id for entry in entries)]


async def _proofs(node: NodeClient, item: bytes) -> list[node_pb2.OpenResponse]:
    """The opening and the redirects, without bodies."""
    wanted = {name for name, kind in kinds().items() if kind.opens_item} | {"redirect"}
    return [node_pb2.OpenResponse(entry=entry) for entry in await node.entries(item) if kind_in(entry) in wanted]


async def _brought_along(
    hub: HubClient, node: NodeClient, item: bytes, found: list[Opened]
) -> tuple[list[Opened], HutongError | None]:
    """What the redirects among ``found`` enclose of ``item``, where the opening is not at hand.

    What does not hold is left out and said: it is the doing of whoever passed the item on, and keeps nobody from
    sending it back.
    """
    brought: list[Opened] = []
    doubted = None
    for redirect in () if opening_of(found, item) else redirects_of(found, item):
        whole = redirect if redirect.body else await _verified(hub, await node.open(redirect.header.message_id))
        for answer in enclosures(whole):
            try:
                each = await _verified(hub, answer, enclosed=True)
            except HutongError as error:
                doubted = _only_wrong(error)
                continue
            if item in (each.header.message_id, each.header.item_id):
                brought.append(each)
    return brought, doubted


def _only_wrong(error: HutongError) -> HutongError:
    """``error`` if it says that something does not hold; one of the way there is raised."""
    if error.category in (Category.UNAVAILABLE, Category.INTERNAL):
        raise error
    return error


async def _verified(hub: HubClient, answer: node_pb2.OpenResponse, *, enclosed: bool = False) -> Opened:
    await hub.catch_up(entry_of(answer.entry.receipt).directory_index)
    return verified(answer, hub.directory, enclosed=enclosed)
