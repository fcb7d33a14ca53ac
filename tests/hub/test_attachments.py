"""Attachments: 100 MiB in flat memory, resumed, addressed by content, for parties only."""

from __future__ import annotations

import hashlib
import secrets
import threading
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.attachments import Attachments
from hutong.client.hub import checked
from hutong.client.refusals import Refused
from hutong.errors import HutongError
from hutong.v1 import exchange_pb2, header_pb2

MIB = 1 << 20
LARGE = 100 * MIB
_BLOCK = secrets.token_bytes(MIB)


def large(offset: int = 0, size: int = LARGE) -> AsyncIterator[bytes]:
    """``size`` bytes from ``offset`` on, each MiB another, without ever holding them all."""

    async def pieces() -> AsyncIterator[bytes]:
        for at in range(offset, size, MIB):
            number = at // MIB
            yield number.to_bytes(8, "big") + _BLOCK[8:]

    return pieces()


def large_address(size: int = LARGE) -> bytes:
    digest = hashlib.sha256()
    for number in range(size // MIB):
        digest.update(number.to_bytes(8, "big") + _BLOCK[8:])
    return digest.digest()


def resident(pid: int) -> int:
    """Bytes of memory that a process has ever had at once (VmHWM)."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) * 1024


def test_100_mib_there_and_back_in_flat_memory(served_world: Any) -> None:
    async def story() -> None:
        world, pid = served_world, served_world.hub.process.pid
        client = await world.client(world.market.liaison.profile)
        police = await world.client(world.police.node)
        address = large_address()
        await client.submit(await world.lead())
        before = resident(pid)
        await client.put_attachment(address, LARGE, large)
        lead = await world.lead(attachments=[header_pb2.AttachmentRef(address=address, size=LARGE)])
        accepted = await client.submit(lead)
        digest, size = hashlib.sha256(), 0
        async for piece in police.get_attachment(address, accepted.entry.message_id):
            digest.update(piece)
            size += len(piece)
        assert (digest.digest(), size) == (address, LARGE)
        assert resident(pid) - before < 40 * MIB

    served_world.run(story())


async def put(client: Any, address: bytes, size: int, offset: int, *pieces: bytes) -> Any:
    async def requests() -> AsyncIterator[exchange_pb2.PutAttachmentRequest]:
        for place, piece in enumerate(pieces):
            first = {"address": address, "size": size, "offset": offset} if place == 0 else {}
            yield exchange_pb2.PutAttachmentRequest(data=piece, **first)  # type: ignore[arg-type]

    return await checked(client.exchange.PutAttachment(requests()))


async def stored(client: Any, address: bytes) -> tuple[int, bool]:
    state = await checked(client.exchange.StatAttachment(exchange_pb2.StatAttachmentRequest(address=address)))
    return state.stored, state.complete


def test_an_upload_goes_on_where_it_broke_off(crowd: Any) -> None:
    async def story() -> None:
        client = await crowd.world.client(crowd.market.liaison.profile)
        data = secrets.token_bytes(3 * MIB)
        address = hashlib.sha256(data).digest()
        assert await stored(client, address) == (0, False)
        await put(client, address, len(data), 0, data[:MIB], data[MIB : MIB + 5])
        assert await stored(client, address) == (MIB + 5, False)
        with pytest.raises(Refused) as caught:
            await put(client, address, len(data), 0, data[:MIB])
        assert caught.value.code == "HT-ATT-11"
        offered: list[int] = []

        def rest(offset: int) -> Any:
            offered.append(offset)

            async def pieces() -> AsyncIterator[bytes]:
                for at in range(offset, len(data), MIB):
                    yield data[at : at + MIB]

            return pieces()

        await client.put_attachment(address, len(data), rest)
        assert offered == [MIB + 5]
        assert await stored(client, address) == (len(data), True)
        await client.put_attachment(address, len(data), rest)
        assert offered == [MIB + 5], "what is whole is not sent again"

    crowd.run(story())


def test_what_does_not_give_its_address_is_thrown_away(crowd: Any) -> None:
    async def story() -> None:
        client = await crowd.world.client(crowd.market.liaison.profile)
        address = hashlib.sha256(b"something else entirely").digest()
        with pytest.raises(Refused) as caught:
            await put(client, address, 20, 0, b"x" * 20)
        assert caught.value.code == "HT-ATT-11"
        assert await stored(client, address) == (0, False)
        lead = await crowd.world.lead(attachments=[header_pb2.AttachmentRef(address=address, size=20)])
        assert (await crowd.refused(lead)).code == "HT-ATT-12"

    crowd.run(story())


@pytest.mark.parametrize(
    ("address", "size", "offset", "code"),
    [
        (b"", 20, 0, "HT-ATT-11"),
        (b"a" * 31, 20, 0, "HT-ATT-11"),
        (b"a" * 300, 20, 0, "HT-ATT-11"),
        (b"a" * 32, 15, 0, "HT-ATT-11"),
        (b"a" * 32, (1 << 30) + 1, 0, "HT-ATT-11"),
        (b"a" * 32, 20, 1, "HT-ATT-11"),
        (b"a" * 32, 18, 0, "HT-ATT-11"),
        (b"a" * 32, 1 << 63, 0, "HT-ENV-03"),
    ],
)
def test_impossible_uploads_are_refused(crowd: Any, address: bytes, size: int, offset: int, code: str) -> None:
    async def story() -> None:
        client = await crowd.world.client(crowd.market.liaison.profile)
        with pytest.raises(Refused) as caught:
            await put(client, address, size, offset, b"x" * 20)
        assert caught.value.code == code

    crowd.run(story())


def test_only_parties_of_a_statement_that_names_it_fetch_an_attachment(crowd: Any) -> None:
    async def story() -> None:
        data = secrets.token_bytes(100)
        address = hashlib.sha256(data).digest()
        client = await crowd.world.client(crowd.market.liaison.profile)
        await put(client, address, 100, 0, data)
        naming = await crowd.submit(
            await crowd.world.lead(attachments=[header_pb2.AttachmentRef(address=address, size=100)])
        )
        other = await crowd.submit(await crowd.lead())

        async def get(agency: Any, accepted: Any, offset: int = 0, which: bytes = address) -> bytes:
            client = await crowd.world.client(agency.node)
            message_id = accepted.entry.message_id
            return b"".join([piece async for piece in client.get_attachment(which, message_id, offset)])

        assert await get(crowd.police, naming) == data
        assert await get(crowd.market, naming) == data
        assert await get(crowd.police, naming, 60) == data[60:]
        assert await get(crowd.police, naming, len(data)) == b""
        with pytest.raises(Refused) as caught:
            await get(crowd.police, naming, 1 << 40)
        assert caught.value.code == "HT-ATT-11"
        stranger = (crowd.banking, naming, 0, address)
        unnamed = (crowd.police, other, 0, address)
        unknown = (crowd.police, naming, 0, b"u" * 32)
        for who, accepted, offset, which in (stranger, unnamed, unknown):
            with pytest.raises(Refused) as caught:
                await get(who, accepted, offset, which)
            assert caught.value.code == "HT-NFD-01"
        with pytest.raises(Refused) as caught:
            await get(crowd.police, naming, 1 << 63)
        assert caught.value.code == "HT-ENV-03"

    crowd.run(story())


def test_two_uploads_at_once_make_one_whole_file(tmp_path: Path) -> None:
    store = Attachments(tmp_path, lambda address: False)
    data = secrets.token_bytes(64 * 1000)
    address = hashlib.sha256(data).digest()
    start = threading.Barrier(4)

    def upload() -> None:
        start.wait()
        while True:
            at, complete = store.stat(address, "market")
            if complete:
                return
            try:
                store.append(address, "market", len(data), at, data[at : at + 1000])
            except HutongError as error:
                assert error.code == "HT-ATT-11"

    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(upload) for _ in range(4)]:
            done.result(30)
    assert b"".join(store.read(address, 0)) == data


@settings(max_examples=40, deadline=None)
@given(data=st.binary(min_size=16, max_size=200), cuts=st.lists(st.integers(1, 50), max_size=30))
def test_however_it_is_cut_it_is_whole_at_the_end(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, cuts: list[int]
) -> None:
    store = Attachments(tmp_path_factory.mktemp("store"), lambda address: False)
    address, at = hashlib.sha256(data).digest(), 0
    complete = False
    for cut in [*cuts, len(data)]:
        at, complete = store.append(address, "market", len(data), at, data[at : at + cut])
        if complete:
            break
    assert complete and b"".join(store.read(address, 0)) == data
    assert store.append(address, "police", len(data), 0, b"anything") == (len(data), True)
    store.erase(address)
    store.erase(address)
    assert store.stat(address, "market") == (0, False)
    read: Callable[[], Any] = lambda: list(store.read(address, 0))  # noqa: E731
    with pytest.raises(HutongError):
        read()
