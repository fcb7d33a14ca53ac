"""The clock engine: finds the obligations on which something is due, claims each, and has the recorder say it.

Rows are the truth, and nothing is remembered between two looks but what may be forgotten. A node claims (obligation,
step) under a lease before it hands it in: two nodes on one database share the work, and what a node that died had
claimed another takes up when the lease is over. That each step is said once does not hang on the claims: its statement
has one id, which the log takes once, and is decided under the head lock from the state of then.

A crash before the claim leaves the rows; after it, the claim until the node is back or its lease ends; after the
commit, nothing to do.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog
from sqlalchemy import ColumnElement, Engine, Select, and_, bindparam, delete, exists, select
from sqlalchemy.dialects import postgresql, sqlite

from hub.clock import Clock
from hub.recorder.work import DueTask
from hub.saying import Saying
from hub.standing import Standing
from hub.state import tables
from hub.state.database import reading, writing
from hub.state.records import table_of
from hutong.errors import Category, HutongError
from rules.records import OPEN_STATES
from rules.whom import lapsed

_log = structlog.get_logger("hub.clockwork")
_OBLIGATIONS = table_of(tables.ObligationRow)
_CLAIMS = table_of(tables.StepClaimRow)
_PAGE = 500
_LEASE_MS = 60_000
_OLD_MS = 3_600_000
_STEP = (_OBLIGATIONS.c.item, _OBLIGATIONS.c.agency, _OBLIGATIONS.c.steps)
_CLAIM = delete(_CLAIMS).where(
    _CLAIMS.c.item == bindparam("item_"),
    _CLAIMS.c.agency == bindparam("agency_"),
    _CLAIMS.c.step == bindparam("step_"),
)

Which = ColumnElement[bool]


def _wall() -> int:
    """Leases run by the machine's clock: the hub's own may be a demo's, and stand still or leap."""
    return time.time_ns() // 1_000_000


def _nowhere(_point: str) -> None:
    """Where the engine is; crash tests put something here."""


@dataclass(frozen=True)
class Step:
    """The next step of one obligation: its number is how many the hub has said before."""

    item: bytes
    agency: str
    number: int


