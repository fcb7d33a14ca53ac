"""Attachments: chunk borders, every kind of damage, flat memory."""

from __future__ import annotations

import os
import tracemalloc
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given, settings
from hypothesis import strategies as st

from hutong.errors import HutongError
from hutong.sealing import attachments
from hutong.sealing.attachments import CHUNK, AttachmentSecret, Encryption, decrypt, sealed_size
from hutong.sealing.files import decrypt_file, encrypt_file
from hutong.v1.body_pb2 import Attachment

SIZES = [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 2 * CHUNK + 5]


def encrypt(data: bytes) -> tuple[bytes, AttachmentSecret]:
    encryption = Encryption([data])
    return b"".join(encryption), encryption.secret


def opened(sealed: bytes, secret: AttachmentSecret) -> bytes:
    return b"".join(decrypt([sealed], secret))


def lying(sealed: bytes, secret: AttachmentSecret) -> AttachmentSecret:
    """The secret that a sender would give who wanted the damaged file to pass the outer digest."""
    size = secret.plaintext_size
    return AttachmentSecret(secret.key, sha256(sealed).digest(), len(sealed), secret.plaintext_sha256, size)


@pytest.fixture(scope="module")
def three_chunks() -> tuple[bytes, bytes, AttachmentSecret]:
    data = os.urandom(2 * CHUNK + 1000)
    return data, *encrypt(data)


@pytest.mark.parametrize("size", SIZES)
def test_round_trip_at_chunk_borders(size: int) -> None:
    data = os.urandom(size)
    sealed, secret = encrypt(data)
    assert opened(sealed, secret) == data
    assert (secret.size, secret.plaintext_size) == (len(sealed), size) == (sealed_size(size), size)
    assert (secret.address, secret.plaintext_sha256) == (sha256(sealed).digest(), sha256(data).digest())
    assert AttachmentSecret.from_body(secret.to_body("流水.csv", "text/csv")) == secret
    assert (secret.ref().address, secret.ref().size) == (secret.address, secret.size)


def test_layout_of_the_contract(three_chunks: tuple[bytes, bytes, AttachmentSecret]) -> None:
    data, sealed, secret = three_chunks
    unit, plain = CHUNK + 16, b""
    for j, last in enumerate([0, 0, 1]):
        nonce = b"\x00" * 7 + j.to_bytes(4, "big") + bytes([last])
        plain += AESGCM(secret.key).decrypt(nonce, sealed[j * unit : (j + 1) * unit], b"hutong/att/v1\x00")
    assert plain == data


@given(st.lists(st.binary(max_size=300), max_size=20), st.data())
@settings(deadline=None, max_examples=60)
def test_pieces_of_any_length(pieces: list[bytes], data: st.DataObject) -> None:
    encryption = Encryption(pieces)
    sealed = b"".join(encryption)
    step = data.draw(st.integers(1, 50))
    parts = [sealed[i : i + step] for i in range(0, len(sealed), step)]
    assert b"".join(decrypt(parts, encryption.secret)) == b"".join(pieces)


def test_the_secret_is_known_at_the_end_only() -> None:
    encryption = Encryption([bytes(3 * CHUNK)])
    next(iter(encryption))
    with pytest.raises(RuntimeError):
        _ = encryption.secret


