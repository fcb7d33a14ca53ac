"""What a person hears when the other side answers with nothing of ours."""

from __future__ import annotations

import grpc
import grpc.aio
import pytest

from hutong.catalogue import LANGS
from hutong.client.refusals import from_call
from hutong.errors import HutongError

CODES = {
    grpc.StatusCode.UNAVAILABLE: "HT-CLI-10",
    grpc.StatusCode.DEADLINE_EXCEEDED: "HT-CLI-10",
    grpc.StatusCode.CANCELLED: "HT-CLI-10",
    grpc.StatusCode.UNIMPLEMENTED: "HT-CLI-13",
    grpc.StatusCode.RESOURCE_EXHAUSTED: "HT-CLI-14",
}


def failed(status: grpc.StatusCode) -> HutongError:
    nothing = grpc.aio.Metadata()
    return from_call(grpc.aio.AioRpcError(status, nothing, nothing, details="Received http2 header with status: 502"))


@pytest.mark.parametrize("status", [each for each in grpc.StatusCode if each is not grpc.StatusCode.OK])
def test_no_sentence_shows_a_status(status: grpc.StatusCode) -> None:
    error = failed(status)
    assert error.code == CODES.get(status, "HT-CLI-11") and error.exit_code == 1
    for lang in LANGS:
        said = error.sentences(lang)
        whole = f"{said.what} {said.why} {said.next}"
        assert status.name not in whole and "http2" not in whole and "?" not in whole


def test_what_is_too_large_says_how_large_it_may_be() -> None:
    assert "16777216" in failed(grpc.StatusCode.RESOURCE_EXHAUSTED).sentences("zh").why