@dataclass
class Clockwork:
    """One node's clock engine over one database. ``node`` is the same after a restart, and no other node's; ``page`` is
    how many obligations it claims at a time."""

    engine: Engine
    saying: Saying
    standing: Standing
    clock: Clock
    node: str = field(default_factory=lambda: secrets.token_hex(8))
    wall: Callable[[], int] = _wall
    page: int = _PAGE
    reach: Callable[[str], None] = _nowhere
    _awake: bool = False
    _settled: frozenset[tuple[str, int, int]] = frozenset()
    """Contacts whose term is over and who own nothing open: they get nothing new."""

    def catch_up(self) -> int:
        """Say everything that is due by now; on how many obligations something was said.

        What cannot be said is told to the operator and stands aside until its lease ends: it is in nobody's way.
        """
        if not self._awake:
            self._begin()
        done = sum(self._work_off(theirs) for theirs in self._fallen()) + self._work_off()
        if done:
            _log.info("said what was due", obligations=done)
        return done

    def claim(self, which: Which | None = None) -> list[Step]:
        """The obligations due by now, soonest first, that no other node sees to; ours until the lease ends."""
        wall = self.wall()
        query = next_steps(due_by(self.clock.now()) if which is None else which, wall).limit(self.page)
        with reading(self.engine) as connection:
            if connection.execute(query.limit(1)).first() is None:
                return []
        with writing(self.engine) as connection:
            steps = [Step(*row) for row in connection.execute(query)]
            if not steps:
                return []
            insert = (postgresql if connection.dialect.name == "postgresql" else sqlite).insert(_CLAIMS)
            ours = {"node": insert.excluded.node, "lease_until": insert.excluded.lease_until}
            claim = insert.on_conflict_do_update(
                index_elements=["item", "agency", "step"], set_=ours, where=_CLAIMS.c.lease_until <= wall
            ).returning(_CLAIMS.c.item, _CLAIMS.c.agency, _CLAIMS.c.step)
            lease = {"node": self.node, "lease_until": wall + _LEASE_MS}
            rows = [{"item": step.item, "agency": step.agency, "step": step.number} | lease for step in steps]
            got = {Step(*row) for row in connection.execute(claim, rows)}
        self.reach("after-claim")
        return [step for step in steps if step in got]

    def sweep(self) -> None:
        """Forget claims of long ago; of a node that died, or that could not give them back."""
        with writing(self.engine) as connection:
            connection.execute(delete(_CLAIMS).where(_CLAIMS.c.lease_until < self.wall() - _OLD_MS))

    def _begin(self) -> None:
        """This node has claimed nothing yet: what it had when it died need not wait for the end of the lease."""
        with writing(self.engine) as connection:
            connection.execute(delete(_CLAIMS).where(_CLAIMS.c.node == self.node))
        self._awake = True

    def _fallen(self) -> Iterator[Which]:
        """What belongs to those no longer in force, page by page; it falls to their heads as soon as it is seen.

        The recorder has it fall directly after the statement that is the cause; ends of terms and keys come by time
        alone. A head owns ex officio.
        """
        directory, now = self.standing.directory, self.clock.now()
        heads = {agency.head_contact for agency in directory.agencies.values()}
        out = lapsed(directory, now) - heads
        terms = {who: (who, directory.contacts[who].term_from, directory.contacts[who].term_to) for who in out}
        fresh, owing = sorted(who for who in out if terms[who] not in self._settled), set[str]()
        for first in range(0, len(fresh), self.page):
            theirs = open_obligations(fresh[first : first + self.page])
            with reading(self.engine) as connection:
                owners = connection.execute(select(_OBLIGATIONS.c.owner).where(theirs).distinct()).scalars().all()
            if owners:
                yield open_obligations(owners)
            owing.update(owners)
        self._settled = frozenset(terms[who] for who in out - owing if not directory.contacts[who].in_force(now))

    def _work_off(self, wanted: Which | None = None) -> int:
        """Claim, say and give back, page by page, until nothing ``wanted`` (or due) is left; how many were said."""
        done = 0
        while steps := self.claim(which := due_by(self.clock.now()) if wanted is None else wanted):
            self.reach("before-say")
            errors = self.saying.say_all([DueTask(step.item, step.agency) for step in steps])
            self.reach("after-say")
            failed = [error for error in errors if error is not None]
            for error in failed:
                _log.warning("a step that is due was not said", code=error.code, trace_id=error.trace_id)
            self._give_back(steps, errors, which)
            self.reach("after-give-back")
            done += len(steps) - len(failed)
            if len(failed) == len(steps) or any(map(_not_now, failed)):
                # The recorder cannot take it now: the next look tries again.
                break
        return done

    def _give_back(self, steps: Sequence[Step], errors: Sequence[HutongError | None], which: Which) -> None:
        """Claims of what was said, or has become moot, or could only not be said now. Any other stays: its step cannot
        be said, whatever the reason, and would be the first to be found again."""
        with writing(self.engine) as connection:
            left = {Step(*row) for row in connection.execute(still(which, [step.item for step in steps]))}
            back = [s for s, error in zip(steps, errors, strict=True) if s not in left or _not_now(error)]
            rows = [{"item_": step.item, "agency_": step.agency, "step_": step.number} for step in back]
            if rows:
                connection.execute(_CLAIM.where(_CLAIMS.c.node == self.node), rows)


def due_by(now: int) -> Which:
    """Obligations on which something is due at ``now``."""
    return and_(tables.DUE, _OBLIGATIONS.c.next_at <= now)


def open_obligations(owners: Sequence[str]) -> Which:
    """The open obligations that ``owners`` own."""
    return and_(_OBLIGATIONS.c.owner.in_(owners), _OBLIGATIONS.c.state.in_(OPEN_STATES))


def next_steps(which: Which, wall: int) -> Select[Any]:
    """The next steps of the obligations that ``which`` picks and nobody has claimed at ``wall``, soonest first."""
    mine = and_(
        _CLAIMS.c.item == _OBLIGATIONS.c.item,
        _CLAIMS.c.agency == _OBLIGATIONS.c.agency,
        _CLAIMS.c.step == _OBLIGATIONS.c.steps,
    )
    taken = exists().where(mine, _CLAIMS.c.lease_until > wall)
    return select(*_STEP).where(which, ~taken).order_by(_OBLIGATIONS.c.next_at)


def still(which: Which, items: Sequence[bytes]) -> Select[Any]:
    """The next steps of those obligations of ``items`` that ``which`` picks."""
    return select(*_STEP).where(_OBLIGATIONS.c.item.in_(items), which)


def _not_now(error: HutongError | None) -> bool:
    """Whether nothing is wrong with the step itself."""
    return error is not None and error.category in (Category.UNAVAILABLE, Category.QUOTA)
