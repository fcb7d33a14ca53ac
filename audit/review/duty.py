"""The independent checker: every step that was due, derived from the log once more and held against what the hub said.

One pass verifies, replays and checks. It needs no files: a running hub can feed it its own entries as they come, and
ask now and then what is overdue.
"""

from __future__ import annotations

from .replay import Replay


class DutyCheck(Replay):
    """A Replay whose faults are also those of the watch over duties; ``summary`` gives the figures.

    Feed: ``check(index, entry, envelope, header)`` for each entry in order, then ``overdue()`` or ``overdue(now)``.
    Memory grows with the state, which is the whole directory and every item.
    """

    names_steps = True
