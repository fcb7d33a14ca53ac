"""Reading files that a stranger prepared: no links followed, no devices opened, nothing read beyond its limit."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from enum import Enum
from pathlib import Path

from hutong.errors import HutongError

_CHUNK = 1 << 20


class Found(Enum):
    """What stands at a path inside a folder."""

    FILE = "file"
    ODD = "odd"  # a link or a device
    EMPTY = "empty"  # a folder with nothing in it
    CLOSED = "closed"  # a folder that cannot be listed


def walk(folder: Path) -> Iterator[tuple[str, Found]]:
    """Everything below ``folder``, sorted, with its relative path (slashes); folders only if empty or closed."""
    stack = [""]
    while stack:
        inside = stack.pop()
        try:
            with os.scandir(folder / inside) as listing:
                items = sorted(listing, key=lambda item: item.name)
        except OSError:
            yield inside + "/", Found.CLOSED
            continue
        if not items and inside:
            yield inside + "/", Found.EMPTY
        prefix = f"{inside}/" if inside else ""
        for item in items:
            if item.is_dir(follow_symlinks=False):
                stack.append(prefix + item.name)
            else:
                yield prefix + item.name, Found.FILE if item.is_file(follow_symlinks=False) else Found.ODD


def read_file(path: Path, limit: int, name: str) -> bytes:
    """The content of a plain file of at most ``limit`` bytes.

    Raises:
        HutongError: HT-LOG-01 missing, -03 no plain file, -04 unreadable, -43 too large; they say ``name``.
    """
    return b"".join(_blocks(path, limit, name))


def digest_file(path: Path, name: str) -> tuple[int, str]:
    """Size and hex SHA-256 of a plain file of any size, in flat memory; errors as ``read_file``."""
    size, digest = 0, hashlib.sha256()
    for block in _blocks(path, None, name):
        size += len(block)
        digest.update(block)
    return size, digest.hexdigest()


def _blocks(path: Path, limit: int | None, name: str) -> Iterator[bytes]:
    try:
        # NONBLOCK: opening a pipe that nobody writes to would hang before we can see that it is one.
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        raise HutongError("HT-LOG-01", file=name) from None
    except OSError as error:
        code = "HT-LOG-03" if path.is_symlink() else "HT-LOG-04"
        raise HutongError(code, file=name, errno=error.errno) from None
    try:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise HutongError("HT-LOG-03", file=name)
        if limit is not None and status.st_size > limit:
            raise HutongError("HT-LOG-43", file=name, size=status.st_size, limit=limit)
        left = status.st_size
        while left and (block := os.read(handle, min(left, _CHUNK))):
            left -= len(block)
            yield block
    except OSError as error:
        raise HutongError("HT-LOG-04", file=name, errno=error.errno) from None
    finally:
        os.close(handle)
