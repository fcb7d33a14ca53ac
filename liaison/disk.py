"""Files that a person named: what the disk refuses is said as an error of ours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hutong.errors import HutongError


@contextmanager
def at(path: Path) -> Iterator[None]:
    """Work on ``path``; HT-CLI-38 when the disk does not let it happen."""
    try:
        yield
    except OSError as error:
        raise HutongError("HT-CLI-38", path=path.name, why=error.strerror or type(error).__name__) from error
