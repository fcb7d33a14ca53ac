"""Files that hold secrets or state: written whole or not at all, and only for their owner (POSIX).

What a crash leaves behind: the old file or the new one, and at most a temporary ``.*.new`` beside it, never a mixture.
"""

from __future__ import annotations

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from hutong.errors import HutongError


def write_private(path: Path, data: bytes) -> None:
    """Replace ``path`` by ``data`` with mode 0600; durable once it returns. HT-TLS-08 if the disk does not take it."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.new")
    try:
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        raise HutongError("HT-TLS-08", file=path.name) from error
    finally:
        # Where not even the folder is one, there is nothing to take away.
        with suppress(OSError):
            temporary.unlink()


def read_file(path: Path) -> bytes:
    """The bytes of a file that a profile must have; HT-TLS-01 if it is not there or not readable."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise HutongError("HT-TLS-01", file=path.name) from error


def read_text(path: Path) -> str:
    """The same as text; HT-TLS-06 if it is not UTF-8."""
    try:
        return read_file(path).decode()
    except UnicodeDecodeError as error:
        raise HutongError("HT-TLS-06", file=path.name) from error


def sync_folder(folder: Path) -> None:
    """Make the names in ``folder`` durable: a rename is only in memory until then."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def open_to_others(path: Path) -> bool:
    """Whether anybody but the owner may read or write ``path``."""
    return bool(path.stat().st_mode & 0o077)


def sole(path: Path) -> int | None:
    """Take the lock file ``path`` for this process; None where another one holds it. A crash lets go of it."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return None
    return descriptor


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock file ``path``, against other processes and threads; a crash lets go of it. HT-TLS-08."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise HutongError("HT-TLS-08", file=path.name) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
