"""Attachments: files encrypted in chunks of 1 MiB, so that memory stays flat however large the file is.

    chunk j = AES-256-GCM(key, nonce = 0⁷ || u32be(j) || last, aad = "hutong/att/v1" 0x00)
    last    = 1 in the last chunk, otherwise 0
    address = SHA-256(all ciphertext)

The counter in the nonce refuses chunks that were reordered or repeated, ``last`` a file that was cut or lengthened.
Each file has its own key, so no counter meets the same key twice.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from hutong.errors import HutongError
from hutong.v1.body_pb2 import Attachment
from hutong.v1.header_pb2 import AttachmentRef

CHUNK = 1 << 20
TAG = 16
MAX_SIZE = 1 << 30
"""Bytes of ciphertext."""
_AAD = b"hutong/att/v1\x00"


@dataclass(frozen=True, slots=True)
class AttachmentSecret:
    """What opens one attachment and proves that it is the one meant."""

    key: bytes
    address: bytes
    size: int
    """Bytes of ciphertext."""
    plaintext_sha256: bytes
    plaintext_size: int

    def ref(self) -> AttachmentRef:
        """What the header says of it."""
        return AttachmentRef(address=self.address, size=self.size)

    def to_body(self, name: str, media_type: str) -> Attachment:
        """What the sealed body says of it."""
        return Attachment(
            key=self.key,
            name=name,
            media_type=media_type,
            plaintext_sha256=self.plaintext_sha256,
            plaintext_size=self.plaintext_size,
            address=self.address,
        )

    @classmethod
    def from_body(cls, attachment: Attachment) -> AttachmentSecret:
        """HT-ATT-01 if the body describes no possible attachment."""
        size = attachment.plaintext_size
        if [len(part) for part in (attachment.key, attachment.address, attachment.plaintext_sha256)] != [32, 32, 32]:
            raise HutongError("HT-ATT-01")
        if sealed_size(size) > MAX_SIZE:
            raise HutongError("HT-ATT-01")
        return cls(attachment.key, attachment.address, sealed_size(size), attachment.plaintext_sha256, size)


def sealed_size(plaintext_size: int) -> int:
    """Bytes of ciphertext for ``plaintext_size`` bytes."""
    return plaintext_size + TAG * max(1, -(-plaintext_size // CHUNK))


class Encryption:
    """One attachment on its way in: iterate over the ciphertext, then take ``secret``.

    ``source`` yields pieces of any length (a file opened for reading gives lines: use ``pieces``). Each item is one
    chunk of at most 1 MiB + 16 bytes. HT-ENV-01 when it grows beyond 1 GiB.
    """

    def __init__(self, source: Iterable[bytes]) -> None:
        self._source = source
        self._secret: AttachmentSecret | None = None

    @property
    def secret(self) -> AttachmentSecret:
        """Known once every chunk was taken; before that a RuntimeError."""
        if self._secret is None:
            raise RuntimeError("the attachment is not encrypted to its end yet")
        return self._secret

    def __iter__(self) -> Iterator[bytes]:
        key = secrets.token_bytes(32)
        cipher, address, plain = AESGCM(key), sha256(), sha256()
        size = plaintext_size = 0
        for index, chunk, last in _chunks(self._source, CHUNK):
            sealed = cipher.encrypt(_nonce(index, last), chunk, _AAD)
            plain.update(chunk)
            address.update(sealed)
            plaintext_size += len(chunk)
            size += len(sealed)
            if size > MAX_SIZE:
                raise HutongError("HT-ENV-01", part="attachment", size=size, limit=MAX_SIZE)
            yield sealed
        self._secret = AttachmentSecret(key, address.digest(), size, plain.digest(), plaintext_size)


def decrypt(source: Iterable[bytes], secret: AttachmentSecret) -> Iterator[bytes]:
    """The plaintext of the ciphertext in ``source`` (pieces of any length), chunk by chunk.

    A chunk is authentic when it is yielded; the file is whole only when the iterator ends without an error. Raises
    HT-ATT-01 for anything altered, cut, lengthened, reordered or swapped.
    """
    cipher, address, plain = AESGCM(secret.key), sha256(), sha256()
    size = plaintext_size = 0
    for index, sealed, last in _chunks(source, CHUNK + TAG):
        size += len(sealed)
        if size > secret.size:
            raise HutongError("HT-ATT-01")
        address.update(sealed)
        chunk = _open_chunk(cipher, index, sealed, last)
        plain.update(chunk)
        plaintext_size += len(chunk)
        yield chunk
    found = (address.digest(), size, plain.digest(), plaintext_size)
    if found != (secret.address, secret.size, secret.plaintext_sha256, secret.plaintext_size):
        raise HutongError("HT-ATT-01")


def _open_chunk(cipher: AESGCM, index: int, sealed: bytes, last: bool) -> bytes:
    if len(sealed) == TAG and index:  # an empty last chunk only in an empty file: one encoding for each file
        raise HutongError("HT-ATT-01")
    try:
        return cipher.decrypt(_nonce(index, last), sealed, _AAD)
    except (InvalidTag, ValueError) as error:
        raise HutongError("HT-ATT-01") from error


def _nonce(index: int, last: bool) -> bytes:
    return bytes(7) + index.to_bytes(4, "big") + bytes([last])


def _chunks(source: Iterable[bytes], length: int) -> Iterator[tuple[int, bytes, bool]]:
    """Pieces put together to ``length`` bytes each, numbered, the last marked; one empty chunk for no bytes at all."""
    buffer = bytearray()
    index = 0
    for piece in source:
        buffer += piece
        while len(buffer) > length:  # what is exactly full may be the last
            yield index, bytes(buffer[:length]), False
            del buffer[:length]
            index += 1
    yield index, bytes(buffer), True
