"""Requests as they come off the wire: what cannot be parsed or breaks the contract is refused in our own words.

gRPC itself would answer INTERNAL, without a code, to bytes that are no message. Submissions are looked at by admission,
each on its own; everything else is checked here, once for all services.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import grpc
import grpc.aio
from google.protobuf.message import DecodeError, Message

from hutong.contract import validate
from hutong.edge import Context, guarded
from hutong.errors import HutongError
from hutong.v1 import exchange_pb2

_OURS = "/hutong.v1."
_LARGEST = (1 << 63) - 1
_BY_ADMISSION = (exchange_pb2.SubmitRequest, exchange_pb2.SubmitBatchRequest, exchange_pb2.SubmitStreamRequest)


class _Unreadable:
    """Stands in for a request that could not be parsed, until the call is there to be refused."""


class Requests(grpc.aio.ServerInterceptor):
    """Wraps each handler of ours once."""

    def __init__(self) -> None:
        self._wrapped: dict[str, Any] = {}

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[Any]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> Any:
        """The handler for this call, with checked requests."""
        method = handler_call_details.method
        if not method.startswith(_OURS):
            return await continuation(handler_call_details)
        if method not in self._wrapped:
            handler = await continuation(handler_call_details)
            if handler is None:
                return None
            self._wrapped[method] = _wrap(handler)
        return self._wrapped[method]


def _wrap(handler: Any) -> Any:
    parse = _lenient(handler.request_deserializer)
    answer = handler.response_serializer
    if handler.unary_unary:

        async def unary_unary(request: Any, context: Context) -> Any:
            await guarded(context, lambda: _checked(request))
            return await handler.unary_unary(request, context)

        return grpc.unary_unary_rpc_method_handler(unary_unary, parse, answer)
    if handler.unary_stream:

        async def unary_stream(request: Any, context: Context) -> AsyncIterator[Any]:
            await guarded(context, lambda: _checked(request))
            async for message in handler.unary_stream(request, context):
                yield message

        return grpc.unary_stream_rpc_method_handler(unary_stream, parse, answer)
    if handler.stream_unary:

        async def stream_unary(requests: AsyncIterator[Any], context: Context) -> Any:
            return await handler.stream_unary(_each_checked(requests), context)

        return grpc.stream_unary_rpc_method_handler(stream_unary, parse, answer)

    async def stream_stream(requests: AsyncIterator[Any], context: Context) -> AsyncIterator[Any]:
        async for message in handler.stream_stream(_each_checked(requests), context):
            yield message

    return grpc.stream_stream_rpc_method_handler(stream_stream, parse, answer)


def _lenient(parse: Callable[[bytes], Message]) -> Callable[[bytes], Message | _Unreadable]:
    def parsed(data: bytes) -> Message | _Unreadable:
        try:
            return parse(data)
        except DecodeError:
            return _Unreadable()

    return parsed


async def _checked(request: Message | _Unreadable) -> None:
    check(request)


async def _each_checked(requests: AsyncIterator[Any]) -> AsyncIterator[Any]:
    async for request in requests:
        check(request)
        yield request


def check(request: Message | _Unreadable) -> None:
    """HT-ENV-02 for what could not be parsed, HT-ENV-03 for what breaks the contract or no database can count."""
    if isinstance(request, _Unreadable):
        raise HutongError("HT-ENV-02", part="request")
    if isinstance(request, _BY_ADMISSION):
        return
    validate(request, "HT-ENV-03")
    for field, value in request.ListFields():
        if isinstance(value, int) and value > _LARGEST:
            raise HutongError("HT-ENV-03", field=field.name, rule="at most 2^63 - 1")
