"""Crashing on purpose: a hub made with --demo ends itself at a named point of its way when told to.

HUTONG_CRASH_AT="before-commit:3" kills the process, as kill -9 would, the third time that point is reached. Crash tests
use it to stand exactly where chance would take long to hit; any other hub ignores it. Points of the commit path
(hub/recorder/recorder.py): before-commit, after-commit, before-answer; of the clock engine (hub/clockwork.py):
after-claim, before-say, after-say, after-give-back.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable

from hub.settings import HubSettings

VARIABLE = "HUTONG_CRASH_AT"


def crash_at(settings: HubSettings) -> Callable[[str], None]:
    """What recorder and clock engine call at each point."""
    wanted, _, count = os.environ.get(VARIABLE, "").partition(":")
    left = [int(count or 1)]

    def reach(point: str) -> None:
        if settings.demo_clock and point == wanted:
            left[0] -= 1
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    return reach
