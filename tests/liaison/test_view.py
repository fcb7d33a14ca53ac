"""What a node shows is believed only with its signature and its place in the log."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hutong.errors import HutongError
from hutong.signing import dsse
from hutong.signing.keys import SigningKey
from hutong.v1 import header_pb2, node_pb2
from liaison.node import NodeClient
from liaison.view import verified
from tests.words import lead_words

Spoil = Callable[[node_pb2.InboxEntry, node_pb2.InboxEntry], None]


def signature(entry: node_pb2.InboxEntry, other: node_pb2.InboxEntry) -> None:
    sig = bytearray(entry.envelope.signatures[0].sig)
    sig[5] ^= 1
    entry.envelope.signatures[0].sig = bytes(sig)


def payload(entry: node_pb2.InboxEntry, other: node_pb2.InboxEntry) -> None:
    entry.envelope.payload += b"\x00"


def receipt(entry: node_pb2.InboxEntry, other: node_pb2.InboxEntry) -> None:
    entry.receipt.CopyFrom(other.receipt)


def proof(entry: node_pb2.InboxEntry, other: node_pb2.InboxEntry) -> None:
    entry.receipt.proof = other.receipt.proof


def unsigned(entry: node_pb2.InboxEntry, other: node_pb2.InboxEntry) -> None:
    del entry.envelope.signatures[:]


def stranger(entry: node_pb2.InboxEntry, other: node_pb2.InboxEntry) -> None:
    """Signed, and recorded, but by a key that nobody bound: the payload is the same, so the receipt still fits."""
    key = SigningKey.generate()
    signed = dsse.sign(entry.envelope.payload, [key])
    entry.envelope.signatures[0].CopyFrom(signed.signatures[0])


def nothing(entry: node_pb2.InboxEntry, other: node_pb2.InboxEntry) -> None:
    entry.ClearField("receipt")


@pytest.fixture(scope="module")
def pair(town: Any, program: Any, eventually: Callable[..., Any]) -> tuple[node_pb2.InboxEntry, node_pb2.InboxEntry]:
    """Two leads as the police's node shows them."""
    items = [bytes.fromhex(program(*lead_words(title), profile=town.market).out.strip()) for title in ("一", "二")]

    async def ask() -> dict[bytes, node_pb2.InboxEntry]:
        node = NodeClient(town.police)
        try:
            return {entry.message_id: entry for entry in await node.entries()}
        finally:
            await node.close()

    def both() -> tuple[node_pb2.InboxEntry, node_pb2.InboxEntry] | None:
        held = town.world.run(ask())
        return (held[items[0]], held[items[1]]) if all(item in held for item in items) else None

    found: tuple[node_pb2.InboxEntry, node_pb2.InboxEntry] = eventually(both)
    return found


@pytest.mark.parametrize(
    ("spoil", "codes"),
    [
        (signature, ("HT-SIG-03",)),
        (payload, ("HT-CLI-12",)),
        (receipt, ("HT-CLI-12",)),
        (proof, ("HT-LOG-",)),
        (unsigned, ("HT-SIG-01",)),
        (stranger, ("HT-SIG-",)),
        (nothing, ("HT-LOG-",)),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_what_does_not_hold_is_not_shown(
    town: Any, pair: tuple[node_pb2.InboxEntry, node_pb2.InboxEntry], spoil: Spoil, codes: tuple[str, ...]
) -> None:
    async def look(entry: node_pb2.InboxEntry) -> Any:
        client = await town.world.client(town.police)
        return verified(node_pb2.OpenResponse(entry=entry), client.directory)

    good = town.world.run(look(pair[0]))
    assert good.header.message_id == pair[0].message_id and good.opening == "opened"
    bad = node_pb2.InboxEntry()
    bad.CopyFrom(pair[0])
    spoil(bad, pair[1])
    with pytest.raises(HutongError) as refused:
        town.world.run(look(bad))
    assert refused.value.code.startswith(codes)
    assert header_pb2.Header.FromString(pair[0].envelope.payload).sender.agency == "market"


def test_the_disk_refuses(town: Any, hutong: Any, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    for words, code in (
        (("show", "0" * 32, "--save", str(tmp_path / "file" / "x")), "HT-DTY-01"),
        (("key", "csr", "--request", str(tmp_path / "file" / "x")), "HT-CLI-38"),
        (("audit", "export", str(tmp_path / "file" / "x")), "HT-CLI-38"),
    ):
        assert code in hutong(*words, profile=town.market, code=1).err
    hutong.environment["HUTONG_PIN"] = "123456"
    assert "HT-CLI-38" in hutong("key", "init", "--out", str(tmp_path / "file" / "x"), code=1).err
