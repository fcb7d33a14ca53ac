"""open: envelope and header are parsed once, from the bytes that were signed; sizes, contract rules, parts."""

from __future__ import annotations

from dataclasses import dataclass

from google.protobuf.message import DecodeError, Message

from hutong.contract import known_only, read_header, validate
from hutong.errors import HutongError
from hutong.kinds import Kind, kind_of
from hutong.sealing.parts import check_parts
from hutong.v1 import directory_pb2, envelope_pb2, header_pb2, options_pb2

_CARDS: dict[str, type[Message]] = {
    "agency_registered": directory_pb2.AgencyCard,
    "contact_nominated": directory_pb2.ContactCard,
    "channel_named": directory_pb2.ChannelCard,
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
    known_only(submission)
    header = read_header(submission.envelope.payload)
    if header.origin != origin:
        raise HutongError("HT-HDR-05", given=header.origin, origin=origin)
    kind = kind_of(header)
    _check_body(submission, kind)
    check_parts(header, submission)
    return Opened(submission, header, kind)


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
