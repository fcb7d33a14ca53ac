"""The operator: the log of a hub as it is so far, continued as he likes, with its real key. What he cannot do is sign
for anybody else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from typing import Any

from adapters.runtime.node import Node
from audit.log.growth import Frontier
from audit.log.reader import TileTree
from hub.recorder.seal import Receipts
from hub.state.database import reading
from hub.state.log import StoredLog
from hutong.proofs.checkpoint import Checkpoint
from hutong.proofs.note import Note
from hutong.proofs.tree import leaf_hash
from hutong.signing.dsse import statement_digest
from hutong.v1 import audit_pb2, entry_pb2, envelope_pb2, exchange_pb2, header_pb2
from tests.worlds import RunningHub


class _Tiles:
    """Hash tiles in memory."""

    def __init__(self, entries: list[bytes]) -> None:
        self._tiles: dict[tuple[int, int], bytes] = {}
        self.frontier = Frontier()
        for at in range(0, len(entries), 256):
            self.frontier, made = self.frontier.append([leaf_hash(each) for each in entries[at : at + 256]])
            self._tiles |= {(one.tile.level, one.tile.index): one.data for one in made}

    def read(self, level: int, index: int, width: int) -> bytes:
        return self._tiles[level, index][: width * 32]


class Operator:
    """One continuation of the log. ``serve`` has a node see it instead of the real one."""

    def __init__(self, hub: RunningHub) -> None:
        self._home = hub.home
        with reading(hub.engine) as connection:
            log = StoredLog(connection)
            head = log.head()
            self.entries = list(log.entries(0, head.size if head else 0))

    def note(self) -> Note:
        root = _Tiles(self.entries).frontier.root
        checkpoint = Checkpoint(self._home.settings.origin, len(self.entries), root)
        return checkpoint.signed(self._home.vkey, self._home.key.sign)

    def append(self, entry: entry_pb2.Entry) -> entry_pb2.Receipt:
        """Record ``entry``; its receipt, which verifies."""
        self.entries.append(entry.SerializeToString(deterministic=True))
        receipts = Receipts(TileTree(_Tiles(self.entries)), len(self.entries), str(self.note()))
        return receipts.receipt(len(self.entries) - 1, self.entries[-1])

    def serve(self, node: Node) -> None:
        hub = node.link.hub

        async def consistency(old: int, new: int) -> audit_pb2.GetConsistencyProofResponse:
            hashes = TileTree(_Tiles(self.entries)).consistency_proof(old, new)
            return audit_pb2.GetConsistencyProofResponse(hashes=hashes)

        async def checkpoint() -> Note:
            note = self.note()
            await hub.trust.advance(note, consistency)
            return note

        hub.consistency = consistency  # type: ignore[method-assign]
        hub.checkpoint = checkpoint  # type: ignore[method-assign]


def entry_for(envelope: envelope_pb2.Envelope, **facts: Any) -> entry_pb2.Entry:
    """An entry that repeats the header in ``envelope``; ``facts`` are the hub's own."""
    header = header_pb2.Header.FromString(envelope.payload)
    name = header.WhichOneof("kind")
    assert name is not None
    return entry_pb2.Entry(
        version=1,
        event=entry_pb2.ENTRY_EVENT_RECORDED,
        message_id=header.message_id,
        statement_sha256=statement_digest(envelope),
        commitment=header.commitment,
        agencies=[header.sender.agency, *(to.agency for to in header.recipients)],
        contacts=[header.sender.contact, *(to.contact for to in header.recipients)],
        keyids=[bytes.fromhex(signer.keyid) for signer in header.signers],
        client_sequence=header.client_sequence,
        item_id=header.item_id,
        kind=header_pb2.Header.DESCRIPTOR.fields_by_name[name].number,
        **facts,
    )


class Feed:
    """What the node hears instead of the hub: these messages, and the same again from any cursor."""

    def __init__(self, messages: Iterable[exchange_pb2.SubscribeResponse]) -> None:
        self.messages = list(messages)

    def serve(self, node: Node) -> None:
        node.link.hub.exchange = self  # type: ignore[assignment]

    def Subscribe(self, request: exchange_pb2.SubscribeRequest, **_more: Any) -> Any:
        return _Call(self.messages, request.cursor)


class _Call:
    def __init__(self, messages: list[exchange_pb2.SubscribeResponse], cursor: int) -> None:
        self._left = [each for each in messages if each.next_cursor > cursor]

    async def __aiter__(self) -> AsyncIterator[exchange_pb2.SubscribeResponse]:
        for each in self._left:
            await asyncio.sleep(0)
            yield each

    def cancel(self) -> bool:
        return True


def said(delivery: exchange_pb2.Delivery) -> exchange_pb2.SubscribeResponse:
    """``delivery`` as a stream brings it."""
    return exchange_pb2.SubscribeResponse(next_cursor=delivery.index + 1, delivery=delivery)
