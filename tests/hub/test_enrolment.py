"""Enrolment: tokens once, certificates for bound keys, renewal from half-life, and nobody from elsewhere."""

from __future__ import annotations

import asyncio
import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import Any

import grpc
import pytest

from hub.enrolment.authority import Authority
from hub.enrolment.certificates import make_token
from hutong.client import joining
from hutong.client.hub import HubClient
from hutong.client.refusals import Refused
from hutong.client.writing import Letter
from hutong.errors import HutongError
from hutong.identifiers.ids import new_contact_id
from hutong.signing.keys import SigningKey
from hutong.tls.profile import Profile
from hutong.tls.spiffe import Subject
from hutong.v1 import codes_pb2, enrolment_pb2, kinds_pb2


def register(crowd: Any, code: str, head: str, keyid: str, **more: Any) -> None:
    said = kinds_pb2.AgencyRegistered(
        agency=code,
        type=codes_pb2.AGENCY_TYPE_EDUCATION,
        level=codes_pb2.LEVEL_NATION,
        region="100000",
        head_contact=head,
        head_keyid=keyid,
        **more,
    )
    crowd.world.hub.order("register", agency=said.SerializeToString().hex(), name_zh=code, name_en=code)


def test_a_token_is_good_once_and_for_its_agency(crowd: Any, tmp_path: Path) -> None:
    key, contact = SigningKey.generate(), new_contact_id()
    register(crowd, "edu-once", contact, key.keyid)
    ticket = crowd.world.hub.ticket("edu-once")
    with pytest.raises(Refused) as caught:
        joining.found(replace(ticket, agency="market"), tmp_path / "wrong", key, contact)
    assert caught.value.code == "HT-ENR-18"
    with pytest.raises(Refused) as caught:
        joining.found(ticket, tmp_path / "nobody", key, new_contact_id())
    assert caught.value.code == "HT-ENR-14"
    joining.found(ticket, tmp_path / "first", key, contact)
    with pytest.raises(Refused) as caught:
        joining.found(ticket, tmp_path / "second", key, contact)
    assert caught.value.code == "HT-ENR-11"


def test_a_token_expires_and_a_guessed_one_is_none(crowd: Any, tmp_path: Path) -> None:
    key, contact = SigningKey.generate(), new_contact_id()
    register(crowd, "edu-late", contact, key.keyid)
    hub = crowd.world.hub
    late = make_token(hub.engine, "edu-late", joining.now_ms() - 1)
    for name, token in (("late", late), ("guessed", bytes(32))):
        with pytest.raises(Refused) as caught:
            joining.found(replace(hub.ticket("edu-late"), token=token), tmp_path / name, key, contact)
        assert caught.value.code == "HT-ENR-11"


@pytest.mark.parametrize("requests", [[], [b"\x30\x00"], [b"x" * 5000], [b"x"] * 3])
def test_requests_that_are_none_do_not_use_the_token_up(crowd: Any, tmp_path: Path, requests: list[bytes]) -> None:
    from hutong.client.refusals import from_call
    from hutong.tls.channel import enrolment_channel
    from hutong.v1 import enrolment_pb2_grpc

    key, contact = SigningKey.generate(), new_contact_id()
    code = f"edu-{len(requests)}-{len(b''.join(requests))}"
    register(crowd, code, contact, key.keyid)
    ticket = crowd.world.hub.ticket(code)
    with enrolment_channel(ticket) as channel:
        stub = enrolment_pb2_grpc.EnrolmentStub(channel)
        with pytest.raises(grpc.RpcError) as caught:
            stub.Enrol(enrolment_pb2.EnrolRequest(token=ticket.token, requests=requests), timeout=20)
        assert from_call(caught.value).code in ("HT-ENV-03", "HT-ENR-01")
    joining.found(ticket, tmp_path / "all the same", key, contact)


