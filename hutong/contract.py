"""The contract's rules for what was signed: fields (buf.validate), one encoding, known fields and kinds only.

The hub admits nothing else, officers ask before they sign, and whoever replays a log looks at each header once more.
What a hub cannot read it must not log: with unknown fields or redundant encoding anything could be smuggled past the
rules. Only the order of fields is free, as protobuf leaves it to the writer.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from google.protobuf.message import DecodeError, Message

from hutong.errors import HutongError
from hutong.identifiers.ids import unix_ms
from hutong.v1 import header_pb2

if TYPE_CHECKING:
    from protovalidate import Validator

_MAX_SEQUENCE = (1 << 63) - 1
_ID_DRIFT_MS = 31 * 24 * 3600 * 1000


def read_header(payload: bytes, *, by_hub: bool = False) -> header_pb2.Header:
    """The header in ``payload`` if it holds exactly what the contract knows, encoded once; HT-ENV-02, HT-HDR-…

    ``by_hub``: the hub made it itself, so its id is derived (rules/hub_statements.py) and no UUIDv7.
    """
    try:
        header = header_pb2.Header.FromString(payload)
    except DecodeError as error:
        raise HutongError("HT-ENV-02", part="header") from error
    # The kind first: an unknown one would otherwise be reported as a field too many.
    if header.WhichOneof("kind") is None:
        raise HutongError("HT-HDR-04")
    _plain(header, payload)
    validate(header, "HT-HDR-01")
    if header.client_sequence > _MAX_SEQUENCE:
        raise HutongError("HT-HDR-01", field="client_sequence", rule="at most 2^63 - 1")
    if not by_hub:
        _check_id(header)
    return header


def validate(message: Message, code: str) -> None:
    """Refuse with ``code`` what breaks a rule that the contract states for ``message``."""
    for violation in _validator().collect_violations(message, fail_fast=True):
        path = violation.proto.field
        field = ".".join(element.field_name for element in path.elements) if path else violation.proto.rule_id
        raise HutongError(code, field=field, rule=violation.proto.message or violation.proto.rule_id)


def known_only(message: Message) -> None:
    """Refuse unknown fields anywhere in ``message`` with HT-HDR-02."""
    received = message.ByteSize()
    message.DiscardUnknownFields()
    if received != message.ByteSize():
        raise HutongError("HT-HDR-02", surplus=received - message.ByteSize())


@cache
def _validator() -> Validator:
    # Slow to import, and many a command never needs it.
    import protovalidate

    return protovalidate.Validator()


def _plain(header: header_pb2.Header, payload: bytes) -> None:
    """Refuse anything but the plain encoding, in whatever order: unknown, repeated or padded fields, a yes but 1.

    The same bytes in another order can only be the same fields in another order; length alone would let a field packed
    more tightly than usual pay for one padded more.
    """
    header.DiscardUnknownFields()
    plain = header.SerializeToString()
    if payload != plain and sorted(payload) != sorted(plain):
        raise HutongError("HT-HDR-02", surplus=max(1, len(payload) - len(plain)))


def _check_id(header: header_pb2.Header) -> None:
    """What the contract says in words: an id is a UUIDv7 of its time.

    One of any other form could be the one that the hub will derive for a statement of its own, and use it up before.
    """
    made = unix_ms(header.message_id)
    if made is None or abs(made - header.issued_at) > _ID_DRIFT_MS:
        raise HutongError("HT-HDR-01", field="message_id", rule="a UUIDv7 made within 31 days of issued_at")
