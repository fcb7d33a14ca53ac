"""A fuzz pass over Submit: whatever is done to a valid submission, the answer is a refusal of ours or a receipt."""

from __future__ import annotations

from typing import Any

import grpc
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hutong.client.refusals import Refused, from_call
from hutong.signing import dsse
from hutong.v1 import envelope_pb2, exchange_pb2, header_pb2

SETTINGS = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
Edits = list[tuple[str, int, int]]
edits = st.lists(
    st.tuples(
        st.sampled_from(["flip", "drop", "insert", "repeat", "cut"]), st.integers(0, 1 << 16), st.integers(0, 255)
    ),
    min_size=1,
    max_size=4,
)


def edited(data: bytes, changes: Edits) -> bytes:
    for how, where, value in changes:
        at = where % max(1, len(data))
        match how:
            case "flip":
                data = data[:at] + bytes([(data[at] if data else 0) ^ (value or 1)]) + data[at + 1 :]
            case "drop":
                data = data[:at] + data[at + 1 + value % 8 :]
            case "insert":
                data = data[:at] + bytes([value] * (1 + value % 4)) + data[at:]
            case "repeat":
                data = data[:at] + data[at : at + value] + data[at:]
            case "cut":
                data = data[:at]
    return data


async def answer(crowd: Any, request: bytes) -> str:
    """ "receipt" or the refusal's code; fails on anything that is not an answer of ours."""
    client = await crowd.world.client_as_is(crowd.banking.liaison.profile)
    call = client._channel.unary_unary("/hutong.v1.Exchange/Submit")
    try:
        exchange_pb2.SubmitResponse.FromString(await call(request))
    except grpc.aio.AioRpcError as error:
        assert error.code() not in (grpc.StatusCode.INTERNAL, grpc.StatusCode.UNKNOWN), error.details()
        refused = from_call(error)
        assert isinstance(refused, Refused), (error.code(), error.details())
        assert refused.code != "HT-SYS-02"
        return refused.code
    return "receipt"


async def valid(crowd: Any) -> envelope_pb2.Submission:
    from tests.worlds import lead_letter

    return await crowd.world.write(lead_letter(), crowd.banking.officer(), crowd.banking.liaison.profile)


@SETTINGS
@given(changes=edits)
def test_mutated_requests(crowd: Any, changes: Edits) -> None:
    async def story() -> None:
        request = exchange_pb2.SubmitRequest(submission=await valid(crowd)).SerializeToString()
        await answer(crowd, edited(request, changes))

    crowd.run(story())


@SETTINGS
@given(changes=edits)
def test_mutated_headers_signed_as_they_are(crowd: Any, changes: Edits) -> None:
    async def story() -> None:
        made = await valid(crowd)
        payload = edited(made.envelope.payload, changes)
        made.envelope.CopyFrom(dsse.sign(payload, [crowd.banking.liaison.key]))
        code = await answer(crowd, exchange_pb2.SubmitRequest(submission=made).SerializeToString())
        if code == "receipt":
            header = header_pb2.Header.FromString(payload)
            assert sorted(header.SerializeToString()) == sorted(payload)

    crowd.run(story())


@SETTINGS
@given(data=st.binary(max_size=200))
def test_noise(crowd: Any, data: bytes) -> None:
    async def story() -> None:
        assert await answer(crowd, data) != "receipt"

    crowd.run(story())
