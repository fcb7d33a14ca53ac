"""The verified directory as a node keeps it: across restarts without its hub, and as it stood at any entry.

Old signatures are judged by the directory as of recording. Keys carry their own times and are never bound twice, so
they can be looked up as they are; a contact is replaced when named anew or withdrawn, so every version of one stays.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from adapters.runtime.store import Store
from hutong.client.directory import VerifiedDirectory
from hutong.directory.records import Contact, Directory
from hutong.v1 import entry_pb2


@dataclass
class NodeDirectory(VerifiedDirectory):
    """A directory whose verified statements are in ``store``. The stored ones are verified again at every start."""

    store: Store = field(kw_only=True)
    _versions: dict[str, list[tuple[int, Contact]]] = field(default_factory=dict)
    _as_of: tuple[int, int, Directory] | None = None

    def restore(self) -> None:
        """Fold what was stored; HT-DIR-16 if somebody has tampered with it."""
        for row in self.store.all("SELECT evidence FROM directory ORDER BY log_index"):
            self._fold(entry_pb2.Evidence.FromString(row["evidence"]))

    def take(self, evidence: entry_pb2.Evidence) -> None:
        """Fold one more statement in and keep it, without the card: a node needs nobody's name."""
        self._fold(evidence)
        bare = entry_pb2.Evidence(envelope=evidence.envelope, receipt=evidence.receipt)
        query = "INSERT OR REPLACE INTO directory VALUES (?, ?)"
        self.store.execute(query, evidence.receipt.index, bare.SerializeToString())

    def _fold(self, evidence: entry_pb2.Evidence) -> None:
        before = self.records.contacts
        super().take(evidence)
        for contact in self.records.contacts.values():
            if before.get(contact.id) is not contact:
                self._versions.setdefault(contact.id, []).append((evidence.receipt.index, contact))

    def as_of(self, index: int) -> Directory:
        """The directory as the entry at ``index`` found it (keys revoked since then say so by their time)."""
        if self.records.index <= index:
            return self.records
        if self._as_of and self._as_of[:2] == (index, self.next_index):
            return self._as_of[2]
        contacts = {
            contact: version for contact, held in self._versions.items() for since, version in held if since < index
        }
        keys = {key.keyid: key for key in self.records.keys.values() if key.order < index}
        found = replace(self.records, contacts=contacts, keys=keys, index=index)
        self._as_of = (index, self.next_index, found)
        return found
