"""What a hub or node answered instead, as the same error that it raised there."""

from __future__ import annotations

import grpc
import grpc.aio
from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.message import DecodeError
from google.rpc import status_pb2

from hutong.catalogue import load
from hutong.errors import HutongError
from hutong.tls.channel import MAX_MESSAGE
from hutong.v1 import entry_pb2

LOGGED = ("HT-DIR-", "HT-DTY-", "HT-IDN-", "HT-PRM-", "HT-TIM-")
"""What a hub decides about an authentic statement, under its lock: such a refusal is an entry and comes with its proof.
Whatever it says before it knows whose word it is, it says without."""
_DETAILS = "grpc-status-details-bin"
_LATER = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.CANCELLED)


class Refused(HutongError):
    """A refusal by the other side; ``receipt`` is there when it was logged (the id is used up then), and verified where
    a HubClient raises this about a statement."""

    def __init__(self, refusal: entry_pb2.Refusal) -> None:
        known = refusal.code if refusal.code in load("errors") else "HT-CLI-09"
        params = dict(refusal.params) if known == refusal.code else {"code": refusal.code, "why": refusal.why}
        super().__init__(known, **params, trace_id=refusal.trace_id)
        self.said = refusal.code
        """The code as the other side gave it; ``code`` is HT-CLI-09 where this program does not know it."""
        self.receipt = refusal.receipt if refusal.HasField("receipt") else None


def from_call(error: grpc.RpcError | grpc.aio.AioRpcError) -> HutongError:
    """The refusal inside ``error``; HT-CLI-10 when the other side could not be reached, HT-CLI-11, 13 or 14 when what
    it said is nothing of ours. The status itself is for logs: no sentence shows it."""
    for detail in _details(error):
        refusal = entry_pb2.Refusal()
        if detail.Unpack(refusal):
            return Refused(refusal)
    code = error.code()
    if code in _LATER:
        return HutongError("HT-CLI-10", why=code.name)
    if code is grpc.StatusCode.UNIMPLEMENTED:
        return HutongError("HT-CLI-13")
    if code is grpc.StatusCode.RESOURCE_EXHAUSTED:
        return HutongError("HT-CLI-14", limit=MAX_MESSAGE)
    return HutongError("HT-CLI-11", status=code.name)


def retryable(error: HutongError) -> bool:
    """Whether the same bytes may be sent again: nothing was decided."""
    return error.category in ("unavailable", "quota")


def _details(error: grpc.RpcError | grpc.aio.AioRpcError) -> list[AnyMessage]:
    for key, value in tuple(error.trailing_metadata() or ()):
        if key == _DETAILS:
            try:
                return list(status_pb2.Status.FromString(value).details)
            except DecodeError:
                return []
    return []
