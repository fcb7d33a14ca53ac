"""open: envelope and header are parsed once, from the bytes that were signed; sizes, contract rules, parts.

What the hub cannot read it must not log: a header with unknown fields or redundant encoding is refused, so that nothing
can be smuggled past the rules of the contract. Only the order of fields is free, as protobuf leaves it to the writer.
"""

from __future__ import annotations

from dataclasses import dataclass

import protovalidate
from google.protobuf.message import DecodeError, Message

from hutong.errors import HutongError
from hutong.identifiers.ids import unix_ms
from hutong.kinds import Kind, kind_of
from hutong.sealing.parts import check_parts
from hutong.v1 import directory_pb2, envelope_pb2, header_pb2, options_pb2

_VALIDATOR = protovalidate.Validator()
_MAX_SEQUENCE = (1 << 63) - 1
_ID_DRIFT_MS = 31 * 24 * 3600 * 1000
_CARDS: dict[str, type[Message]] = {
    "agency_registered": directory_pb2.AgencyCard,
    "contact_nominated": directory_pb2.ContactCard,
}


@dataclass(frozen=True, slots=True)
class Opened:
    """A submission whose bytes are in order; nothing is believed yet."""

    submission: envelope_pb2.Submission
    header: header_pb2.Header
    kind: Kind


def open_submission(submission: envelope_pb2.Submission, origin: str) -> Opened:
    """Parse and bound ``submission``; HT-ENV-…, HT-HDR-… when it breaks the contract."""
    validate(submission, "HT-ENV-03")
    _known_only(submission)
    header = read_header(submission.envelope.payload)
    if header.origin != origin:
        raise HutongError("HT-HDR-05", given=header.origin, origin=origin)
    _check_numbers(header)
    kind = kind_of(header)
    _check_body(submission, kind)
    check_parts(header, submission)
    return Opened(submission, header, kind)


def read_header(payload: bytes) -> header_pb2.Header:
    """The header in ``payload`` if it holds exactly what the contract knows, encoded once; HT-ENV-02, HT-HDR-…"""
    try:
        header = header_pb2.Header.FromString(payload)
    except DecodeError as error:
        raise HutongError("HT-ENV-02", part="header") from error
    # The kind first: an unknown one would otherwise be reported as a field too many.
    if header.WhichOneof("kind") is None:
        raise HutongError("HT-HDR-04")
    _plain(header, payload)
    validate(header, "HT-HDR-01")
    return header


def validate(message: Message, code: str) -> None:
    """Refuse with ``code`` what breaks a rule that the contract states for ``message``."""
    for violation in _VALIDATOR.collect_violations(message, fail_fast=True):
        path = violation.proto.field
        field = ".".join(element.field_name for element in path.elements) if path else violation.proto.rule_id
        raise HutongError(code, field=field, rule=violation.proto.message or violation.proto.rule_id)


def _known_only(message: Message) -> None:
    """Refuse unknown fields anywhere in ``message``."""
    received = message.ByteSize()
    message.DiscardUnknownFields()
    if received != message.ByteSize():
        raise HutongError("HT-HDR-02", surplus=received - message.ByteSize())


def _plain(header: header_pb2.Header, payload: bytes) -> None:
    """Refuse anything but the plain encoding, in whatever order: unknown, repeated or padded fields, a yes but 1.

    The same bytes in another order can only be the same fields in another order; length alone would let a field packed
    more tightly than usual pay for one padded more.
    """
    header.DiscardUnknownFields()
    plain = header.SerializeToString()
    if payload != plain and sorted(payload) != sorted(plain):
        raise HutongError("HT-HDR-02", surplus=max(1, len(payload) - len(plain)))


def _check_numbers(header: header_pb2.Header) -> None:
    """What the contract says in words: a counter that a database can hold, and an id that is a UUIDv7 of its time.

    An id of any other form could be the one that the hub will derive for a statement of its own, and use it up before.
    """
    if header.client_sequence > _MAX_SEQUENCE:
        raise HutongError("HT-HDR-01", field="client_sequence", rule="at most 2^63 - 1")
    made = unix_ms(header.message_id)
    if made is None or abs(made - header.issued_at) > _ID_DRIFT_MS:
        raise HutongError("HT-HDR-01", field="message_id", rule="a UUIDv7 made within 31 days of issued_at")


def _check_body(submission: envelope_pb2.Submission, kind: Kind) -> None:
    """Whether a body and a disclosure are there as the kind wants them."""
    has_body = submission.HasField("sealed")
    wanted = kind.body == options_pb2.BODY_RULE_REQUIRED
    if (wanted and not has_body) or (kind.body == options_pb2.BODY_RULE_FORBIDDEN and has_body):
        raise HutongError("HT-HDR-06", part="sealed")
    if kind.discloses != submission.HasField("disclosure"):
        raise HutongError("HT-HDR-06", part="disclosure")
    if kind.discloses:
        _check_card(submission.disclosure.card, _CARDS[kind.name])
    if submission.HasField("tokens") and not kind.opens_item:
        raise HutongError("HT-HDR-06", part="tokens")


def _check_card(data: bytes, shape: type[Message]) -> None:
    """A card is what the kind says, and nothing else: every client will have to read it."""
    try:
        card = shape.FromString(data)
    except DecodeError as error:
        raise HutongError("HT-ENV-03", field="disclosure.card", rule=shape.DESCRIPTOR.name) from error
    card.DiscardUnknownFields()
    if card.ByteSize() != len(data):
        raise HutongError("HT-ENV-03", field="disclosure.card", rule=shape.DESCRIPTOR.name)
    for field, text in card.ListFields():
        if not str(text).isprintable():
            raise HutongError("HT-ENV-03", field=f"disclosure.card.{field.name}", rule="no control characters")
