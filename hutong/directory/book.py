"""The duty records of one directory, laid out as they are asked for: by place, by contact, in the order of the log."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from hutong.directory.duties import Absence, Channel, Delegation, Override, Roster, Swap

if TYPE_CHECKING:
    from hutong.directory.records import Directory

T = TypeVar("T")
Place = tuple[str, str]
"""An agency's code and a desk's ("": the whole agency)."""


@dataclass(frozen=True)
class Book:
    """Made by ``of``, once for each directory."""

    rosters: Mapping[Place, tuple[Roster, ...]]
    """Newest first."""
    overrides: Mapping[Place, tuple[Override, ...]]
    """Oldest first."""
    swaps: Mapping[Place, tuple[Swap, ...]]
    """Those accepted, in the order of acceptance."""
    absences: Mapping[str, tuple[Absence, ...]]
    delegations: Mapping[tuple[str, str], tuple[Delegation, ...]]
    """By principal and deputy."""
    channels: Mapping[str, tuple[Channel, ...]]

    @staticmethod
    def of(directory: Directory) -> Book:
        """The book of ``directory``."""
        accepted = (swap for swap in directory.swaps.values() if swap.accepted)
        return Book(
            rosters=_laid_out(directory.rosters.values(), _place, lambda each: -each.order),
            overrides=_laid_out(directory.overrides.values(), _place, _order),
            swaps=_laid_out(accepted, _place, lambda swap: swap.answer_order),
            absences=_laid_out(directory.absences.values(), lambda each: each.contact, _order),
            delegations=_laid_out(directory.delegations.values(), lambda e: (e.principal, e.deputy), _order),
            channels=_laid_out(directory.channels.values(), lambda each: each.contact, _order),
        )

    def absent(self, contact: str, at: int) -> bool:
        """Whether ``contact`` has been declared away for ``at``."""
        return any(absence.covers(at) for absence in self.absences.get(contact, ()))


def _place(record: Any) -> Place:
    return record.agency, record.desk


def _order(record: Any) -> int:
    return int(record.order)


def _laid_out(records: Iterable[T], by: Callable[[T], Any], order: Callable[[T], int]) -> dict[Any, tuple[T, ...]]:
    found: dict[Any, list[T]] = {}
    for record in sorted(records, key=order):
        found.setdefault(by(record), []).append(record)
    return {key: tuple(held) for key, held in found.items()}
