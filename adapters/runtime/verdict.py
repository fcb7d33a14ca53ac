"""Whether a delivery holds: receipt, signature as of recording, the sender's right to sign, and the sealed body.

The hub only transports. What it delivers counts because it is proved in the log and signed with keys that the sender's
head has bound; anything less is stored and said to be so.
"""

from __future__ import annotations

from collections.abc import Mapping

from google.protobuf.message import DecodeError

from adapters.runtime.arrivals import Arrival, Verdict
from adapters.runtime.directory import NodeDirectory
from hutong.errors import HutongError
from hutong.kinds import Kind, kind_of
from hutong.sealing.body import read_unsealed, unseal
from hutong.sealing.keys import OpeningKey
from hutong.v1 import body_pb2, codes_pb2, envelope_pb2, exchange_pb2, header_pb2
from rules.parties import check_sender

_FAILED = codes_pb2.OPENING_RESULT_NOT_VERIFIED
_RESULTS = {
    # Bent on its way: nothing is known of what the sender sealed, so nothing is said about it.
    "HT-SEA-04": _FAILED,
    "HT-SEA-01": codes_pb2.OPENING_RESULT_NOT_OPENED,
    "HT-SEA-02": codes_pb2.OPENING_RESULT_COMMITMENT_MISMATCH,
}


def judge(
    delivery: exchange_pb2.Delivery, directory: NodeDirectory, keys: Mapping[str, OpeningKey], own: str
) -> tuple[Verdict, HutongError | None]:
    """The verdict, and what failed. ``directory`` must reach as far as the entry says; ``own`` is the own agency."""
    try:
        header = header_pb2.Header.FromString(delivery.envelope.payload)
    except DecodeError:
        return Verdict(b"", b"", "", "", False, _FAILED, "HT-HDR-01", 0), HutongError("HT-HDR-01", field="–", rule="–")
    kind, recorded_at = header.WhichOneof("kind") or "", 0
    failure: HutongError | None = None
    result = codes_pb2.OpeningResult.ValueType(_FAILED)
    try:
        recorded_at = _verify(delivery, header, directory)
    except HutongError as error:
        failure = error
    else:
        try:
            result = _open(delivery, header, keys, own)
        except HutongError as error:
            failure, result = error, _RESULTS.get(error.code, codes_pb2.OPENING_RESULT_COMMITMENT_MISMATCH)
    verdict = Verdict(
        message_id=header.message_id,
        item=header.item_id or header.message_id,
        kind=kind,
        agency=header.sender.agency,
        own=header.sender.agency == own,
        result=result,
        code=failure.code if failure else "",
        recorded_at=recorded_at,
        drill=header.facts.drill,
    )
    return verdict, failure


def wants_delivered(verdict: Verdict, delivery: exchange_pb2.Delivery) -> bool:
    """Whether the sender gets a Delivered: not for what did not verify, which may be the carrier's doing; nor for
    receipts, the directory, the hub's word, the agency's own copies, or an erased body."""
    if not verdict.verified or verdict.own or delivery.erased:
        return False
    kind = _kind(delivery.envelope)
    return not (kind.receipt or kind.directory or kind.hub_only)


def wants_rendering(verdict: Verdict, delivery: exchange_pb2.Delivery) -> bool:
    """Whether the agency's own systems get it: what was said to it and holds."""
    opened = (codes_pb2.OPENING_RESULT_OPENED, codes_pb2.OPENING_RESULT_NO_BODY)
    return wants_delivered(verdict, delivery) and verdict.result in opened


def opened(arrival: Arrival, keys: Mapping[str, OpeningKey], own: str) -> body_pb2.Body:
    """The body of a stored arrival, opened now; an empty one where the kind carries none. Errors as ``unsealed``."""
    inside = unsealed(arrival, keys, own)
    return read_unsealed(inside, arrival.header) if inside else body_pb2.Body()


def unsealed(arrival: Arrival, keys: Mapping[str, OpeningKey], own: str) -> bytes:
    """What was sealed, r || body, for whoever checks the commitment again; empty where the kind carries no body.

    HT-NOD-07: erased before it was fetched; HT-SEA-…: it does not open, or holds something else.
    """
    header = arrival.header
    if not header.ciphertext_sha256:
        return b""
    if arrival.erased:
        raise HutongError("HT-NOD-07")
    return unseal(arrival.sealed or envelope_pb2.Sealed(), header, keys, own)


def _verify(delivery: exchange_pb2.Delivery, header: header_pb2.Header, directory: NodeDirectory) -> int:
    """Hub time of recording, once receipt, signatures and the sender's right to sign hold."""
    proved = directory.prove(delivery.receipt, delivery.envelope)
    if proved.index != delivery.index:
        raise HutongError("HT-CLI-12", why="the receipt is for another position")
    at = proved.entry.recorded_at
    check_sender(proved.then, header, kind_of(header), at)
    return at


def _open(
    delivery: exchange_pb2.Delivery, header: header_pb2.Header, keys: Mapping[str, OpeningKey], own: str
) -> codes_pb2.OpeningResult.ValueType:
    if not header.ciphertext_sha256:
        return codes_pb2.OPENING_RESULT_NO_BODY
    if delivery.erased:
        return codes_pb2.OPENING_RESULT_NOT_OPENED
    read_unsealed(unseal(delivery.sealed, header, keys, own), header)
    return codes_pb2.OPENING_RESULT_OPENED


def _kind(envelope: envelope_pb2.Envelope) -> Kind:
    return kind_of(header_pb2.Header.FromString(envelope.payload))
