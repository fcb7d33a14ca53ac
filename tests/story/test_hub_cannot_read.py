"""The hub routes and cannot read: what is sealed is neither on its disk nor in its memory."""

from __future__ import annotations

import base64
import hashlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hutong.sealing.body import open_body, read_body
from hutong.v1 import body_pb2, header_pb2

_PIECE = 1 << 22


def memory(pid: int) -> Iterator[bytes]:
    """Everything that the process could write or read in its own memory, in pieces that overlap."""
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as source:
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
            place, rights = line.split()[:2]
            start, end = (int(number, 16) for number in place.split("-"))
            if not rights.startswith("r") or line.endswith(("[vvar]", "[vsyscall]", "[vvar_vclock]")):
                continue
            for at in range(start, end, _PIECE):
                try:
                    yield os.pread(source.fileno(), min(_PIECE + 256, end - at), at)
                except OSError:
                    break  # a region that went away, or that only the kernel reads


def in_memory(pid: int, needles: list[bytes]) -> set[bytes]:
    return {needle for piece in memory(pid) for needle in needles if needle in piece}


def on_disk(folder: Path, needles: list[bytes]) -> set[bytes]:
    files = [file for file in sorted(folder.rglob("*")) if file.is_file()]
    return {needle for file in files for needle in needles if needle in file.read_bytes()}


def spellings(text: str) -> list[bytes]:
    """As it would stand in protobuf or a Python string of either width, in hex and in base64."""
    plain = text.encode()
    shifted = [base64.b64encode(b"x" * n + plain)[4 * (n > 0) : -4] for n in range(3)]
    return [plain, text.encode("utf-16-le"), text.encode("utf-32-le"), plain.hex().encode(), *shifted]


def test_a_planted_plaintext_is_found_nowhere_at_the_hub(served_world: Any) -> None:
    world = served_world
    marker = f"planted-{secrets.token_hex(12)}-李四 13800138000"
    name = f"file-{secrets.token_hex(12)}.pdf"
    known = secrets.token_bytes(24)

    async def story() -> header_pb2.Header:
        market = await world.client(world.market.liaison.profile)
        ciphertext = secrets.token_bytes(1000) + known
        address = hashlib.sha256(ciphertext).digest()

        async def pieces(at: int) -> Any:
            yield ciphertext[at:]

        await market.put_attachment(address, len(ciphertext), pieces)
        body = body_pb2.Body(
            lead=body_pb2.LeadBody(title=marker, narrative=f"{marker} " * 20),
            attachments=[body_pb2.Attachment(name=name, address=address, key=secrets.token_bytes(32))],
        )
        ref = header_pb2.AttachmentRef(address=address, size=len(ciphertext))
        made = await world.lead(body=body, attachments=[ref])
        accepted = await market.submit(made)
        assert (await market.submit(made)).receipt == accepted.receipt
        node = await world.client(world.police.node)
        async for message in node.subscribe(0, once=True):
            if message.delivery.index == accepted.index:
                header = header_pb2.Header.FromString(message.delivery.envelope.payload)
                plain = open_body(message.delivery.sealed, header, world.police.node.opening_keys(), "police")
                assert read_body(plain, header).lead.title == marker
                found = b"".join([piece async for piece in node.get_attachment(address, header.message_id)])
                assert found == ciphertext
                return header
        raise AssertionError("the lead did not arrive")

    header = world.run(story())
    pid, home = world.hub.process.pid, world.hub.home.settings.home
    needles = [*spellings(marker), *spellings(name), marker.split("-")[1].encode(), name[5:29].encode()]
    # What the hub does know is found, so the search itself is good.
    control = header.message_id
    assert in_memory(pid, [control]) == {control}
    assert on_disk(home, [control, known]) == {control, known}
    assert in_memory(pid, needles) == set()
    assert on_disk(home, needles) == set()
    keys = [key._private.private_bytes_raw() for key in world.police.node.opening_keys().values()]
    assert in_memory(pid, keys) == set() and on_disk(home, keys) == set()