def test_an_agency_that_was_not_registered_gets_no_certificate(crowd: Any, tmp_path: Path) -> None:
    ticket = crowd.world.hub.ticket("unheard-of")
    with pytest.raises(Refused) as caught:
        joining.found(ticket, tmp_path / "unheard-of", SigningKey.generate(), new_contact_id())
    assert caught.value.code == "HT-ENR-15"


def test_a_head_with_another_key_than_was_compared_binds_nothing(crowd: Any, tmp_path: Path) -> None:
    async def story() -> None:
        key, contact = SigningKey.generate(), new_contact_id()
        await asyncio.to_thread(register, crowd, "edu-other", contact, SigningKey.generate().keyid)
        ticket = crowd.world.hub.ticket("edu-other")
        founded = await asyncio.to_thread(joining.found, ticket, tmp_path / "edu", key, contact)
        async with HubClient(founded.head, founded.head.policy) as client:
            with pytest.raises(HutongError) as noticed:
                await joining.bind_first_keys(client, key, founded.node)
            assert noticed.value.code == "HT-EVD-03", "the agency's own side sees it first"
            bound = joining._signing_bound(founded.head, key, contact, codes_pb2.KEY_USE_OFFICER)
            with pytest.raises(Refused) as caught:
                await joining.say(client, key, Letter("key_bound", bound, purpose=codes_pb2.PURPOSE_ADMINISTRATION))
            assert caught.value.code == "HT-SIG-04" and caught.value.receipt is None

    crowd.run(story())


def test_the_register_cannot_put_another_key_in_the_heads_place(crowd: Any) -> None:
    """A hub that names another fingerprint for a head who has keys: nobody can bind the key to it."""

    async def story() -> None:
        world, head = crowd.world, crowd.banking.head
        mine = SigningKey.generate()
        said = kinds_pb2.AgencyRegistered(
            agency="banking",
            type=codes_pb2.AGENCY_TYPE_BANKING,
            level=codes_pb2.LEVEL_NATION,
            region="100000",
            head_contact=head.contact,
            head_keyid=mine.keyid,
        )
        details = {"agency": said.SerializeToString().hex(), "name_zh": "b", "name_en": "b"}
        await asyncio.to_thread(lambda: world.hub.order("register", **details))
        client = await world.client(head.profile)
        bound = joining._signing_bound(head.profile, mine, head.contact, codes_pb2.KEY_USE_OFFICER)
        letter = Letter("key_bound", bound, purpose=codes_pb2.PURPOSE_ADMINISTRATION)
        with pytest.raises(Refused) as caught:
            await joining.say(client, mine, letter)
        assert caught.value.code == "HT-DIR-04" and caught.value.receipt is not None
        # The head's own key goes on.
        another = joining._signing_bound(head.profile, mine, head.contact, codes_pb2.KEY_USE_OFFICER)
        await joining.say(client, head.key, Letter("key_bound", another, purpose=codes_pb2.PURPOSE_ADMINISTRATION))

    crowd.run(story())


@pytest.mark.parametrize("code", ["hub", "Zhang San", "x"])
def test_the_operator_too_keeps_to_the_contract(crowd: Any, code: str) -> None:
    before = crowd.size()
    with pytest.raises(HutongError) as caught:
        register(crowd, code, new_contact_id(), "0" * 64)
    assert caught.value.code == "HT-ORD-01" and "HT-HDR-01" in str(caught.value)
    with pytest.raises(HutongError):
        register(crowd, "edu-region", new_contact_id(), "0" * 64, parent="Li Si, 13800138000")
    assert crowd.size() == before


