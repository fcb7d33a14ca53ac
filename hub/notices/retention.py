"""How long notices are kept: some days after the last try; one that has failed at least until its agency has looked."""

from __future__ import annotations

import structlog
from sqlalchemy import Engine

from hub.notices import outbox

_log = structlog.get_logger("hub.notices")
_DAY_MS = 24 * 3600 * 1000
_PAGE, _PAGES = 1000, 50


def forget_old(engine: Engine, days: int, now: int, page: int = _PAGE, pages: int = _PAGES) -> int:
    """Delete what was last tried more than ``days`` ago, ``page`` rows in a transaction and ``pages`` transactions at
    most, so that nobody waits long for the database; what is left goes the next time. How many it were."""
    gone = 0
    for _ in range(pages):
        deleted = outbox.forget(engine, now - days * _DAY_MS, page)
        gone += deleted
        if deleted < page:
            break
    if gone:
        _log.info("old notices were deleted", notices=gone, days=days)
    return gone
