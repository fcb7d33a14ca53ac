"""Where an unforeseen error came up, for the log: its type and place, never its text, which may quote a record."""

from __future__ import annotations

import traceback
from pathlib import Path

_DEEPEST = 6


def place(error: BaseException) -> dict[str, str]:
    """``error`` (its type) and ``at`` (the innermost calls, the last one first) as fields of a log line."""
    frames = traceback.extract_tb(error.__traceback__)[-_DEEPEST:]
    calls = (f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames)
    return {"error": type(error).__qualname__, "at": " < ".join(reversed(list(calls)))}
