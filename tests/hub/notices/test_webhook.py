"""Webhooks before a real server: signed as documented, to allowed hosts only, and nothing that comes back can hurt."""

from __future__ import annotations

import asyncio
import base64
import json
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from hub.home import verifier_key
from hub.notices.webhook import CONTENT_TYPE, Webhooks
from hutong.errors import HutongError
from hutong.signing import detached
from hutong.signing.keys import SigningKey
from tests.hub.notices.conftest import Office
from tests.hub.notices.test_mail import CONTACT, certificate_of_silence, letter
from tests.receivers import Receiver, certificate
from tests.towns import NOW, ORIGIN


def called(hooks: Webhooks, url: str, what: Any = None) -> None:
    async def story() -> None:
        try:
            await hooks.send(what or letter(None), url)
        finally:
            await hooks.close()

    asyncio.run(story())


def refused(hooks: Webhooks, url: str) -> tuple[str, str]:
    with pytest.raises(HutongError) as caught:
        called(hooks, url)
    assert caught.value.__cause__ is None
    return caught.value.code, caught.value.params.get("status", "")


def on_loopback(office: Office, receiver: Receiver) -> Webhooks:
    return Webhooks(ORIGIN, office.key, [receiver.host], plain_on_loopback=True)


def test_the_receiver_can_tell_that_the_hub_has_signed_it(office: Office, tmp_path: Path) -> None:
    """With nothing but the policy file's key, the header and the body, as docs/integrator.md says."""
    tls, ca = certificate(tmp_path)
    receiver, header = Receiver(tls), certificate_of_silence()
    with receiver.running():
        called(Webhooks(ORIGIN, office.key, [receiver.host], ca), receiver.url, letter(header, 4711))
    (call,) = receiver.calls
    assert json.loads(call.body) == {
        "version": 1,
        "origin": ORIGIN,
        "notice": header.message_id.hex(),
        "kind": "non_response",
        "contact": CONTACT,
        "issued_at": NOW,
        "index": 4711,
        "statement": header.message_id.hex(),
        "item": header.item_id.hex(),
        "item_kind": "lead",
        "agency": "police",
        "clock": "attention",
        "due_at": header.non_response.due_at,
    }
    assert call.headers["Content-Type"] == CONTENT_TYPE
    assert not {"User-Agent", "Cookie", "Authorization"} & set(call.headers)
    key, value = verifier_key(ORIGIN, office.key), call.headers[detached.HEADER]
    detached.verify(call.body, CONTENT_TYPE, value, key.holds)
    other = verifier_key(ORIGIN, SigningKey.generate())
    keyid, _, signature = value.partition(" ")
    bent = base64.b64encode(bytes(64)).decode()
    for body, kind, given, by in (
        (call.body + b" ", CONTENT_TYPE, value, key),
        (call.body, "application/json", value, key),
        (call.body, CONTENT_TYPE, value, other),
        (call.body, CONTENT_TYPE, f"{keyid} {bent}", key),
        (call.body, CONTENT_TYPE, f"{keyid} {signature[:-1]}!", key),
        (call.body, CONTENT_TYPE, "", key),
    ):
        with pytest.raises(HutongError) as caught:
            detached.verify(body, kind, given, by.holds)
        assert caught.value.code == "HT-SIG-03"


