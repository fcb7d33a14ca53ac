"""What one agency is to another: the second half of every question of who may ask whom (rules/permit)."""

from __future__ import annotations

from enum import StrEnum

from hutong.directory.records import Directory
from hutong.identifiers.divisions import covers


class Relation(StrEnum):
    """What the sender is to the recipient."""

    SELF = "self"
    SUPERIOR = "superior"  # stands above it, however far up
    SUBORDINATE = "subordinate"
    MANDATED = "mandated"  # presses it in a government's name, and stands above nobody by that
    PEER = "peer"  # 不相隶属: everybody else, whatever their levels


PRESSING = (Relation.SUPERIOR, Relation.MANDATED)
"""Whoever may press the other (督办)."""


def relation(directory: Directory, agency: str, other: str) -> Relation:
    """What ``agency`` is to ``other``: exactly one of five; agencies that the directory does not know are peers.

    The line of superiors goes before a mandate, so that nobody presses whoever stands above them.
    """
    if agency == other:
        return Relation.SELF
    if agency in superiors(directory, other):
        return Relation.SUPERIOR
    if other in superiors(directory, agency):
        return Relation.SUBORDINATE
    sender, recipient = directory.agencies.get(agency), directory.agencies.get(other)
    if sender and recipient and sender.mandated and covers(sender.region, recipient.region):
        return Relation.MANDATED
    return Relation.PEER


def superiors(directory: Directory, agency: str) -> tuple[str, ...]:
    """The agencies above ``agency``, nearest first."""
    found: list[str] = []
    place = directory.agencies.get(agency)
    while place and place.parent and place.parent not in found:
        found.append(place.parent)
        place = directory.agencies.get(place.parent)
    return tuple(found)