@given(size=st.integers(0, 500), where=st.integers(0, 2**20))
@settings(deadline=None, max_examples=150)
def test_any_flipped_bit(size: int, where: int) -> None:
    sealed, secret = encrypt(os.urandom(size))
    raw = bytearray(sealed)
    bit = where % (len(raw) * 8)
    raw[bit // 8] ^= 1 << bit % 8
    for known in (secret, lying(bytes(raw), secret)):
        with pytest.raises(HutongError, match="HT-ATT-01"):
            opened(bytes(raw), known)


UNIT = CHUNK + 16
DAMAGES = {
    "cut at a chunk": lambda s: s[: 2 * UNIT],
    "cut inside a chunk": lambda s: s[: 2 * UNIT + 100],
    "cut to nothing": lambda s: b"",
    "cut to one chunk": lambda s: s[:UNIT],
    "first chunk gone": lambda s: s[UNIT:],
    "chunks swapped": lambda s: s[UNIT : 2 * UNIT] + s[:UNIT] + s[2 * UNIT :],
    "chunk repeated": lambda s: s[:UNIT] + s[:UNIT] + s[2 * UNIT :],
    "lengthened": lambda s: s + b"x",
    "lengthened by a tag": lambda s: s + bytes(16),
}


@pytest.mark.parametrize("damage", sorted(DAMAGES))
@pytest.mark.parametrize("outer_digest_lies", [False, True])
def test_damage(damage: str, outer_digest_lies: bool, three_chunks: tuple[bytes, bytes, AttachmentSecret]) -> None:
    _, sealed, secret = three_chunks
    damaged = DAMAGES[damage](sealed)
    with pytest.raises(HutongError, match="HT-ATT-01"):
        opened(damaged, lying(damaged, secret) if outer_digest_lies else secret)


def test_another_attachment_in_its_place() -> None:
    (first, secret), (second, _) = encrypt(b"first"), encrypt(b"other")
    with pytest.raises(HutongError, match="HT-ATT-01"):
        opened(second, secret)
    with pytest.raises(HutongError, match="HT-ATT-01"):
        opened(second, lying(second, secret))
    assert opened(first, secret) == b"first"


def test_second_encoding_of_a_file_is_refused() -> None:
    """A whole last chunk followed by an empty one would decrypt to the same file."""
    key, data = bytes(32), bytes(CHUNK)
    cipher, aad = AESGCM(key), b"hutong/att/v1\x00"
    sealed = cipher.encrypt(bytes(12), data, aad) + cipher.encrypt(bytes(10) + b"\x01\x01", b"", aad)
    secret = AttachmentSecret(key, sha256(sealed).digest(), len(sealed), sha256(data).digest(), CHUNK)
    with pytest.raises(HutongError, match="HT-ATT-01"):
        opened(sealed, secret)


def test_wrong_plaintext_digest_or_size() -> None:
    sealed, s = encrypt(b"text")
    for digest, size in [(bytes(32), 4), (s.plaintext_sha256, 5)]:
        with pytest.raises(HutongError, match="HT-ATT-01"):
            opened(sealed, AttachmentSecret(s.key, s.address, s.size, digest, size))


@pytest.mark.parametrize(
    "change", [{"key": b""}, {"address": b"x"}, {"plaintext_sha256": b""}, {"plaintext_size": 2**40}]
)
def test_impossible_descriptions(change: dict[str, object]) -> None:
    good = {"key": bytes(32), "address": bytes(32), "plaintext_sha256": bytes(32), "plaintext_size": 1}
    with pytest.raises(HutongError, match="HT-ATT-01"):
        AttachmentSecret.from_body(Attachment(**{**good, **change}))  # type: ignore[arg-type]


def test_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attachments, "MAX_SIZE", 2 * CHUNK)
    with pytest.raises(HutongError, match="HT-ENV-01"):
        encrypt(bytes(2 * CHUNK))


def test_memory_stays_flat() -> None:
    def source() -> Iterator[bytes]:
        piece = bytes(65536)
        for _ in range(64 * 16):
            yield piece

    encryption = Encryption(source())
    holder: list[AttachmentSecret] = []

    def sealed() -> Iterator[bytes]:
        yield from encryption

    tracemalloc.start()
    for _ in sealed():
        pass
    holder.append(encryption.secret)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert holder[0].plaintext_size == 64 * CHUNK
    assert peak < 8 * CHUNK


def test_files(tmp_path: Path) -> None:
    data = os.urandom(CHUNK + 77)
    (tmp_path / "plain").write_bytes(data)
    secret = encrypt_file(tmp_path / "plain", tmp_path / "sealed")
    assert (tmp_path / "sealed").stat().st_size == secret.size
    decrypt_file(tmp_path / "sealed", tmp_path / "again", secret)
    assert (tmp_path / "again").read_bytes() == data
    (tmp_path / "sealed").write_bytes((tmp_path / "sealed").read_bytes()[:-1])
    with pytest.raises(HutongError, match="HT-ATT-01"):
        decrypt_file(tmp_path / "sealed", tmp_path / "never", secret)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["again", "plain", "sealed"]
