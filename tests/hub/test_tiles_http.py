"""The log over HTTPS as C2SP tlog-tiles: mutual TLS, hashes for all who are enrolled, entries for auditors."""

from __future__ import annotations

import asyncio
import ssl
import urllib.error
import urllib.request
from typing import Any

import pytest

from audit.log.tiles import Tile
from hutong.proofs.checkpoint import Checkpoint
from hutong.proofs.note import Note
from hutong.proofs.tree import leaf_hash, root_hash
from hutong.v1 import codes_pb2
from tests.worlds import join


def context(profile: Any | None, root: Any) -> ssl.SSLContext:
    made = ssl.create_default_context(cadata=root)
    made.check_hostname = False
    if profile is not None:
        made.load_cert_chain(profile.path / "tls.pem", profile.path / "tls.key")
    return made


def get(world: Any, path: str, profile: Any | None) -> bytes:
    url = f"https://127.0.0.1:{world.hub.server.tiles_port}/{path}"
    with urllib.request.urlopen(url, context=context(profile, world.hub.home.authority.root_pem), timeout=10) as answer:
        data: bytes = answer.read()
        return data


def status(world: Any, path: str, profile: Any) -> int:
    with pytest.raises(urllib.error.HTTPError) as caught:
        get(world, path, profile)
    return int(caught.value.code)


def published(world: Any, profile: Any, wanted: int) -> Checkpoint:
    """The published checkpoint once it covers ``wanted`` entries."""
    while True:
        try:
            found = Checkpoint.parse(Note.parse(get(world, "checkpoint", profile)).text)
        except urllib.error.HTTPError as error:
            assert error.code == 404, "before the first publication"
            continue
        if found.size >= wanted:
            return found


@pytest.fixture(scope="session")
def auditor(crowd: Any) -> Any:
    world = crowd.world
    return crowd.run(join(world.hub, world.folder, "audit-office", codes_pb2.AGENCY_TYPE_AUDITOR))


def test_tiles_checkpoint_and_entries_fit_together(crowd: Any, auditor: Any) -> None:
    async def some() -> int:
        return int((await crowd.submit(await crowd.lead())).index)

    size = crowd.run(some()) + 1
    profile = auditor.node
    checkpoint = published(crowd.world, profile, size)
    entries: list[bytes] = []
    hashes = b""
    for index in range((checkpoint.size + 255) // 256):
        width = min(256, checkpoint.size - index * 256)
        hashes += get(crowd.world, Tile(0, index, width).path, profile)
        bundle = get(crowd.world, Tile(-1, index, width).path, profile)
        while bundle:
            length = int.from_bytes(bundle[:2], "big")
            entries.append(bundle[2 : 2 + length])
            bundle = bundle[2 + length :]
    leaves = [leaf_hash(entry) for entry in entries]
    assert b"".join(leaves) == hashes
    assert root_hash(leaves) == checkpoint.root


def test_who_may_read_what(crowd: Any, auditor: Any) -> None:
    world, officer = crowd.world, crowd.market.liaison.profile
    size = published(world, officer, 1).size
    width = min(256, size)
    bundle, hashes = Tile(-1, 0, width).path, Tile(0, 0, width).path
    assert get(world, hashes, officer) and get(world, hashes, crowd.platform.node)
    assert get(world, bundle, auditor.head.profile)
    for profile in (officer, crowd.police.node, crowd.platform.node):
        assert status(world, bundle, profile) == 403


@pytest.mark.parametrize(
    "path",
    [
        "tile/0/999",
        "tile/0/x001/000",
        "tile/9/000",
        "tile/0/000.p/0",
        "tile/0/000.p/999",
        "keys/log.key",
        "..%2fhub.sqlite",
        "tile/..%2f..%2fkeys/log.key",
        "log.policy",
    ],
)
def test_nothing_else_is_served(crowd: Any, path: str) -> None:
    assert status(crowd.world, path, crowd.market.node) == 404


def test_nobody_without_a_certificate(crowd: Any) -> None:
    with pytest.raises((urllib.error.URLError, ssl.SSLError, ConnectionError)):
        get(crowd.world, "checkpoint", None)


def test_a_revoked_certificate_reads_no_more(world: Any) -> None:
    from cryptography.hazmat.primitives.hashes import SHA256

    async def story() -> None:
        profile = world.market.node
        assert await asyncio.to_thread(published, world, profile, 1)
        fingerprint = profile.certificate().fingerprint(SHA256()).hex()
        await asyncio.to_thread(lambda: world.hub.order("revoke", fingerprint=fingerprint))
        assert await asyncio.to_thread(status, world, "checkpoint", profile) == 401

    world.run(story())
