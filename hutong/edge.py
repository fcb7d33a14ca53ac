"""The edge to gRPC that every server of ours shares: the one place where an error becomes a status.

Every status carries a hutong.v1.Refusal and a google.rpc.ErrorInfo in its details (``hutong.client.refusals`` reads
them back). The unforeseen becomes HT-SYS-02 with a trace id; what it was stands in the server's own log only.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, NoReturn, TypeVar

import grpc
import grpc.aio
import structlog
from google.protobuf.any_pb2 import Any as AnyMessage
from google.rpc import error_details_pb2, status_pb2

from hutong.catalogue import say
from hutong.errors import Category, HutongError, category
from hutong.v1 import entry_pb2

_log = structlog.get_logger("hutong.edge")
Context = grpc.aio.ServicerContext[Any, Any]
T = TypeVar("T")

STATUS: dict[Category, grpc.StatusCode] = {
    Category.INVALID: grpc.StatusCode.INVALID_ARGUMENT,
    Category.USAGE: grpc.StatusCode.INVALID_ARGUMENT,
    Category.UNAUTHENTICATED: grpc.StatusCode.UNAUTHENTICATED,
    Category.VERIFICATION: grpc.StatusCode.INVALID_ARGUMENT,
    Category.FORBIDDEN: grpc.StatusCode.PERMISSION_DENIED,
    Category.NOT_FOUND: grpc.StatusCode.NOT_FOUND,
    Category.CONFLICT: grpc.StatusCode.ALREADY_EXISTS,
    Category.STATE: grpc.StatusCode.FAILED_PRECONDITION,
    Category.INFEASIBLE: grpc.StatusCode.FAILED_PRECONDITION,
    Category.QUOTA: grpc.StatusCode.RESOURCE_EXHAUSTED,
    Category.UNAVAILABLE: grpc.StatusCode.UNAVAILABLE,
    Category.INTERNAL: grpc.StatusCode.INTERNAL,
}


def refusal_of(error: HutongError, logged: entry_pb2.Receipt | None = None) -> entry_pb2.Refusal:
    """``error`` as it crosses the wire, in English; clients say it again in their own language.

    ``logged``: the receipt of the refusal itself, where it was logged.
    """
    said = error.sentences("en")
    return entry_pb2.Refusal(
        code=error.code,
        what=said.what,
        why=said.why,
        next=f"{said.next} {say('refusal-logged', 'en')}" if logged else said.next,
        trace_id=error.trace_id,
        params=error.params,
        receipt=logged,
    )


async def abort(context: Context, refusal: entry_pb2.Refusal) -> NoReturn:
    """End the call with ``refusal``."""
    code = STATUS[category(refusal.code)]
    status = status_pb2.Status(code=code.value[0], message=f"{refusal.code} {refusal.what}")
    info = error_details_pb2.ErrorInfo(reason=refusal.code, domain="hutong.v1", metadata=refusal.params)
    for detail in (refusal, info):
        packed = AnyMessage()
        packed.Pack(detail)
        status.details.append(packed)
    trailer = (("grpc-status-details-bin", status.SerializeToString()),)
    await context.abort(code, status.message, trailer)
    raise AssertionError("abort returns never")


async def guarded(context: Context, call: Callable[[], Awaitable[T]]) -> T:
    """The result of ``call``; any error of it ends the RPC in order."""
    try:
        return await call()
    except HutongError as error:
        await abort(context, _told(error))
    except (grpc.aio.AbortError, grpc.RpcError):
        raise
    except Exception:
        await abort(context, _unforeseen())


async def guarded_stream(context: Context, messages: AsyncIterator[T]) -> AsyncIterator[T]:
    """The same for a stream of answers."""
    try:
        async for message in messages:
            yield message
    except HutongError as error:
        await abort(context, _told(error))
    except (grpc.aio.AbortError, grpc.RpcError):
        raise
    except Exception:
        await abort(context, _unforeseen())


def _told(error: HutongError) -> entry_pb2.Refusal:
    _log.info("refused", code=error.code, trace_id=error.trace_id)
    return refusal_of(error)


def _unforeseen() -> entry_pb2.Refusal:
    error = HutongError("HT-SYS-02")
    _log.exception("unforeseen", trace_id=error.trace_id)
    return refusal_of(error)
