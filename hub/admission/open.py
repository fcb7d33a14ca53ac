"""open: envelope and header are parsed once, from the bytes that were signed; sizes, contract rules, parts.

What the hub cannot read it must not log: a header with unknown fields or redundant encoding is refused, so that nothing
can be smuggled past the rules of the contract.
"""

from __future__ import annotations

from dataclasses import dataclass

import protovalidate
from google.protobuf.message import DecodeError, Message

from hutong.errors import HutongError
from hutong.kinds import Kind, kind_of
from hutong.sealing.parts import check_parts
from hutong.v1 import envelope_pb2, header_pb2, options_pb2

_VALIDATOR = protovalidate.Validator()


@dataclass(frozen=True, slots=True)
class Opened:
    """A submission whose bytes are in order; nothing is believed yet."""

    submission: envelope_pb2.Submission
    header: header_pb2.Header
    kind: Kind


def open_submission(submission: envelope_pb2.Submission, origin: str) -> Opened:
    """Parse and bound ``submission``; HT-ENV-…, HT-HDR-… when it breaks the contract."""
    _surplus(submission, None)
    _validate(submission, "HT-ENV-03")
    header = read_header(submission.envelope.payload)
    if header.origin != origin:
        raise HutongError("HT-HDR-05", given=header.origin, origin=origin)
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
    _surplus(header, len(payload))
    _validate(header, "HT-HDR-01")
    return header


def _surplus(message: Message, received: int | None) -> None:
    """Refuse unknown fields; with ``received`` also bytes that a plain encoding would not need (repeated or padded)."""
    known = message.ByteSize() if received is None else received
    message.DiscardUnknownFields()
    surplus = known - message.ByteSize()
    if surplus:
        raise HutongError("HT-HDR-02", surplus=abs(surplus))


def _validate(message: Message, code: str) -> None:
    for violation in _VALIDATOR.collect_violations(message, fail_fast=True):
        path = violation.proto.field
        field = ".".join(element.field_name for element in path.elements) if path else violation.proto.rule_id
        raise HutongError(code, field=field, rule=violation.proto.message or violation.proto.rule_id)


def _check_body(submission: envelope_pb2.Submission, kind: Kind) -> None:
    """Whether a body and a disclosure are there as the kind wants them."""
    has_body = submission.HasField("sealed")
    wanted = kind.body == options_pb2.BODY_RULE_REQUIRED
    if (wanted and not has_body) or (kind.body == options_pb2.BODY_RULE_FORBIDDEN and has_body):
        raise HutongError("HT-HDR-06", part="sealed")
    if kind.discloses != submission.HasField("disclosure"):
        raise HutongError("HT-HDR-06", part="disclosure")
    if submission.HasField("tokens") and not kind.opens_item:
        raise HutongError("HT-HDR-06", part="tokens")
