"""Signed notes (C2SP signed-note) with Ed25519 signatures and witnesses' cosignatures (C2SP tlog-cosignature).

Parsing is strict, so that a note has one text only: canonical base64, no surplus line, no key twice.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from hutong.errors import HutongError

from .encoding import from_base64, to_base64

ED25519 = 0x01
COSIGNATURE = 0x04
MAX_NOTE = 1_000_000
"""The longest note that is read, in bytes; room for thousands of signatures."""

_DASH = "\N{EM DASH} "
_KEY_SIZE = 32

Sign = Callable[[bytes], bytes]
"""Signs bytes with an Ed25519 key that the caller holds, wherever it lies; gives 64 bytes."""


def valid_name(name: str) -> bool:
    """Whether ``name`` may name a key: not empty, no Unicode space, no plus, no control character."""
    return bool(name) and not any(char.isspace() or char == "+" or char < " " for char in name)


@dataclass(frozen=True)
class VerifierKey:
    """A key that signs notes under a name: ``algorithm`` is ED25519 or COSIGNATURE, ``public`` the raw 32 bytes."""

    name: str
    algorithm: int
    public: bytes

    @property
    def key_id(self) -> bytes:
        """SHA-256(name || 0x0A || algorithm || public key), its first 4 bytes."""
        return hashlib.sha256(self.name.encode() + b"\n" + bytes([self.algorithm]) + self.public).digest()[:4]

    def __str__(self) -> str:
        """The vkey: ``name+hex(key id)+base64(algorithm || public key)``."""
        return f"{self.name}+{self.key_id.hex()}+{to_base64(bytes([self.algorithm]) + self.public)}"

    @classmethod
    def parse(cls, text: str) -> VerifierKey:
        """The key of a vkey; HT-LOG-35 when it is malformed, of another type, or its id is not its own."""
        name, _, rest = text.partition("+")
        _, _, encoded = rest.partition("+")
        material = from_base64(encoded) or b""
        if not valid_name(name) or len(material) != 1 + _KEY_SIZE or material[0] not in (ED25519, COSIGNATURE):
            raise HutongError("HT-LOG-35")
        key = cls(name, material[0], material[1:])
        if str(key) != text:
            raise HutongError("HT-LOG-35")
        return key

    def check(self, text: str, signature: bytes) -> int | None:
        """Verify ``signature`` over the note text; gives the POSIX time of a cosignature, None for a plain signature.

        Raises:
            HutongError: HT-LOG-09 when it does not hold.
        """
        message, time = text.encode(), None
        if self.algorithm == COSIGNATURE:
            time, signature = int.from_bytes(signature[:8], "big"), signature[8:]
            message = _cosigned(text, time)
        if (time or 0) >= 1 << 63 or not self.holds(message, signature):
            raise HutongError("HT-LOG-09", key=self.name)
        return time

    def holds(self, message: bytes, signature: bytes) -> bool:
        """Whether ``signature`` is this key's Ed25519 signature (RFC 8032) over exactly ``message``."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True

    def sign(self, text: str, sign: Sign) -> NoteSignature:
        """A signature line over the note text, by an ED25519 key."""
        if self.algorithm != ED25519:
            raise ValueError("a witness's key cosigns and does nothing else")
        return NoteSignature(self.name, self.key_id, sign(text.encode()))

    def cosign(self, text: str, sign: Sign, time: int) -> NoteSignature:
        """A witness's line over the note text at ``time`` (POSIX seconds), by a COSIGNATURE key."""
        if self.algorithm != COSIGNATURE:
            raise ValueError("only a witness's key cosigns")
        return NoteSignature(self.name, self.key_id, time.to_bytes(8, "big") + sign(_cosigned(text, time)))


@dataclass(frozen=True)
class NoteSignature:
    """One signature line: the key's name, its 4-byte id, and what the key made."""

    name: str
    key_id: bytes
    signature: bytes

    def __str__(self) -> str:
        return f"{_DASH}{self.name} {to_base64(self.key_id + self.signature)}\n"

    def by(self, key: VerifierKey) -> bool:
        """Whether the line claims to be by ``key``."""
        return self.name == key.name and self.key_id == key.key_id


@dataclass(frozen=True)
class Note:
    """A text that ends in a newline, and the signatures under it. Holding one proves nothing: see ``Policy.accept``."""

    text: str
    signatures: tuple[NoteSignature, ...]

    def __str__(self) -> str:
        return f"{self.text}\n{''.join(map(str, self.signatures))}"

    def __bytes__(self) -> bytes:
        return str(self).encode()

    @classmethod
    def parse(cls, data: bytes) -> Note:
        """The note in ``data``; HT-LOG-06, with the line that is wrong, for anything else."""
        try:
            whole = data.decode("utf-8")
        except UnicodeDecodeError as error:
            raise HutongError("HT-LOG-06", line=data[: error.start].count(b"\n") + 1) from None
        for number, line in enumerate(whole.split("\n"), 1):
            if any(char < " " for char in line):
                raise HutongError("HT-LOG-06", line=number)
        text, blank, block = whole.rpartition("\n\n")
        lines = block.split("\n")
        first = text.count("\n") + 3
        if not blank or not text or len(data) > MAX_NOTE:
            raise HutongError("HT-LOG-06", line=1)
        if lines.pop() != "" or not lines:
            raise HutongError("HT-LOG-06", line=first + len(lines))
        signatures: dict[tuple[str, bytes], NoteSignature] = {}
        for number, line in enumerate(lines, first):
            signature = _parse_line(line)
            if signature is None or (signature.name, signature.key_id) in signatures:
                raise HutongError("HT-LOG-06", line=number)
            signatures[signature.name, signature.key_id] = signature
        return cls(text + "\n", tuple(signatures.values()))


def _parse_line(line: str) -> NoteSignature | None:
    name, _, encoded = line.removeprefix(_DASH).partition(" ")
    blob = from_base64(encoded)
    if not line.startswith(_DASH) or not valid_name(name) or blob is None or len(blob) <= 4:
        return None
    return NoteSignature(name, blob[:4], blob[4:])


def _cosigned(text: str, time: int) -> bytes:
    return f"cosignature/v1\ntime {time}\n{text}".encode()
