"""What a decision sees: the directory, and the items, obligations and statements that its kind declared to read.

The hub loads those under the head lock and lays each decision's changes over them, so that later statements of a batch
see earlier ones; replay keeps everything in memory. Both are this one class.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from hutong.directory.records import PLACES, Directory
from rules.casework.records import Casework, Disposition, Dispute, Docket, Ledger, Repatriation, Transfer
from rules.records import Approval, Handover, Item, Obligation, Record, Recorded


@dataclass
class State:
    """The state at one position of the log; ``apply`` moves it on."""

    directory: Directory = field(default_factory=Directory)
    items: dict[bytes, Item] = field(default_factory=dict)
    obligations: dict[tuple[bytes, str], Obligation] = field(default_factory=dict)
    statements: dict[bytes, Recorded] = field(default_factory=dict)
    handovers: dict[bytes, Handover] = field(default_factory=dict)
    approvals: dict[bytes, Approval] = field(default_factory=dict)
    casework: Casework = field(default_factory=Casework)
    case_sequences: dict[bytes, int] = field(default_factory=dict)
    _marked: dict[tuple[str, bytes], dict[bytes, None]] = field(default_factory=dict)

    def obligations_of(self, item: bytes) -> list[Obligation]:
        """The obligations of ``item`` known here, by agency; only parties have one."""
        known = self.items.get(item)
        parties = sorted(known.parties) if known else ()
        return [self.obligations[item, agency] for agency in parties if (item, agency) in self.obligations]

    def owned_by(self, contact: str) -> list[Obligation]:
        """The open obligations that ``contact`` owns, by item."""
        owned = (o for o in self.obligations.values() if o.owner == contact and o.open)
        return sorted(owned, key=lambda o: o.item)

    def same_matter(self, item: Item) -> list[Obligation]:
        """The obligations of earlier items that the same agency has marked as the same matter."""
        if not item.dedup_key:
            return []
        ids = self._marked.get((item.from_agency, item.dedup_key), {})
        return [duty for one in ids for duty in self.obligations_of(one)]

    def apply(self, records: Iterable[Record], index: int) -> None:
        """Put ``records`` in place; ``index`` is the position of the entry that they come from."""
        about_directory = []
        for record in records:
            match record:
                case Item():
                    self.keep(record)
                case Obligation():
                    self.obligations[record.item, record.agency] = record
                case Handover():
                    self.handovers[record.id] = record
                case Approval():
                    self.approvals[record.id] = record
                case Docket() | Disposition() | Transfer() | Repatriation() | Dispute() | Ledger():
                    self.casework.keep([record])
                case _ if type(record) in PLACES:
                    about_directory.append(record)
        if about_directory:
            self.directory = self.directory.with_records(about_directory, index + 1)

    def keep(self, item: Item) -> None:
        """Put ``item`` in place, findable by its mark."""
        self.items[item.id] = item
        if item.dedup_key:
            self._marked.setdefault((item.from_agency, item.dedup_key), {})[item.id] = None

    def remember(self, statement: Recorded) -> None:
        """Keep what later statements may refer to."""
        self.statements[statement.message_id] = statement

    def erase(self, message_id: bytes) -> None:
        """Keep that the body of a remembered statement is gone."""
        self.statements[message_id] = replace(self.statements[message_id], erased=True)
