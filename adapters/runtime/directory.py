"""The verified directory as a node keeps it: across restarts without its hub."""

from __future__ import annotations

from dataclasses import dataclass, field

from adapters.runtime.store import Store
from hutong.client.directory import VerifiedDirectory
from hutong.v1 import codes_pb2, entry_pb2


@dataclass
class NodeDirectory(VerifiedDirectory):
    """A directory whose verified statements are in ``store``. The stored ones are verified again at every start."""

    store: Store = field(kw_only=True)

    def sender_type(self, agency: str) -> codes_pb2.AgencyType.ValueType:
        """What ``agency`` is registered as; unspecified where the directory does not know it."""
        known = self.records.agencies.get(agency)
        return codes_pb2.AgencyType.ValueType(known.type) if known else codes_pb2.AGENCY_TYPE_UNSPECIFIED

    def restore(self) -> None:
        """Fold what was stored; HT-DIR-16 if somebody has tampered with it."""
        for row in self.store.all("SELECT evidence FROM directory ORDER BY log_index"):
            super().take(entry_pb2.Evidence.FromString(row["evidence"]))

    def take(self, evidence: entry_pb2.Evidence) -> None:
        """Fold one more statement in and keep it, without the card: a node needs nobody's name."""
        super().take(evidence)
        bare = entry_pb2.Evidence()
        bare.CopyFrom(evidence)
        bare.ClearField("disclosure")
        query = "INSERT OR REPLACE INTO directory VALUES (?, ?)"
        self.store.execute(query, evidence.receipt.index, bare.SerializeToString())
