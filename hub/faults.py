"""What the hub's own checker has found: logged once, counted, and the newest kept for the operator."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

import structlog

from hutong.errors import HutongError

_log = structlog.get_logger("hub.watch")
_SHOWN = ("index", "item", "agency", "step", "field")
"""Parameters that are numbers, codes and ids; no others are written anywhere."""
_KEPT = 50


class Faults:
    """All faults of one run."""

    def __init__(self) -> None:
        self.count = 0
        self.newest: deque[dict[str, str]] = deque(maxlen=_KEPT)
        self._unsaid: set[tuple[str, ...]] = set()

    def take(self, fault: HutongError) -> None:
        """A fault of an entry, which is judged once."""
        self.count += 1
        about = {name: fault.params[name] for name in _SHOWN if name in fault.params}
        self.newest.append({"code": fault.code, **about, "trace": fault.trace_id})
        _log.error("the log does not bear out the hub", code=fault.code, trace=fault.trace_id, **about)

    def unsaid(self, faults: Iterable[HutongError]) -> None:
        """The steps that are overdue now; each is taken when it first is."""
        now: set[tuple[str, ...]] = set()
        for fault in faults:
            key = tuple(fault.params.get(name, "") for name in ("item", "agency", "step", "due"))
            now.add(key)
            if key not in self._unsaid:
                self.take(fault)
        self._unsaid = now
