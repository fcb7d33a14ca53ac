"""Attachments from file to file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from hutong.sealing.attachments import CHUNK, AttachmentSecret, Encryption, decrypt


def pieces(file: BinaryIO, length: int = CHUNK) -> Iterator[bytes]:
    """The rest of ``file`` in pieces of at most ``length`` bytes."""
    while piece := file.read(length):
        yield piece


def encrypt_file(source: Path, target: Path) -> AttachmentSecret:
    """Encrypt ``source`` into ``target``, which is overwritten. HT-ENV-01 above 1 GiB."""
    with source.open("rb") as plain, target.open("wb") as sealed:
        encryption = Encryption(pieces(plain))
        for chunk in encryption:
            sealed.write(chunk)
    return encryption.secret


def decrypt_file(source: Path, target: Path, secret: AttachmentSecret) -> None:
    """Decrypt ``source`` into ``target``, which appears only once everything was checked (HT-ATT-01)."""
    part = target.with_name(target.name + ".part")
    try:
        with source.open("rb") as sealed, part.open("wb") as plain:
            for chunk in decrypt(pieces(sealed), secret):
                plain.write(chunk)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
