"""The clock engine: finds the obligations on which something is due, claims each, and has the recorder say it.

Rows are the truth, and nothing is remembered between two looks but what may be forgotten. A node claims (obligation,
step) under a lease before it hands it in: two nodes on one database share the work, and what a node that died had
claimed another takes up when the lease is over. That each step is said once does not hang on the claims: its statement
has one id, which the log takes once, and is decided under the head lock from the state of then.

A crash before the claim leaves the rows; after it, the claim until its lease ends; after the commit, nothing to do.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import structlog
from sqlalchemy import Engine, and_, delete, exists, select
from sqlalchemy.dialects import postgresql, sqlite

from hub.clock import Clock
from hub.recorder.work import DueTask
from hub.saying import Saying
from hub.standing import Standing
from hub.state import tables
from hub.state.database import reading, writing
from hub.state.records import table_of
from rules.records import OPEN_STATES
from rules.whom import lapsed

_log = structlog.get_logger("hub.clockwork")
_OBLIGATIONS = table_of(tables.ObligationRow)
_CLAIMS = table_of(tables.StepClaimRow)
_PAGE = 500
_LEASE_MS = 60_000
_OLD_MS = 3_600_000


def _wall() -> int:
    """Leases run by the machine's clock: the hub's own may be a demo's, and stand still or leap."""
    return time.time_ns() // 1_000_000


@dataclass(frozen=True)
class Step:
    """The next step of one obligation: its number is how many the hub has said before."""

    item: bytes
    agency: str
    number: int


@dataclass
class Clockwork:
    """One node's clock engine over one database."""

    engine: Engine
    saying: Saying
    standing: Standing
    clock: Clock
    node: str = field(default_factory=lambda: secrets.token_hex(8))
    wall: Callable[[], int] = _wall
    page: int = _PAGE
    _settled: frozenset[str] = frozenset()
    """Contacts out of force whose obligations have fallen: they get no new ones."""

    def catch_up(self) -> int:
        """Say everything that is due by now; how many obligations something was said on. One in the way of nobody:
        what cannot be said is told to the operator and tried again at the next look."""
        self._let_fall()
        done = 0
        while steps := self.claim():
            said = self._say(steps)
            done += said
            if said < len(steps):
                break
        return done

    def claim(self) -> list[Step]:
        """The obligations due by now, soonest first, that no other node sees to; ours until the lease ends."""
        now, wall = self.clock.now(), self.wall()
        mine = and_(_CLAIMS.c.item == _OBLIGATIONS.c.item, _CLAIMS.c.agency == _OBLIGATIONS.c.agency)
        taken = exists().where(mine, _CLAIMS.c.step == _OBLIGATIONS.c.steps, _CLAIMS.c.lease_until > wall)
        due = (
            select(_OBLIGATIONS.c.item, _OBLIGATIONS.c.agency, _OBLIGATIONS.c.steps)
            .where(tables.DUE, _OBLIGATIONS.c.next_at <= now, ~taken)
            .order_by(_OBLIGATIONS.c.next_at)
            .limit(self.page)
        )
        with reading(self.engine) as connection:
            if connection.execute(due.limit(1)).first() is None:
                return []
        with writing(self.engine) as connection:
            steps = [Step(bytes(row[0]), row[1], row[2]) for row in connection.execute(due)]
            if not steps:
                return []
            insert = (postgresql if connection.dialect.name == "postgresql" else sqlite).insert(_CLAIMS)
            ours = {"node": insert.excluded.node, "lease_until": insert.excluded.lease_until}
            claim = insert.on_conflict_do_update(
                index_elements=["item", "agency", "step"], set_=ours, where=_CLAIMS.c.lease_until <= wall
            ).returning(_CLAIMS.c.item, _CLAIMS.c.agency, _CLAIMS.c.step)
            rows = [
                {
                    "item": s.item,
                    "agency": s.agency,
                    "step": s.number,
                    "node": self.node,
                    "lease_until": wall + _LEASE_MS,
                }
                for s in steps
            ]
            got = {(bytes(row[0]), row[1], row[2]) for row in connection.execute(claim, rows)}
        return [step for step in steps if (step.item, step.agency, step.number) in got]

    def sweep(self) -> None:
        """Forget claims of long ago; of a node that died, or that could not give them back."""
        with writing(self.engine) as connection:
            connection.execute(delete(_CLAIMS).where(_CLAIMS.c.lease_until < self.wall() - _OLD_MS))

    def _say(self, steps: Sequence[Step]) -> int:
        errors = self.saying.say_all([DueTask(step.item, step.agency) for step in steps])
        with writing(self.engine) as connection:
            for step in steps:
                connection.execute(
                    delete(_CLAIMS).where(
                        _CLAIMS.c.item == step.item, _CLAIMS.c.agency == step.agency, _CLAIMS.c.node == self.node
                    )
                )
        failed = [error for error in errors if error is not None]
        for error in failed:
            _log.warning("a step that is due was not said", code=error.code, trace_id=error.trace_id)
        return len(steps) - len(failed)

    def _let_fall(self) -> None:
        """What belongs to those who are no longer in force falls to their heads, as soon as it is seen.

        The recorder has it fall directly after a withdrawal; ends of terms and keys come by time alone.
        """
        out = lapsed(self.standing.directory, self.clock.now())
        fresh = sorted(out - self._settled)
        for first in range(0, len(fresh), self.page):
            query = select(_OBLIGATIONS.c.item, _OBLIGATIONS.c.agency).where(
                _OBLIGATIONS.c.owner.in_(fresh[first : first + self.page]), _OBLIGATIONS.c.state.in_(OPEN_STATES)
            )
            with reading(self.engine) as connection:
                fallen = [DueTask(bytes(row[0]), row[1]) for row in connection.execute(query)]
            for start in range(0, len(fallen), self.page):
                for error in self.saying.say_all(fallen[start : start + self.page]):
                    if error is not None:
                        _log.warning("a fall was not said", code=error.code, trace_id=error.trace_id)
                        return
        self._settled = out
