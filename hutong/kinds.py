"""The kinds of statement, read from the contract: nobody keeps a second list.

A kind is a field of the ``kind`` oneof in ``Header`` (proto/hutong/v1/header.proto); what it needs and does stands in
the ``kind`` option of its message (options.proto).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from hutong.errors import HutongError
from hutong.v1 import header_pb2, options_pb2


@dataclass(frozen=True)
class Kind:
    """One kind: its field's name and number in the header, and its options."""

    name: str
    number: int
    required_signers: tuple[int, ...]
    reads: frozenset[int]
    body: int
    mandatable: bool
    opens_item: bool
    obliges: bool
    receipt: bool
    directory: bool
    discloses: bool
    reviewed: bool
    in_person: bool
    answered_by: str
    roster: bool

    @property
    def hub_only(self) -> bool:
        """Whether only the hub itself may issue it."""
        return options_pb2.SIGNER_ROLE_HUB in self.required_signers


@cache
def kinds() -> dict[str, Kind]:
    """Every kind of the contract, by name."""
    found = {}
    for field in header_pb2.Header.DESCRIPTOR.oneofs_by_name["kind"].fields:
        assert field.message_type is not None  # noqa: S101 - every field of the oneof is a message
        o = field.message_type.GetOptions().Extensions[options_pb2.kind]
        found[field.name] = Kind(
            name=field.name,
            number=field.number,
            required_signers=tuple(o.required_signers),
            reads=frozenset(o.reads),
            body=o.body,
            mandatable=o.mandatable,
            opens_item=o.opens_item,
            obliges=o.obliges,
            receipt=o.receipt,
            directory=o.directory,
            discloses=o.discloses,
            reviewed=o.reviewed,
            in_person=o.in_person,
            answered_by=o.answered_by,
            roster=o.roster,
        )
    return found


@cache
def by_number() -> dict[int, Kind]:
    """Every kind of the contract, by its field number in the header."""
    return {kind.number: kind for kind in kinds().values()}


def kind_of(header: header_pb2.Header) -> Kind:
    """The kind that ``header`` carries; HT-HDR-04 when it is none that this contract knows."""
    name = header.WhichOneof("kind")
    if name is None:
        raise HutongError("HT-HDR-04")
    return kinds()[name]


def facts_of(header: header_pb2.Header) -> Any:
    """The kind's own message inside ``header``."""
    return getattr(header, kind_of(header).name)
