"""刑事追诉标准 (rules/data/thresholds.toml): which rules exact figures fire, and whether a header's bands bear them.

Figures are evaluated on the agency's side, where they may be read: a rule proposes a tier with its citation, a named
officer decides and signs. The hub sees bands only, and refuses no more than what contradicts itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from hutong.errors import HutongError
from hutong.v1 import case_codes_pb2, case_kinds_pb2, codes_pb2
from rules.data import THRESHOLDS

VERSION: int = THRESHOLDS["version"]

_PARTICIPANT_FLOORS = (
    (120, codes_pb2.PARTICIPANT_BAND_120_OR_MORE),
    (60, codes_pb2.PARTICIPANT_BAND_60_TO_119),
    (30, codes_pb2.PARTICIPANT_BAND_30_TO_59),
)
_AMOUNT_FLOORS = (
    (2_500_000, codes_pb2.AMOUNT_BAND_2_5M_OR_MORE),
    (1_000_000, codes_pb2.AMOUNT_BAND_1M_TO_2_5M),
    (100_000, codes_pb2.AMOUNT_BAND_100K_TO_1M),
)


@dataclass(frozen=True, slots=True)
class Threshold:
    """One rule; a figure of 0 is not asked for. ``amount`` in yuan."""

    id: str
    tier: str
    offence: str
    citation: str
    confidence: str
    participants: int = 0
    levels: int = 0
    amount: int = 0
    serious: bool = False
    repeat: bool = False
    grave: bool = False

    @property
    def tier_number(self) -> int:
        """Its Tier."""
        return case_codes_pb2.Tier.Value(f"TIER_{self.tier}")


@dataclass(frozen=True, slots=True)
class Figures:
    """What an agency has found about one organisation: people of joined organisations counted together, levels the
    organiser's own included, yuan paid in; punished before (convicted, or within one year) and recruiting again; death,
    breakdown or other grave consequences; any evidence of the conduct itself."""

    participants: int
    levels: int
    amount: Decimal
    repeat: bool = False
    grave: bool = False
    conduct: bool = True


@cache
def thresholds() -> Mapping[str, Threshold]:
    """All rules by id, in the table's order."""
    return {row["id"]: Threshold(**row) for row in THRESHOLDS["rule"]}


def fired(figures: Figures) -> list[Threshold]:
    """The rules that ``figures`` fire, the gravest tier first; among equals the table's order."""
    found = [rule for rule in thresholds().values() if _fires(rule, figures)]
    return sorted(found, key=lambda rule: -rule.tier_number)


def _fires(rule: Threshold, figures: Figures) -> bool:
    if rule.tier == "B" and not figures.conduct:
        return False
    if (rule.repeat and not figures.repeat) or (rule.grave and not figures.grave):
        return False
    enough = figures.participants >= rule.participants and figures.levels >= rule.levels
    return enough and figures.amount >= rule.amount


def check_coherent(said: case_kinds_pb2.Verified) -> None:
    """The facts of ``said`` name rules that exist, and their bands bear them; HT-CSW-08 and HT-CSW-09.

    A tier that is proposed has a rule that speaks for it; without a finding that a violation is there, none is.
    """
    known = thresholds()
    for name in said.threshold_rules:
        if name not in known or said.threshold_version != VERSION:
            raise HutongError("HT-CSW-08", rule=name, version=VERSION)
        if not _borne(known[name], said):
            raise HutongError("HT-CSW-09", rule=name)
    tiers = {known[name].tier_number for name in said.threshold_rules}
    if said.tier_proposed and said.tier_proposed not in tiers:
        raise HutongError("HT-CSW-10")
    proven = (case_codes_pb2.FINDING_CONFIRMED, case_codes_pb2.FINDING_OTHER_VIOLATION)
    if said.tier_proposed > case_codes_pb2.TIER_A and said.finding not in proven:
        raise HutongError("HT-CSW-11")


def _borne(rule: Threshold, said: case_kinds_pb2.Verified) -> bool:
    """Whether the bands of ``said`` can stand for figures that fire ``rule``."""
    levels = said.levels == case_codes_pb2.LEVEL_BAND_3_OR_MORE or rule.levels < 3
    people = said.participants >= participant_band(rule.participants)
    return levels and people and said.amount >= amount_band(rule.amount)


def participant_band(count: int) -> int:
    """The ParticipantBand in which ``count`` lies; 0 for none asked."""
    if not count:
        return 0
    under = codes_pb2.PARTICIPANT_BAND_UNDER_30
    return next((band for floor, band in _PARTICIPANT_FLOORS if count >= floor), under)


def amount_band(yuan: Decimal | int) -> int:
    """The AmountBand in which ``yuan`` lies; 0 for none asked."""
    if not yuan:
        return 0
    return next((band for floor, band in _AMOUNT_FLOORS if yuan >= floor), codes_pb2.AMOUNT_BAND_UNDER_100K)
