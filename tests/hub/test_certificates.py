"""A key that is out of hand stays out: no new certificate for it, none for a key in its place, no quota of its own."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from hub.admission.quota import RefusalQuota
from hub.enrolment.certificates import revoke
from hub.standing import Standing, issued_certificates
from hutong.client import joining
from hutong.client.hub import checked
from hutong.client.refusals import Refused
from hutong.client.writing import Author, Letter
from hutong.errors import HutongError
from hutong.identifiers.ids import new_contact_id
from hutong.signing.keys import SigningKey
from hutong.tls.requests import make_csr, make_key
from hutong.v1 import codes_pb2, enrolment_pb2, kinds_pb2

HALF_A_LIFE = 16 * 86_400_000


async def order(world: Any, what: str, **details: Any) -> None:
    await asyncio.to_thread(lambda: world.hub.order(what, **details))


async def cut_off(world: Any, profile: Any) -> bool:
    try:
        await (await world.reconnected(profile)).checkpoint()
    except Refused as refused:
        assert refused.code == "HT-TLS-12"
        return True
    return False


def fingerprint(profile: Any) -> str:
    from cryptography.hazmat.primitives.hashes import SHA256

    return str(profile.certificate().fingerprint(SHA256()).hex())


def refused_certificate(profile: Any) -> str:
    try:
        joining.certify(profile)
    except Refused as refused:
        return refused.code
    return ""


def test_a_revoked_certificates_key_gets_no_other(world: Any) -> None:
    async def story() -> None:
        profile = world.market.liaison.profile
        await order(world, "revoke", fingerprint=fingerprint(profile))
        assert await cut_off(world, profile)
        assert await asyncio.to_thread(refused_certificate, profile) == "HT-ENR-19"
        assert await cut_off(world, profile)

    world.run(story())


def test_revoking_one_certificate_ends_all_of_its_key(world: Any) -> None:
    async def story() -> None:
        profile = world.police.node
        first = fingerprint(profile)
        await order(world, "advance", milliseconds=HALF_A_LIFE)
        await (await world.client(profile)).renew()
        assert fingerprint(profile) != first and not await cut_off(world, profile)
        await order(world, "revoke", fingerprint=first)
        assert await cut_off(world, profile), "the renewed one too"

    world.run(story())


def test_nobody_renews_onto_a_key_that_the_agency_has_not_bound(world: Any) -> None:
    """Who has stolen a TLS key would otherwise outlive its revocation on a key of his own."""

    async def story() -> None:
        profile, head = world.police.node, world.police.head
        await order(world, "advance", milliseconds=HALF_A_LIFE)
        client = await world.client(profile)
        request = enrolment_pb2.RenewRequest(request=make_csr(make_key(), profile.subject))
        with pytest.raises(Refused) as caught:
            await checked(client._renewal.Renew(request))
        assert caught.value.code == "HT-ENR-16"
        await client.renew()
        said = kinds_pb2.KeyRevoked(keyid=profile.tls_key().keyid, reason=codes_pb2.REVOCATION_REASON_COMPROMISED)
        letter = Letter("key_revoked", said, purpose=codes_pb2.PURPOSE_ADMINISTRATION)
        author = Author(profile.origin, profile.agency, head.contact, head.key)
        revocation = await world.write(letter, author, head.profile, now=joining.now_ms() + HALF_A_LIFE)
        await (await world.client(head.profile)).submit(revocation)
        assert await cut_off(world, profile)
        assert await asyncio.to_thread(refused_certificate, profile) == "HT-ENR-12"

    world.run(story())


def test_a_token_whose_answer_was_lost_serves_the_same_keys_again(crowd: Any, tmp_path: Path) -> None:
    from hutong.tls.channel import enrolment_channel
    from hutong.v1 import enrolment_pb2_grpc

    key, contact = SigningKey.generate(), new_contact_id()
    said = kinds_pb2.AgencyRegistered(
        agency="edu-lost",
        type=codes_pb2.AGENCY_TYPE_EDUCATION,
        level=codes_pb2.LEVEL_NATION,
        region="100000",
        head_contact=contact,
        head_keyid=key.keyid,
    )
    crowd.world.hub.order("register", agency=said.SerializeToString().hex(), name_zh="e", name_en="e")
    ticket = crowd.world.hub.ticket("edu-lost")
    node = joining.new_profile(ticket, tmp_path / "node", "system", "node", SigningKey.generate())
    head = joining.new_profile(ticket, tmp_path / "head", "contact", contact, key)
    request = enrolment_pb2.EnrolRequest(token=ticket.token, requests=[node.request(), head.request()])
    with enrolment_channel(ticket) as channel:
        stub = enrolment_pb2_grpc.EnrolmentStub(channel)
        first, again = stub.Enrol(request, timeout=20), stub.Enrol(request, timeout=20)
    assert list(first.chains) == list(again.chains)
    thief = joining.new_profile(ticket, tmp_path / "thief", "contact", contact, SigningKey.generate())
    with pytest.raises(Refused) as caught:
        joining.found(ticket, tmp_path / "other", key, contact)
    assert caught.value.code == "HT-ENR-11"
    with enrolment_channel(replace(ticket, token=crowd.world.hub.ticket("edu-lost").token)) as channel:
        stub = enrolment_pb2_grpc.EnrolmentStub(channel)
        import grpc

        from hutong.client.refusals import from_call

        for requests in ([thief.request()], [node.request(), node.request()], [head.request(), node.request()]):
            with pytest.raises(grpc.RpcError) as call:
                stub.Enrol(enrolment_pb2.EnrolRequest(token=ticket.token, requests=requests), timeout=20)
            assert from_call(call.value).code == "HT-ENR-13"


def test_an_older_picture_never_takes_the_place_of_a_newer_one(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two reload at once; the one that read before the revocation comes to an end after it."""
    hub, standing = world.hub, world.hub.server._standing
    mine = world.market.liaison.profile
    read, go_on = threading.Event(), threading.Event()
    calls = []

    def slow(connection: Any) -> Any:
        found = issued_certificates(connection)
        calls.append(1)
        if len(calls) == 1:
            read.set()
            go_on.wait(20)
        return found

    monkeypatch.setattr("hub.standing.issued_certificates", slow)
    first = threading.Thread(target=Standing.reload_certificates, args=(standing, hub.engine))
    first.start()
    assert read.wait(20)
    revoke(hub.engine, bytes.fromhex(fingerprint(mine)), 1)
    second = threading.Thread(target=Standing.reload_certificates, args=(standing, hub.engine))
    second.start()
    go_on.set()
    first.join(20)
    second.join(20)
    assert standing.issued[bytes.fromhex(fingerprint(mine))].revoked_at == 1


def test_refusals_are_counted_by_client_and_forgotten_after_a_minute() -> None:
    quota = RefusalQuota(2)
    for _ in range(2):
        quota.spend("market/c1", 1000)
    with pytest.raises(HutongError) as caught:
        quota.spend("market/c1", 2000)
    assert caught.value.code == "HT-QTA-01" and caught.value.params["seconds"] == "60"
    quota.spend("market/c2", 2000)
    quota.spend("market/c1", 61_000)
