"""ZIP archives from outside, within bounds that are checked before anything is unpacked (CWE-409).

A member's size is believed because nothing beyond it is ever read: zipfile stops there.
"""

from __future__ import annotations

import io
import zipfile

from hutong.errors import HutongError

MAGIC = b"PK\x03\x04"
MAX_UNPACKED = 1024 * 1024 * 1024
MAX_RATIO = 200
MAX_MEMBERS = 4096

_SMALL = 8 * 1024 * 1024


def opened(data: bytes, *, broken: str, grown: str) -> zipfile.ZipFile:
    """The archive; ``broken`` is the code if it is none, ``grown`` if it would unpack beyond the bounds."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise HutongError(broken) from error
    members = archive.infolist()
    large = [member for member in members if member.file_size > _SMALL]
    ratio = max((member.file_size / max(member.compress_size, 1) for member in large), default=0)
    total = sum(member.file_size for member in members)
    if total > MAX_UNPACKED or ratio > MAX_RATIO or len(members) > MAX_MEMBERS:
        raise HutongError(grown, limit=MAX_UNPACKED // 1024 // 1024, ratio=MAX_RATIO)
    return archive


def names(data: bytes) -> set[str]:
    """The names of the members; none if ``data`` is no archive that is whole."""
    if not data.startswith(MAGIC):
        return set()
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return set(archive.namelist())
    except (zipfile.BadZipFile, OSError, ValueError):
        return set()
