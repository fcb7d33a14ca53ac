"""The outbox's rows: written with their cause, claimed with a lease, and settled; each function is one short step.

A claim counts as a try, and puts the row's next one behind the lease: whoever dies while sending leaves a row that
comes due again by itself.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, fields

from sqlalchemy import Connection, Engine, and_, delete, func, not_, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from hub.notices.rules import Told, pause
from hub.notices.tables import NoticeRow
from hub.state.database import reading, writing
from hub.state.records import table_of
from hutong.errors import Category, HutongError
from hutong.v1 import casework_pb2, codes_pb2

MAIL, WEBHOOK = codes_pb2.CHANNEL_KIND_MAIL, codes_pb2.CHANNEL_KIND_WEBHOOK
WAITING, SENT, FAILED = (
    casework_pb2.NOTICE_STATE_WAITING,
    casework_pb2.NOTICE_STATE_SENT,
    casework_pb2.NOTICE_STATE_FAILED,
)
LEASE_MS = 120_000
"""Longer than any try takes (hub/notices/sender.py)."""
_NOTICES = table_of(NoticeRow)
_PASSING = (Category.UNAVAILABLE, Category.INTERNAL)


@dataclass(frozen=True, slots=True)
class Notice:
    """A row of the outbox (hub/notices/tables.py)."""

    id: int
    cause: bytes
    index: int
    agency: str
    contact: str
    channel: int
    state: int
    tries: int
    error: str
    answer: int
    made_at: int
    next_try: int
    sent_at: int
    tried_at: int
    read_at: int

    @property
    def lane(self) -> tuple[int, str]:
        """What it must share with others: the one mail server, or the webhooks of one agency."""
        return self.channel, self.agency if self.channel == WEBHOOK else ""


_COLUMNS = [_NOTICES.c[each.name] for each in fields(Notice)]


def put(connection: Connection, cause: bytes, index: int, told: Iterable[Told], now: int) -> None:
    """A row for each of ``told``, inside the caller's transaction; those that stand already stay as they are."""
    rows = [
        {
            "cause": cause,
            "index": index,
            "agency": each.agency,
            "contact": each.contact,
            "channel": each.channel,
            "state": WAITING,
            "tries": 0,
            "error": "",
            "answer": 0,
            "made_at": now,
            "next_try": now,
            "sent_at": 0,
            "tried_at": 0,
            "read_at": 0,
        }
        for each in told
    ]
    insert = (postgresql if connection.dialect.name == "postgresql" else sqlite).insert(_NOTICES)
    if rows:
        connection.execute(insert.on_conflict_do_nothing(), rows)


def due(connection: Connection, now: int, full: Collection[tuple[int, str]], sending: Collection[int]) -> list[Notice]:
    """What may be sent now, longest due first, without lanes that are full and what is being sent."""
    mail_is_full = any(channel == MAIL for channel, _ in full)
    slow = [agency for channel, agency in full if channel == WEBHOOK]
    query = (
        select(*_COLUMNS)
        .where(_NOTICES.c.state == WAITING, _NOTICES.c.next_try <= now, _NOTICES.c.id.not_in(sending))
        .where(not_((_NOTICES.c.channel == WEBHOOK) & _NOTICES.c.agency.in_(slow)))
        .order_by(_NOTICES.c.next_try, _NOTICES.c.id)
        .limit(100)
    )
    if mail_is_full:
        query = query.where(_NOTICES.c.channel != MAIL)
    return [Notice(**row) for row in connection.execute(query).mappings()]


def claim(engine: Engine, wanted: Collection[int], now: int) -> list[Notice]:
    """Those of ``wanted`` that nobody else has taken, as they stand with this try counted."""
    taking = (
        update(_NOTICES)
        .where(_NOTICES.c.id.in_(wanted), _NOTICES.c.state == WAITING, _NOTICES.c.next_try <= now)
        .values(next_try=now + LEASE_MS, tries=_NOTICES.c.tries + 1, tried_at=now)
        .returning(*_COLUMNS)
    )
    with writing(engine) as connection:
        rows = connection.execute(taking).mappings().all()
    return sorted((Notice(**row) for row in rows), key=lambda notice: notice.id)


def sent(engine: Engine, notice: Notice, now: int) -> None:
    """The other server has taken it."""
    done = {"state": SENT, "error": "", "answer": 0, "next_try": 0, "sent_at": now}
    with writing(engine) as connection:
        connection.execute(update(_NOTICES).where(_NOTICES.c.id == notice.id).values(**done))


