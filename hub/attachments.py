"""Encrypted attachments on disk, each under the SHA-256 of its bytes; the hub never sees what is inside.

A file becomes visible under its address only when it is whole, checked and synced. What a crash leaves behind is a part
from which the sender goes on.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from hutong.errors import HutongError
from hutong.tls.files import sync_folder
from hutong.v1 import header_pb2

_READ = 1 << 20
MAX_SIZE = 1 << 30
MAX_PARTS = 64
RESERVE = 1 << 30
_ADDRESS = re.compile("[0-9a-f]{64}")


class Attachments:
    """The store in ``folder``. ``erased`` tells which addresses may not come back."""

    def __init__(self, folder: Path, erased: Callable[[bytes], bool]) -> None:
        self._folder = folder
        self._erased = erased
        self._turns = tuple(threading.Lock() for _ in range(256))

    def _whole(self, address: bytes) -> Path:
        return self._folder / address.hex()[:2] / address.hex()

    def _part(self, address: bytes, owner: str) -> Path:
        return self._folder / "parts" / f"{owner}-{address.hex()}"

    def stat(self, address: bytes, owner: str) -> tuple[int, bool]:
        """Bytes stored so far by agency ``owner``, and whether the file is whole, whoever brought it."""
        whole, part = self._whole(address), self._part(address, owner)
        if whole.exists():
            return whole.stat().st_size, True
        return (part.stat().st_size if part.exists() else 0), False

    def append(self, address: bytes, owner: str, size: int, offset: int, data: bytes) -> tuple[int, bool]:
        """Add ``data`` at ``offset``; HT-ATT-11 unless it follows what is stored and stays within ``size``.

        HT-ATT-13 for what was erased, HT-QTA-02 when ``owner`` has too much unfinished or the disk is nearly full.
        """
        if len(address) != 32:
            raise HutongError("HT-ATT-11", why="an address is 32 bytes")
        if not 16 <= size <= MAX_SIZE:
            raise HutongError("HT-ATT-11", why=f"a size of {size} is not between 16 bytes and 1 GiB")
        # Two uploads of one file take turns, and only one of them finishes it: nothing is added behind the check.
        with self._turns[address[0]]:
            return self._append(address, owner, size, offset, data)

    def _append(self, address: bytes, owner: str, size: int, offset: int, data: bytes) -> tuple[int, bool]:
        stored, complete = self.stat(address, owner)
        if complete:
            return stored, True
        if offset != stored:
            raise HutongError("HT-ATT-11", why=f"offset {offset} does not follow the {stored} bytes stored")
        if stored + len(data) > size:
            raise HutongError("HT-ATT-11", why=f"{stored + len(data)} bytes do not fit the announced {size}")
        if stored == 0:
            self._check_room(address, owner, size)
        part = self._part(address, owner)
        part.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with part.open("ab") as file:
            file.write(data)
        stored += len(data)
        if stored == size:
            self._finish(address, part)
        return stored, stored == size

    def _check_room(self, address: bytes, owner: str, size: int) -> None:
        """Before an upload begins. The log shares the disk: it must never be an attachment that fills it."""
        if self._erased(address):
            raise HutongError("HT-ATT-13")
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if len(list((self._folder / "parts").glob(f"{owner}-*"))) >= MAX_PARTS:
            raise HutongError("HT-QTA-02", why=f"{MAX_PARTS} uploads of {owner} are unfinished")
        if shutil.disk_usage(self._folder).free - size < RESERVE:
            raise HutongError("HT-QTA-02", why="the disk is nearly full")

    def _finish(self, address: bytes, part: Path) -> None:
        whole = self._whole(address)
        digest = hashlib.sha256()
        with part.open("rb") as file:
            while piece := file.read(_READ):
                digest.update(piece)
            os.fsync(file.fileno())
        if digest.digest() != address:
            part.unlink()
            raise HutongError("HT-ATT-11", why="the bytes do not give the address; they were thrown away")
        whole.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        part.rename(whole)
        sync_folder(whole.parent)

    def missing(self, header: header_pb2.Header) -> str:
        """The first attachment named in ``header`` that is not here whole; empty if all are."""
        for ref in header.attachments:
            whole = self._whole(ref.address)
            if not whole.exists() or whole.stat().st_size != ref.size:
                return str(ref.address.hex())
        return ""

    def read(self, address: bytes, offset: int) -> Iterator[bytes]:
        """The bytes from ``offset`` on, in pieces of at most 1 MiB; HT-NFD-01 when erased or never stored."""
        whole = self._whole(address)
        if not whole.exists():
            raise HutongError("HT-NFD-01", what="attachment")
        if offset > whole.stat().st_size:
            raise HutongError("HT-ATT-11", why=f"offset {offset} lies behind the end")
        with whole.open("rb") as file:
            file.seek(offset)
            while piece := file.read(_READ):
                yield piece

    def erase(self, address: bytes) -> None:
        """Delete the file; repeating it does nothing."""
        self._whole(address).unlink(missing_ok=True)

    def idle(self, before: float) -> Iterator[bytes]:
        """Throw away unfinished uploads untouched since ``before`` (seconds since 1970).

        Yields the addresses of whole files as old: garbage, unless a statement names them.
        """
        for path in self._folder.glob("*/*"):
            with contextlib.suppress(FileNotFoundError):
                if path.stat().st_mtime >= before:
                    continue
                if path.parent.name == "parts":
                    path.unlink()
                elif _ADDRESS.fullmatch(path.name):
                    yield bytes.fromhex(path.name)