def test_only_bound_tls_keys_of_this_holder_are_certified(crowd: Any, tmp_path: Path) -> None:
    hub, liaison = crowd.world.hub, crowd.market.liaison.profile
    ticket = replace(hub.ticket("market"), token=b"")
    for name, contact in (("stranger", new_contact_id()), ("liaison", liaison.contact)):
        unbound = joining.new_profile(ticket, tmp_path / name, "contact", contact, SigningKey.generate())
        with pytest.raises(Refused) as caught:
            joining.certify(unbound)
        assert caught.value.code == "HT-ENR-12"
    borrowed = joining.new_profile(
        ticket, tmp_path / "head", "contact", crowd.market.head.contact, SigningKey.generate()
    )
    (tmp_path / "head" / "tls.key").write_bytes((liaison.path / "tls.key").read_bytes())
    with pytest.raises(Refused) as caught:
        joining.certify(borrowed)
    assert caught.value.code == "HT-ENR-12"
    before = liaison.chain_pem()
    joining.certify(liaison)
    assert liaison.chain_pem() == before, "who asks again gets the same: nobody piles up certificates"


def test_renewal_waits_for_half_of_a_certificates_life(world: Any) -> None:
    async def story() -> None:
        profile = world.market.node
        client, old = await world.client(profile), await world.client(world.police.liaison.profile)
        with pytest.raises(Refused) as caught:
            await client.renew()
        assert caught.value.code == "HT-ENR-17"
        assert set(caught.value.params) == {"since"}
        await asyncio.to_thread(lambda: world.hub.order("advance", milliseconds=16 * 86_400_000))
        before = profile.certificate()
        await client.renew()
        assert profile.certificate() != before
        fresh = await world.reconnected(profile)
        assert (await fresh.checkpoint()).text
        other = world.police.node.request()
        from hutong.client.hub import checked

        renewed = fresh._renewal
        with pytest.raises(Refused) as caught:
            await checked(renewed.Renew(enrolment_pb2.RenewRequest(request=other)))
        assert caught.value.code == "HT-ENR-16"
        # A certificate that has run out by the hub's clock opens nothing; the agency's bound key gets a new one.
        await asyncio.to_thread(lambda: world.hub.order("advance", milliseconds=20 * 86_400_000))
        with pytest.raises(Refused) as caught:
            await old.checkpoint()
        assert caught.value.code == "HT-TLS-12"

    world.run(story())


def forged(crowd: Any, folder: Path, authority: Authority) -> Profile:
    """A copy of the market liaison's profile with a certificate that another authority made for it."""
    import shutil

    own = crowd.market.liaison.profile
    shutil.copytree(own.path, folder / "forged")
    profile = Profile.open(folder / "forged")
    subject = Subject.parse(own.config.subject)
    spki = own.tls_key().spki
    chain = authority.issue(subject, spki, dt.datetime.now(dt.UTC), dt.timedelta(days=1))
    from cryptography.hazmat.primitives.serialization import Encoding

    profile.save_chain("".join(each.public_bytes(Encoding.PEM).decode() for each in chain))
    return profile


def test_a_certificate_of_another_authority_does_not_get_through_the_door(crowd: Any, tmp_path: Path) -> None:
    async def story() -> None:
        (tmp_path / "keys").mkdir(mode=0o700)
        elsewhere = Authority.create(tmp_path / "keys", "elsewhere.example/log", dt.datetime.now(dt.UTC))
        profile = forged(crowd, tmp_path, elsewhere)
        async with HubClient(profile, profile.policy) as client:
            with pytest.raises(HutongError) as caught:
                await client.checkpoint()
            assert caught.value.code == "HT-CLI-10"

    crowd.run(story())


def test_a_certificate_that_the_hub_does_not_remember_making_is_refused(crowd: Any, tmp_path: Path) -> None:
    """Whoever got at the authority's keys alone: the handshake passes, the door does not open."""

    async def story() -> None:
        profile = forged(crowd, tmp_path, crowd.world.hub.home.authority)
        async with HubClient(profile, profile.policy) as client:
            with pytest.raises(Refused) as caught:
                await client.checkpoint()
            assert caught.value.code == "HT-TLS-12"

    crowd.run(story())
