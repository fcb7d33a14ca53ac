"""Reading files that a stranger prepared: no links followed, no devices opened, nothing read beyond its limit."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from pathlib import Path

from hutong.errors import HutongError

_CHUNK = 1 << 20


class Found(Enum):
    """What stands at a path inside a folder."""

    FILE = "file"
    ODD = "odd"  # a link or a device
    CLOSED = "closed"  # a folder that cannot be listed


def walk(folder: Path) -> Iterator[tuple[str, Found]]:
    """Everything below ``folder``, sorted, with its relative path (slashes); folders only if closed."""
    stack = [""]
    while stack:
        inside = stack.pop()
        try:
            with os.scandir(folder / inside) as listing:
                items = sorted(listing, key=lambda item: item.name)
        except OSError:
            yield inside + "/", Found.CLOSED
            continue
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
    with _opened(path, name) as (handle, size):
        if size > limit:
            raise HutongError("HT-LOG-43", file=name, size=size, limit=limit)
        return b"".join(_blocks(handle, size))


def digest_file(path: Path, name: str) -> tuple[int, str]:
    """Size and hex SHA-256 of a plain file of any size, in flat memory; errors as ``read_file``."""
    read, digest = 0, hashlib.sha256()
    with _opened(path, name) as (handle, size):
        for block in _blocks(handle, size):
            read += len(block)
            digest.update(block)
    return read, digest.hexdigest()


@contextmanager
def _opened(path: Path, name: str) -> Iterator[tuple[int, int]]:
    """A handle on a plain file, and its size. Trouble while reading it is told in the same way."""
    handle = -1
    try:
        # NONBLOCK: opening a pipe that nobody writes to would hang before we can see that it is one.
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise HutongError("HT-LOG-03", file=name)
        yield handle, status.st_size
    except FileNotFoundError:
        raise HutongError("HT-LOG-01", file=name) from None
    except OSError as error:
        code = "HT-LOG-03" if path.is_symlink() else "HT-LOG-04"
        raise HutongError(code, file=name, errno=error.errno) from None
    finally:
        if handle >= 0:
            os.close(handle)


def _blocks(handle: int, size: int) -> Iterator[bytes]:
    """What is left of ``size`` bytes, in blocks; fewer when the file shrinks meanwhile."""
    while size and (block := os.read(handle, min(size, _CHUNK))):
        size -= len(block)
        yield block
