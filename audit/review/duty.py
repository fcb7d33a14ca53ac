"""The independent checker: every step that was due, derived from the log once more and held against what the hub said.

One pass verifies, replays and checks. It needs no files: a running hub can feed it its own entries as they come, and
ask now and then what is overdue.
"""

from __future__ import annotations

from pathlib import Path

from hutong.errors import HutongError
from hutong.proofs.policy import Policy

from .findings import Findings
from .manifest import statement_path
from .replay import Observer, Replay
from .view import moment


class DutyCheck(Replay):
    """A Replay whose faults are also those of the watch over duties; ``summary`` gives the figures.

    Feed: ``check(index, entry, envelope, header)`` for each entry in order, then ``overdue()`` or ``overdue(now)``.
    Memory grows with the state, which is the whole directory and every item.

    Args:
        until: an instant (ms) after the log's end; what was due by then is named as well (HT-RPL-10). 0: none.
    """

    names_steps = True

    def __init__(self, policy: Policy | None, *observers: Observer, until: int = 0) -> None:
        super().__init__(policy, *observers)
        self._until = until

    def compare(self, folder: Path, origin: str, size: int, findings: Findings) -> None:
        """See ``Replay.compare``. HT-RPL-11: the instant asked for lies before the log's end."""
        if self._until and self._until < self._now:
            raise HutongError("HT-RPL-11", ended=moment(self._now))
        super().compare(folder, origin, size, findings)
        if self._until:
            self._ask_later(findings)

    def _ask_later(self, findings: Findings) -> None:
        """Name what the log does not hold because it ends: a hub that has stopped speaking leaves its log in order."""
        named = {tuple(fault.params.items()) for fault in self.overdue()}
        when = {"until": moment(self._until), "ended": moment(self._now)}
        for fault in self.overdue(self._until):
            if tuple(fault.params.items()) not in named:
                item = self.state.statements[bytes.fromhex(fault.params["item"])]
                findings.add(statement_path(item.index), "HT-RPL-10", **when, **fault.params)
