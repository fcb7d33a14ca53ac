"""What agencies have made of an item by the four-step method: immutable records, times in ms since 1970 (UTC)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from hutong.v1 import case_codes_pb2

METHODS = 5
"""How many methods of verification there are (case_codes.proto, VerificationMethod 1 to 5)."""


@dataclass(frozen=True, slots=True)
class Docket:
    """台账: one item at one agency that handles it. ``number`` counts the agency's dockets of ``year`` from 1."""

    item: bytes
    agency: str
    stage: int
    opened_at: int
    year: int = 0
    number: int = 0
    risk_index: int = 0
    model_version: int = 0
    discarded_for: int = 0
    methods: tuple[int, ...] = (0,) * METHODS
    """The MethodState of each method, 0 while it is unanswered."""
    waiting_on: tuple[str, ...] = ("",) * METHODS
    finding: int = 0
    tier_proposed: int = 0
    verified_at: int = 0
    reported_at: int = 0
    disposed_at: int = 0
    feedback_at: int = 0
    fresh: bool = False
    """A fresh disposition is owed: what had been transferred came back."""
    case: bytes = b""
    """The item whose case this one has joined."""

    def at_least(self, stage: int) -> bool:
        """Whether the docket has come to ``stage``; a discarded one comes to none after that."""
        return self.stage >= stage and self.stage != case_codes_pb2.DOCKET_STAGE_DISCARDED


@dataclass(frozen=True, slots=True)
class Disposition:
    """The decision in force about one party of a docket; ``statement`` is the one that holds it."""

    item: bytes
    agency: str
    party: int
    tier: int
    steps: tuple[int, ...]
    statement: bytes
    decided_on: str
    decided_at: int
    transfer: bytes = b""
    """The transfer by which it was carried out."""
    late: bool = False
    """The principal decided after the law's time (TSC-2020 article 5)."""
    superseded: int = 0
    """How many earlier decisions it stands in the place of."""


@dataclass(frozen=True, slots=True)
class Transfer:
    """移送: what became of it; its id is the item's. ``docket``: the item whose docket it comes from.

    ``to_agency``: the police to whom it went, or who decided: those of another place, where it was forwarded.
    """

    id: bytes
    docket: bytes
    from_agency: str
    to_agency: str
    parties: tuple[int, ...]
    missing: tuple[int, ...]
    with_property: bool
    made_at: int
    late: bool = False
    """Handed over more than 24 hours after the approval."""
    received_at: int = 0
    decided_at: int = 0
    filed: bool = False
    reason: int = 0
    reconsideration: bytes = b""
    reconsidered_at: int = 0
    handed_back_at: int = 0
    property_at: int = 0

    @property
    def refused(self) -> bool:
        """Whether the police have decided not to file."""
        return self.decided_at > 0 and not self.filed

    @property
    def waits(self) -> bool:
        """Whether the police still owe a decision."""
        return not (self.decided_at or self.handed_back_at)


@dataclass(frozen=True, slots=True)
class Repatriation:
    """教育遣返: so many left, so many are confirmed to have arrived; its id is the item's."""

    id: bytes
    about: bytes
    from_agency: str
    to_agency: str
    persons: int
    arrived: int = 0
    confirmed_at: int = 0


@dataclass(frozen=True, slots=True)
class Dispute:
    """管辖争议 about an item; its id is that of the dispute's own item. ``designated``: empty until somebody is."""

    id: bytes
    about: bytes
    agency: str
    other: str
    superior: str
    designated: str = ""
    designated_at: int = 0


@dataclass(frozen=True, slots=True)
class Ledger:
    """The last number that an agency's ledger gave in a year."""

    agency: str
    year: int
    last: int


CaseRecord: TypeAlias = Docket | Disposition | Transfer | Repatriation | Dispute | Ledger

SHELVES: dict[type[Any], tuple[str, tuple[str, ...]]] = {
    Docket: ("dockets", ("item", "agency")),
    Disposition: ("dispositions", ("item", "agency", "party")),
    Transfer: ("transfers", ("id",)),
    Repatriation: ("repatriations", ("id",)),
    Dispute: ("disputes", ("id",)),
    Ledger: ("ledgers", ("agency", "year")),
}
"""Where ``Casework`` keeps each type of record, and by which of its fields."""


@dataclass
class Casework:
    """The records of casework at one position of the log, by their keys."""

    dockets: dict[tuple[bytes, str], Docket] = field(default_factory=dict)
    dispositions: dict[tuple[bytes, str, int], Disposition] = field(default_factory=dict)
    transfers: dict[tuple[bytes], Transfer] = field(default_factory=dict)
    repatriations: dict[tuple[bytes], Repatriation] = field(default_factory=dict)
    disputes: dict[tuple[bytes], Dispute] = field(default_factory=dict)
    ledgers: dict[tuple[str, int], Ledger] = field(default_factory=dict)
    _decided: dict[tuple[bytes, str], dict[Any, None]] = field(default_factory=dict)
    _transferred: dict[tuple[bytes, str], dict[Any, None]] = field(default_factory=dict)
    _gone: dict[tuple[bytes, str], dict[Any, None]] = field(default_factory=dict)
    _reconsidered: dict[bytes, Any] = field(default_factory=dict)

    def keep(self, records: Iterable[CaseRecord]) -> None:
        """Put ``records`` in place."""
        for record in records:
            shelf, names = SHELVES[type(record)]
            key = tuple(getattr(record, name) for name in names)
            getattr(self, shelf)[key] = record
            match record:
                case Disposition():
                    self._decided.setdefault((record.item, record.agency), {})[key] = None
                case Transfer():
                    self._transferred.setdefault((record.docket, record.from_agency), {})[key] = None
                    self._reconsidered[record.reconsideration] = key
                case Repatriation():
                    self._gone.setdefault((record.about, record.from_agency), {})[key] = None

    def records(self) -> Iterator[CaseRecord]:
        """All of them."""
        for shelf, _ in SHELVES.values():
            yield from getattr(self, shelf).values()

    def dispositions_of(self, item: bytes, agency: str) -> list[Disposition]:
        """The dispositions in force of one docket, by party."""
        return [self.dispositions[key] for key in sorted(self._decided.get((item, agency), ()))]

    def transfers_of(self, item: bytes, agency: str) -> list[Transfer]:
        """The transfers that came of one docket, by id."""
        return [self.transfers[key] for key in sorted(self._transferred.get((item, agency), ()))]

    def reconsidered_in(self, item: bytes) -> Transfer | None:
        """The transfer whose reconsideration ``item`` is."""
        key = self._reconsidered.get(item) if item else None
        return self.transfers[key] if key else None

    def repatriations_of(self, item: bytes, agency: str) -> list[Repatriation]:
        """The repatriations that an agency began over an item, by id."""
        return [self.repatriations[key] for key in sorted(self._gone.get((item, agency), ()))]