def test_a_test_says_that_it_is_one(office: Office) -> None:
    receiver = Receiver()
    with receiver.running():
        called(on_loopback(office, receiver), receiver.url)
    (call,) = receiver.calls
    said = json.loads(call.body)
    assert said["kind"] == "test" and said["issued_at"] == NOW and "item" not in said


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (200, ""),
        (204, ""),
        (301, "HT-NTC-05"),
        (302, "HT-NTC-05"),
        (307, "HT-NTC-05"),
        (400, "HT-NTC-05"),
        (404, "HT-NTC-05"),
        (408, "HT-NTC-06"),
        (429, "HT-NTC-06"),
        (500, "HT-NTC-06"),
        (503, "HT-NTC-06"),
    ],
)
def test_statuses(office: Office, status: int, code: str) -> None:
    receiver, elsewhere = Receiver(), Receiver()
    receiver.status, receiver.headers = status, {"Location": elsewhere.url} if status // 100 == 3 else {}
    hooks = Webhooks(ORIGIN, office.key, [receiver.host, elsewhere.host], plain_on_loopback=True)
    with receiver.running(), elsewhere.running():
        if code:
            assert refused(hooks, receiver.url) == (code, str(status))
        else:
            called(hooks, receiver.url)
    assert len(receiver.calls) == 1 and elsewhere.calls == []


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://police.test/hook", "HT-NTC-03"),
        ("ftp://police.test/hook", "HT-NTC-03"),
        ("file:///etc/passwd", "HT-NTC-03"),
        ("police.test/hook", "HT-NTC-03"),
        ("https://user:word@police.test/hook", "HT-NTC-03"),
        ("https://police.test/ho ok", "HT-NTC-03"),
        ("https://police.test/hook\r\nX: y", "HT-NTC-03"),
        ("https://police.test/" + "x" * 2048, "HT-NTC-03"),
        ("https://police.test:99999/hook", "HT-NTC-03"),
        ("https://[::1/hook", "HT-NTC-03"),
        ("https://警察.test/hook", "HT-NTC-03"),
        ("https:///hook", "HT-NTC-03"),
        ("https://other.test/hook", "HT-NTC-04"),
        ("https://police.test:8443/hook", "HT-NTC-04"),
        ("https://police.test.other.test/hook", "HT-NTC-04"),
        ("https://127.0.0.1/hook", "HT-NTC-04"),
        ("http://127.0.0.1:8080/hook", "HT-NTC-04"),
        ("https://police.test\\@other.test/", "HT-NTC-03"),
    ],
)
def test_nothing_else_than_https_to_an_allowed_host(office: Office, url: str, code: str) -> None:
    hooks = Webhooks(ORIGIN, office.key, ["police.test", "bank.test:8443"], plain_on_loopback=True)
    assert refused(hooks, url) == (code, "")


def test_http_only_on_a_hub_that_demonstrates_and_only_to_itself(office: Office) -> None:
    receiver = Receiver()
    with receiver.running():
        assert refused(Webhooks(ORIGIN, office.key, [receiver.host]), receiver.url) == ("HT-NTC-03", "")
    assert receiver.calls == []


def test_a_server_that_nobody_has_certified(office: Office, tmp_path: Path) -> None:
    receiver = Receiver(certificate(tmp_path)[0])
    with receiver.running():
        assert refused(Webhooks(ORIGIN, office.key, [receiver.host]), receiver.url) == ("HT-NTC-08", "")
        missing = Webhooks(ORIGIN, office.key, [receiver.host], tmp_path / "none")
        assert refused(missing, receiver.url) == ("HT-NTC-08", "")
    assert receiver.calls == []


def test_nobody_listens(office: Office) -> None:
    receiver = Receiver()
    assert refused(on_loopback(office, receiver), receiver.url) == ("HT-NTC-07", "")


def test_a_flood_is_not_read(office: Office) -> None:
    receiver, poured = Receiver(), []

    async def flood(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse()
        await answer.prepare(request)
        try:
            for _ in range(4096):
                await answer.write(b"x" * (1 << 20))
                poured.append(1)
        except ConnectionError:
            pass
        return answer

    receiver.answer = flood
    with receiver.running():
        called(on_loopback(office, receiver), receiver.url)
    assert len(poured) < 64, "of four gigabytes"


def test_headers_without_end(office: Office) -> None:
    receiver = Receiver()
    receiver.headers = {"X-Long": "x" * 100_000}
    with receiver.running():
        assert refused(on_loopback(office, receiver), receiver.url) == ("HT-NTC-07", "")


def test_a_server_that_does_not_answer(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.notices.webhook._TIMES", aiohttp.ClientTimeout(total=0.3))
    receiver = Receiver()

    async def silence(request: web.Request) -> web.StreamResponse:
        await asyncio.Event().wait()
        raise AssertionError

    receiver.answer = silence
    with receiver.running():
        assert refused(on_loopback(office, receiver), receiver.url) == ("HT-NTC-07", "")
    assert len(receiver.calls) == 1


def test_one_that_answers_slowly_is_believed_at_the_first_line(office: Office) -> None:
    receiver = Receiver()

    async def drip(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse(status=202)
        await answer.prepare(request)
        await answer.write(b"and now I am thinking")
        await asyncio.Event().wait()
        return answer

    receiver.answer = drip
    with receiver.running():
        called(on_loopback(office, receiver), receiver.url)


def test_many_at_once_share_one_session(office: Office) -> None:
    receiver = Receiver()

    async def story() -> None:
        hooks = on_loopback(office, receiver)
        await asyncio.gather(*(hooks.send(letter(None), receiver.url) for _ in range(5)))
        await hooks.close()

    with receiver.running():
        asyncio.run(story())
    assert len(receiver.calls) == 5
