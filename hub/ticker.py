"""Time: APScheduler only ticks; what is due stands in rows (obligations, orders) and is said through the one path.

A tick that is missed loses nothing: the next one finds the same rows. An order carried out twice says it once, because
the hub's statement has the same id both times.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from dataclasses import dataclass

import structlog
from apscheduler.schedulers.background import BackgroundScheduler
from google.protobuf.message import Message
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from hub import orders
from hub.attachments import Attachments
from hub.channels import ChannelTests
from hub.clock import Clock, DemoClock
from hub.clockwork import Clockwork
from hub.delivery.wakeup import Wakeup
from hub.enrolment.certificates import revoke
from hub.notices import orders as notice_orders
from hub.notices.retention import forget_old
from hub.recorder.work import HubTask
from hub.saying import Saying
from hub.services.parties import header_at
from hub.standing import Standing
from hub.state.attachments import is_needed
from hub.state.database import forget, reading, writing
from hub.state.records import load_recorded
from hutong.errors import Category, HutongError
from hutong.identifiers.ids import hub_statement_id
from hutong.sealing.disclosure import disclosed_digest, make_disclosure
from hutong.v1 import codes_pb2, directory_pb2, header_pb2, kinds_pb2
from rules import hub_statements
from rules.state import State

_log = structlog.get_logger("hub.ticker")
_IDLE_SECONDS = 7 * 24 * 3600


@dataclass
class Ticker:
    """Looks at what is due every ``seconds``; ``look`` may also be called at once."""

    engine: Engine
    saying: Saying
    clockwork: Clockwork
    channel_tests: ChannelTests
    standing: Standing
    clock: Clock
    attachments: Attachments
    wakeup: Wakeup
    origin: str
    keyid: str
    seconds: float
    notices_days: int

    def start(self) -> None:
        """Begin ticking; one look at a time, none piles up."""
        self._scheduler = BackgroundScheduler(timezone="UTC")
        self._scheduler.add_job(self.look, "interval", seconds=self.seconds, max_instances=1, coalesce=True)
        # A job of its own, because it waits for other servers; a second instance finds the first at it and ends.
        look = self.channel_tests.look
        self._scheduler.add_job(look, "interval", seconds=self.seconds, max_instances=2, coalesce=True)
        self._scheduler.add_job(self.sweep, "interval", hours=1, next_run_time=dt.datetime.now(dt.UTC), max_instances=1)
        self._scheduler.start()

    def stop(self) -> None:
        """End after the look under way."""
        self._scheduler.shutdown(wait=True)

    def look(self) -> None:
        """Carry out orders, then say what time demands."""
        for order in orders.waiting(self.engine):
            try:
                self._carry_out(order)
            except HutongError as error:
                if error.category is not Category.UNAVAILABLE:
                    orders.done(self.engine, order.id, f"{error.code}: {error.sentences('en').why}")
            except (KeyError, ValueError, TypeError) as error:
                _log.error("an order could not be read", order=order.what, error=type(error).__name__)
                orders.done(self.engine, order.id, f"{type(error).__name__}")
            except (OSError, SQLAlchemyError) as error:
                # The order stays open and is tried again at the next look; nothing else waits for it.
                _log.error("an order could not be carried out yet", order=order.what, error=type(error).__name__)
            else:
                orders.done(self.engine, order.id)
        self.clockwork.catch_up()

    def _carry_out(self, order: orders.Order) -> None:
        match order.what:
            case "register":
                self._register(order)
            case "calendar":
                self._publish(order)
            case "erase":
                self._erase(order)
            case "revoke":
                revoke(self.engine, bytes.fromhex(order.details["fingerprint"]), self.clock.now())
                self.standing.reload_certificates(self.engine)
                self.wakeup.notify_all()
            case "advance":
                if not isinstance(self.clock, DemoClock):
                    raise HutongError("HT-ORD-01", why="only a hub made with --demo has a clock to move")
                self.clock.advance(int(order.details["milliseconds"]))
                self.wakeup.notify_all()
            case "retry_notices":
                notice_orders.retry(self.engine, order, self.clock.now())
            case "test_notice":
                notice_orders.test(self.engine, order, self.standing.directory, self.clock.now())
            case _:
                raise HutongError("HT-ORD-01", why=f"unknown order {order.what}")

    def _register(self, order: orders.Order) -> None:
        details = order.details
        said = kinds_pb2.AgencyRegistered.FromString(bytes.fromhex(details["agency"]))
        card = directory_pb2.AgencyCard(name_zh=details["name_zh"], name_en=details["name_en"])

        def make(disclosed: bytes, now: int) -> header_pb2.Header:
            return hub_statements.registration(self.origin, self.keyid, said, disclosed, order.id, now)

        self._disclose(order, card, make, agency=said.agency)

    def _publish(self, order: orders.Order) -> None:
        said = kinds_pb2.CalendarPublished.FromString(bytes.fromhex(order.details["calendar"]))
        card = directory_pb2.CalendarCard(source=order.details["source"])

        def make(disclosed: bytes, now: int) -> header_pb2.Header:
            return hub_statements.calendar(self.origin, self.keyid, said, disclosed, order.id, now)

        self._disclose(order, card, make)

    def _disclose(
        self, order: orders.Order, card: Message, make: Callable[[bytes, int], header_pb2.Header], *, agency: str = ""
    ) -> None:
        """Say what ``make`` gives for the digest of the disclosed ``card`` and the hub's time; ``agency``: whose head
        may be another one after it."""
        disclosure = make_disclosure(card.SerializeToString())
        digest = disclosed_digest(disclosure.salt, disclosure.card)
        statement_id = hub_statement_id(self.origin, order.id, 0)
        told = disclosure.SerializeToString()
        self.saying.say(
            HubTask(lambda state, now: make(digest, now), statements=(statement_id,), disclosure=told, agency=agency)
        )

    def _erase(self, order: orders.Order) -> None:
        message_id = bytes.fromhex(order.details["message_id"])
        reason = codes_pb2.ErasureReason.Value(order.details["reason"])
        with reading(self.engine) as connection:
            found = load_recorded(connection, [message_id])
            header = header_at(connection, found[0].index) if found else None

        def make(state: State, now: int) -> header_pb2.Header:
            about = state.statements.get(message_id)
            if about is None:
                raise HutongError("HT-DTY-07")
            return hub_statements.erased(self.origin, self.keyid, about, order.id, reason, now)

        statement_id = hub_statement_id(self.origin, order.id, 0)
        self.saying.say(HubTask(make, statements=(message_id, statement_id)))
        # After the entry: a crash in between leaves files that nobody may fetch; sweep finds them.
        for ref in header.attachments if header else ():
            self._drop(ref.address)
        if not forget(self.engine):
            raise HutongError("HT-SYS-01", why="a reader still holds the page that was overwritten")

    def sweep(self) -> None:
        """Throw away uploads that nobody went on with, files that no statement names (any more), old claims and
        notices."""
        self.clockwork.sweep()
        forget_old(self.engine, self.notices_days, self.clock.now())
        for address in self.attachments.idle(time.time() - _IDLE_SECONDS):
            self._drop(address)

    def _drop(self, address: bytes) -> None:
        """Delete an attachment unless a statement needs it; under the head lock, so that none comes to need it now."""
        with writing(self.engine) as connection:
            if not is_needed(connection, address):
                self.attachments.erase(address)
