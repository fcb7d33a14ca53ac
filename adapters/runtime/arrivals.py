"""The inbox as rows: what arrived, whether it held, and how far the node has read.

Envelope, sealed body and receipt are stored as they came. Bodies are opened on demand, so that nothing of them lies on
the disk in the clear.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from adapters.runtime.store import Store
from hutong.v1 import codes_pb2, entry_pb2, envelope_pb2, exchange_pb2, header_pb2

_CURSOR = "cursor"
_BARE = "erased = 1"
_DOUBTED = f"{_BARE} OR result = {int(codes_pb2.OPENING_RESULT_NOT_VERIFIED)}"


@dataclass(frozen=True)
class Verdict:
    """What was found of a delivery. ``code`` says why not, where something failed; ``recorded_at`` is hub time."""

    message_id: bytes
    item: bytes
    kind: str
    agency: str
    own: bool
    result: codes_pb2.OpeningResult.ValueType
    code: str
    recorded_at: int
    drill: bool = False
    """演练: what answers it is marked alike."""

    @property
    def verified(self) -> bool:
        """Whether signature and inclusion hold."""
        return self.result != codes_pb2.OPENING_RESULT_NOT_VERIFIED


@dataclass(frozen=True)
class Arrival:
    """One row of the inbox."""

    index: int
    verdict: Verdict
    envelope: envelope_pb2.Envelope
    sealed: envelope_pb2.Sealed | None
    receipt: entry_pb2.Receipt
    erased: bool

    @property
    def header(self) -> header_pb2.Header:
        """The header; readable unless the kind is empty."""
        return header_pb2.Header.FromString(self.envelope.payload)


class Arrivals:
    """The inbox in the store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    @property
    def cursor(self) -> int:
        """How many entries of the log have been seen."""
        return self._store.recall(_CURSOR) or 0

    def move(self, cursor: int) -> None:
        """Note that everything before ``cursor`` has been seen; never backwards."""
        if cursor > self.cursor:
            self._store.remember(_CURSOR, cursor)

    def put(self, delivery: exchange_pb2.Delivery, verdict: Verdict, *, render: bool) -> bool:
        """Store a delivery; False if it was there. One that did not verify gives way to a later one that does, one that
        came without its body to one that opens."""
        sealed = delivery.sealed.SerializeToString() if delivery.HasField("sealed") else None
        changed = self._store.execute(
            "INSERT INTO inbox VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (log_index) DO UPDATE SET message_id = excluded.message_id, item = excluded.item,"
            " kind = excluded.kind, agency = excluded.agency, own = excluded.own, envelope = excluded.envelope,"
            " sealed = excluded.sealed, receipt = excluded.receipt, result = excluded.result, code = excluded.code,"
            " erased = excluded.erased, recorded_at = excluded.recorded_at, unrendered = excluded.unrendered"
            " WHERE (inbox.result = ?15 AND excluded.result <> ?15) OR (inbox.result = ?16 AND excluded.result = ?17)",
            delivery.index,
            verdict.message_id,
            verdict.item,
            verdict.kind,
            verdict.agency,
            verdict.own,
            delivery.envelope.SerializeToString(),
            sealed,
            delivery.receipt.SerializeToString(),
            verdict.result,
            verdict.code,
            delivery.erased,
            verdict.recorded_at,
            render,
            int(codes_pb2.OPENING_RESULT_NOT_VERIFIED),
            int(codes_pb2.OPENING_RESULT_NOT_OPENED),
            int(codes_pb2.OPENING_RESULT_OPENED),
        )
        return changed > 0

    def explain(self, item: bytes) -> None:
        """Note which bodies of ``item`` are gone because an Erased in the log says so, and not only the hub."""
        query = "SELECT envelope FROM inbox WHERE item = ? AND kind = 'erased' AND result <> ?"
        for row in self._store.all(query, item, int(codes_pb2.OPENING_RESULT_NOT_VERIFIED)):
            erasure = header_pb2.Header.FromString(envelope_pb2.Envelope.FromString(row["envelope"]).payload)
            query = "UPDATE inbox SET erased = 2 WHERE message_id = ? AND erased = 1"
            self._store.execute(query, erasure.in_reply_to)

    def unexplained(self) -> list[int]:
        """Indices of bodies that the hub calls erased without an Erased in the log."""
        query = f"SELECT log_index FROM inbox WHERE {_BARE}"  # noqa: S608 - a constant
        return [row["log_index"] for row in self._store.all(query)]

    def doubtful(self, limit: int) -> list[tuple[int, str]]:
        """Index and code of what did not verify, or came without its body on the hub's bare word, newest first."""
        query = f"SELECT log_index, code FROM inbox WHERE {_DOUBTED} ORDER BY log_index DESC LIMIT ?"  # noqa: S608 - a constant
        return [(row["log_index"], row["code"]) for row in self._store.all(query, limit)]

    def get(self, message_id: bytes) -> Arrival | None:
        """The arrival of that message; the verified one, should there be two that claim the id."""
        query = "SELECT * FROM inbox WHERE message_id = ? ORDER BY result = ?, log_index LIMIT 1"
        row = self._store.first(query, message_id, int(codes_pb2.OPENING_RESULT_NOT_VERIFIED))
        return None if row is None else _arrival(row)

    def newest(self, limit: int, item: bytes = b"") -> list[Arrival]:
        """The newest arrivals first; of one item, if given."""
        query = "SELECT * FROM inbox WHERE ?1 = x'' OR item = ?1 ORDER BY log_index DESC LIMIT ?2"
        return [_arrival(row) for row in self._store.all(query, item, limit)]

    def unrendered(self, limit: int) -> list[Arrival]:
        """What is still to be written out for the agency's systems, oldest first."""
        query = "SELECT * FROM inbox WHERE unrendered ORDER BY log_index LIMIT ?"
        return [_arrival(row) for row in self._store.all(query, limit)]

    def set_unrendered(self, message_id: bytes, unrendered: bool) -> None:
        """Ask for writing out, or note that it is done."""
        self._store.execute("UPDATE inbox SET unrendered = ? WHERE message_id = ?", unrendered, message_id)

    def inquiries(self, own: str) -> list[Arrival]:
        """Opened inquiries of others that this agency has not closed, oldest first."""
        closing = "SELECT item FROM inbox WHERE agency = ?1 AND kind IN ('completed', 'return') AND result <> ?2"
        query = (
            "SELECT * FROM inbox WHERE kind = 'inquiry' AND NOT own AND result = ?3"  # noqa: S608 - constants only
            f" AND item NOT IN ({closing}) ORDER BY log_index"
        )
        unverified = int(codes_pb2.OPENING_RESULT_NOT_VERIFIED)
        rows = self._store.all(query, own, unverified, int(codes_pb2.OPENING_RESULT_OPENED))
        return [_arrival(row) for row in rows]

    def is_acknowledged(self, item: bytes) -> bool:
        """Whether this agency's own 签收 of ``item`` stands in the log."""
        query = "SELECT 1 FROM inbox WHERE item = ? AND kind = 'acknowledged' AND own AND result <> ?"
        return self._store.first(query, item, int(codes_pb2.OPENING_RESULT_NOT_VERIFIED)) is not None

    def count(self) -> int:
        """How many statements have arrived."""
        return int(self._store.one("SELECT count(*) FROM inbox")[0])

    def about(self, wanted: bytes) -> list[dict[str, Any]]:
        """What the inbox knows of a message or an item."""
        query = "SELECT * FROM inbox WHERE message_id = ?1 OR item = ?1 ORDER BY log_index"
        return [
            {
                "index": row["log_index"],
                "message_id": row["message_id"].hex(),
                "item": row["item"].hex(),
                "kind": row["kind"],
                "agency": row["agency"],
                "result": codes_pb2.OpeningResult.Name(row["result"]).removeprefix("OPENING_RESULT_").lower(),
                "code": row["code"],
                "erased": bool(row["erased"]),
                "recorded_at": row["recorded_at"],
            }
            for row in self._store.all(query, wanted)
        ]


def _arrival(row: Any) -> Arrival:
    verdict = Verdict(
        message_id=row["message_id"],
        item=row["item"],
        kind=row["kind"],
        agency=row["agency"],
        own=bool(row["own"]),
        result=row["result"],
        code=row["code"],
        recorded_at=row["recorded_at"],
    )
    sealed = None if row["sealed"] is None else envelope_pb2.Sealed.FromString(row["sealed"])
    return Arrival(
        index=row["log_index"],
        verdict=verdict,
        envelope=envelope_pb2.Envelope.FromString(row["envelope"]),
        sealed=sealed,
        receipt=entry_pb2.Receipt.FromString(row["receipt"]),
        erased=bool(row["erased"]),
    )
