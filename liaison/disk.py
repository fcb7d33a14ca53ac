"""Files that a person named: what the disk refuses is said as an error of ours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hutong.catalogue import say
from hutong.errors import HutongError

_REASONS: dict[type[OSError], str] = {
    FileNotFoundError: "missing",
    PermissionError: "forbidden",
    IsADirectoryError: "folder",
    NotADirectoryError: "no_folder",
    FileExistsError: "exists",
}


@contextmanager
def at(path: Path) -> Iterator[None]:
    """Work on ``path``; HT-CLI-38 when the disk does not let it happen."""
    try:
        yield
    except OSError as error:
        raise HutongError("HT-CLI-38", path=path.name, why=reason(error)) from error


def reason(error: OSError) -> str:
    """Why the disk refused, in the reader's language where it is one of the usual reasons."""
    known = _REASONS.get(type(error))
    return say(f"disk.{known}") if known else error.strerror or type(error).__name__