def failed(engine: Engine, notice: Notice, error: HutongError, now: int) -> bool:
    """This try was in vain; whether there will be another.

    A trouble that passes (unavailable, our own) is tried again while tries are left, any other one never. A row that
    somebody has claimed since, or that is sent, stays as it is.
    """
    wait = pause(notice.tries) if error.category in _PASSING else None
    values = {"error": error.code, "answer": int(error.params.get("status", "0"))}
    later = {"next_try": now + wait} if wait is not None else {"state": FAILED, "next_try": 0}
    mine = (_NOTICES.c.id == notice.id, _NOTICES.c.tries == notice.tries, _NOTICES.c.state == WAITING)
    with writing(engine) as connection:
        connection.execute(update(_NOTICES).where(*mine).values(**values, **later))
    return wait is not None


def let_go(engine: Engine, notices: Iterable[Notice], now: int) -> None:
    """Give back what was claimed and not sent, so that the next start need not wait for the lease."""
    ids = [notice.id for notice in notices]
    with writing(engine) as connection:
        free = update(_NOTICES).where(_NOTICES.c.id.in_(ids), _NOTICES.c.state == WAITING)
        connection.execute(free.values(next_try=now))


def retry(engine: Engine, only: int | None, now: int) -> int:
    """Put what has failed or waits after tries in vain, or ``only`` that one, back as if never tried; how many.
    HT-NTC-11 where that one is neither."""
    chosen = update(_NOTICES).where(_NOTICES.c.state != SENT, _NOTICES.c.error != "")
    if only is not None:
        chosen = chosen.where(_NOTICES.c.id == only)
    fresh = {"state": WAITING, "tries": 0, "next_try": now, "read_at": 0}
    with writing(engine) as connection:
        count = int(connection.execute(chosen.values(**fresh)).rowcount)
    if only is not None and not count:
        raise HutongError("HT-NTC-11", id=only)
    return count


def read(engine: Engine, notices: Iterable[Notice], now: int) -> None:
    """The agency has looked at ``notices``: those of them that have failed may be forgotten in time."""
    unread = [notice.id for notice in notices if notice.state == FAILED and not notice.read_at]
    if not unread:
        return
    looked = update(_NOTICES).where(_NOTICES.c.id.in_(unread), _NOTICES.c.state == FAILED, _NOTICES.c.read_at == 0)
    with writing(engine) as connection:
        connection.execute(looked.values(read_at=now))


def forget(engine: Engine, before: int, limit: int) -> int:
    """Delete at most ``limit`` of what was last tried before then and nobody waits for: sent, or failed and read. How
    many it were; a crash leaves the rest to the next time."""
    over = or_(_NOTICES.c.state == SENT, and_(_NOTICES.c.state == FAILED, _NOTICES.c.read_at > 0))
    old = select(_NOTICES.c.id).where(over, _NOTICES.c.tried_at < before).limit(limit)
    with writing(engine) as connection:
        return int(connection.execute(delete(_NOTICES).where(_NOTICES.c.id.in_(old))).rowcount)


def about(connection: Connection, cause: bytes) -> list[Notice]:
    """The notices of one statement or test."""
    query = select(*_COLUMNS).where(_NOTICES.c.cause == cause).order_by(_NOTICES.c.id)
    return [Notice(**row) for row in connection.execute(query).mappings()]


def listed(connection: Connection, agency: str = "", *, failed_only: bool = False, limit: int = 200) -> list[Notice]:
    """Newest first; ``failed_only``: given up, or tried in vain so far."""
    query = select(*_COLUMNS).order_by(_NOTICES.c.id.desc()).limit(limit)
    if agency:
        query = query.where(_NOTICES.c.agency == agency)
    if failed_only:
        query = query.where(_NOTICES.c.error != "")
    return [Notice(**row) for row in connection.execute(query).mappings()]


def counts(engine: Engine) -> dict[str, int]:
    """How many wait, how many of these were tried in vain, how many have failed, and how many of these are unread."""
    count = func.count()
    with reading(engine) as connection:
        waiting, failed = (select(count).where(_NOTICES.c.state == state) for state in (WAITING, FAILED))
        return {
            "waiting": connection.execute(waiting).scalar_one(),
            "tried_in_vain": connection.execute(waiting.where(_NOTICES.c.error != "")).scalar_one(),
            "failed": connection.execute(failed).scalar_one(),
            "unread": connection.execute(failed.where(_NOTICES.c.read_at == 0)).scalar_one(),
        }
