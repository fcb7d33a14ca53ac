"""Zip archives from outside, without anything that an archive can do to its reader (CWE-22, CWE-409).

Nothing is unpacked to disk. Members are read in pieces and never beyond bounds, whatever the archive says of their
size; an archive inside an archive stays a file.
"""

from __future__ import annotations

import io
import stat
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from hutong.errors import HutongError

MAX_MEMBERS = 1000
MAX_TOTAL_BYTES = 256 * 1024 * 1024
MAX_RATIO = 200
"""Uncompressed to compressed; real documents stay below 100."""

_SMALL = 1024 * 1024
_CHUNK = 64 * 1024
_UTF8_NAME = 0x800
_ENCRYPTED = 0x1
_LITTER = ("__MACOSX/", ".DS_Store", "Thumbs.db", "desktop.ini")
_FIRST_DAY = (1980, 1, 1, 0, 0, 0)
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError, IndexError)


@dataclass(frozen=True)
class Member:
    """A file in an archive. ``name`` is its path with "/" between, as its author wrote it."""

    name: str
    size: int
    info: zipfile.ZipInfo


@dataclass(frozen=True)
class Archive:
    """The files of an archive, in its order."""

    members: tuple[Member, ...]
    data: bytes

    def pieces(self, member: Member) -> Iterator[bytes]:
        """The bytes of ``member``. HT-ADP-232 if it is damaged, HT-ADP-233 if there is more than was announced."""
        read = 0
        try:
            with zipfile.ZipFile(io.BytesIO(self.data)) as archive, archive.open(member.info) as file:
                while piece := file.read(_CHUNK):
                    read += len(piece)
                    if read > member.size:
                        raise HutongError("HT-ADP-233", limit=MAX_TOTAL_BYTES, ratio=MAX_RATIO)
                    yield piece
        except _BROKEN as error:
            raise HutongError("HT-ADP-232") from error

    def read(self, member: Member) -> bytes:
        """All bytes of ``member``."""
        return b"".join(self.pieces(member))


def is_zip(data: bytes) -> bool:
    """Whether ``data`` begins as an archive does."""
    return data.startswith((b"PK\x03\x04", b"PK\x05\x06"))


def open_archive(data: bytes) -> Archive:
    """The archive in ``data``, its directory checked. HT-ADP-232 if it is damaged; HT-ADP-233 beyond the bounds;
    HT-ADP-234 if anything in it is encrypted; HT-ADP-235 for a name that leads out of it or a link; HT-ADP-236 for two
    files of one name."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            infos = [info for info in archive.infolist() if not info.is_dir()]
    except _BROKEN as error:
        raise HutongError("HT-ADP-232") from error
    members = [Member(_name(info), info.file_size, info) for info in infos]
    members = [one for one in members if not any(word in one.name for word in _LITTER)]
    if len(infos) > MAX_MEMBERS or sum(one.size for one in members) > MAX_TOTAL_BYTES or any(map(_bomb, infos)):
        raise HutongError("HT-ADP-233", limit=MAX_TOTAL_BYTES, ratio=MAX_RATIO)
    if any(info.flag_bits & _ENCRYPTED for info in infos):
        raise HutongError("HT-ADP-234")
    seen: set[str] = set()
    for number, one in enumerate(members, 1):
        if not _inside(one):
            raise HutongError("HT-ADP-235", number=number)
        key = unicodedata.normalize("NFC", one.name).casefold()
        if key in seen:
            raise HutongError("HT-ADP-236", number=number)
        seen.add(key)
    return Archive(tuple(members), data)


def make(files: list[tuple[str, bytes]]) -> bytes:
    """An archive of names and bytes; the same to the byte for the same files."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files:
            info = zipfile.ZipInfo(name, _FIRST_DAY)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            archive.writestr(info, data)
    return out.getvalue()


def _name(info: zipfile.ZipInfo) -> str:
    """The name as it was meant: archives of older systems write GB 18030 (GBK) without saying so, others UTF-8."""
    if info.flag_bits & _UTF8_NAME:
        return info.filename.replace("\\", "/")
    try:
        raw = info.filename.encode("cp437")
    except UnicodeEncodeError:
        return info.filename.replace("\\", "/")
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding).replace("\\", "/")
        except UnicodeDecodeError:
            continue
    return info.filename.replace("\\", "/")


def _inside(one: Member) -> bool:
    steps = one.name.split("/")
    drive = len(steps[0]) == 2 and steps[0][1] == ":"
    linked = stat.S_ISLNK(one.info.external_attr >> 16)
    controlled = any(unicodedata.category(letter) == "Cc" for letter in one.name)
    return not (one.name.startswith("/") or drive or ".." in steps or "" in steps or linked or controlled)


def _bomb(info: zipfile.ZipInfo) -> bool:
    return info.file_size > _SMALL and info.file_size > MAX_RATIO * max(info.compress_size, 1)
