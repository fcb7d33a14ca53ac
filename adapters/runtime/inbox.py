"""The receiver: what is addressed to the agency, in log order, verified, stored and receipted.

Row, cursor and the Delivered that the sender gets are one transaction: a crash leaves all or none, and the hub repeats
what was not stored.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import structlog

from adapters.runtime.arrivals import Arrivals, Verdict
from adapters.runtime.link import Link
from adapters.runtime.outbox import is_distrust
from adapters.runtime.outgoing import Outgoing
from adapters.runtime.pen import Pen
from adapters.runtime.settings import NodeSettings
from adapters.runtime.store import Store
from adapters.runtime.troubles import Troubles
from adapters.runtime.verdict import judge, wants_delivered, wants_rendering
from hutong.client.hub import checked_stream
from hutong.client.trust import entry_of
from hutong.errors import HutongError
from hutong.signing.dsse import statement_digest
from hutong.v1 import codes_pb2, envelope_pb2, exchange_pb2, header_pb2

_log = structlog.get_logger("adapters.node")
_REVIEWED = 20


@dataclass
class Receiver:
    """Reads the agency's deliveries. ``arrived`` is told after each that something is there to send or to write out,
    ``works`` that the stream flows."""

    link: Link
    store: Store
    arrivals: Arrivals
    outgoing: Outgoing
    troubles: Troubles
    pen: Pen
    settings: NodeSettings
    clock: Callable[[], int]
    reach: Callable[[str], None]
    arrived: Callable[[], None]
    works: Callable[[], None]
    _read_until: dict[int, int] = field(default_factory=dict)
    """Unexplained erasures: how far the log must have been read before their Erased is missing."""

    async def step(self, *, once: bool = False) -> bool:
        """Follow the subscription; it ends only with an error, or at the head of the log with ``once``."""
        request = exchange_pb2.SubscribeRequest(origin=self.link.profile.origin, cursor=self.arrivals.cursor, once=once)
        async for message in checked_stream(self.link.hub.exchange.Subscribe(request)):
            self.works()
            if message.HasField("delivery"):
                await self._receive(message.delivery, message.next_cursor)
            else:
                await self._check_cursor(message.next_cursor)
                self.arrivals.move(message.next_cursor)
        return False

    async def review(self) -> bool:
        """Ask again for what did not hold, because bytes may have been bent on their way, and for bodies that the hub
        calls erased; an alarm for those of which the log, read to the end, says nothing."""
        for index, code in self.arrivals.doubtful(_REVIEWED):
            if not is_distrust(code):
                await self._ask_again(index)
        unexplained = self.arrivals.unexplained()
        self._read_until = {index: self._read_until.get(index, 0) for index in unexplained}
        for index, until in self._read_until.items():
            self._read_until[index] = until or (await self._size())
            if self.arrivals.cursor >= self._read_until[index]:
                self.troubles.raise_(HutongError("HT-NOD-24", index=index), str(index))
        return False

    async def _size(self) -> int:
        """How long the log is now, verified."""
        await self.link.hub.checkpoint()
        return self.link.hub.trust.seen

    async def _ask_again(self, index: int) -> None:
        request = exchange_pb2.SubscribeRequest(origin=self.link.profile.origin, cursor=index, once=True)
        call = self.link.hub.exchange.Subscribe(request)
        try:
            async for message in checked_stream(call):
                if message.HasField("delivery") and message.delivery.index == index:
                    await self._receive(message.delivery, index + 1)
                break
        finally:
            call.cancel()

    async def _receive(self, delivery: exchange_pb2.Delivery, cursor: int) -> None:
        self.reach("received")
        await self._catch_up(delivery)
        verdict, failure = self._judge(delivery)
        await self._check_cursor(cursor)
        if failure:
            self._alarm(delivery.index, failure)
        async with self.link.writing:
            self._keep(delivery, verdict, cursor)
        await self.link.hub.settle_if_crowded()
        self.reach("received-stored")
        self.arrived()

    async def _check_cursor(self, cursor: int) -> None:
        """HT-CLI-12 for a cursor beyond the log: believed, it would have us pass over all that is still to come."""
        trust = self.link.hub.trust
        if cursor > trust.seen:
            await self.link.hub.checkpoint()
        if cursor > trust.seen:
            raise HutongError("HT-CLI-12", why=f"a cursor of {cursor} in a log of {trust.seen} entries")

    async def _catch_up(self, delivery: exchange_pb2.Delivery) -> None:
        """Fetch the directory up to where the entry was recorded under it."""
        try:
            needed = entry_of(delivery.receipt).directory_index
        except HutongError:  # the verdict will say so
            return
        if needed > self.link.directory.next_index or not self.link.knows_directory:
            await self.link.refresh()

    def _judge(self, delivery: exchange_pb2.Delivery) -> tuple[Verdict, HutongError | None]:
        """What holds, holds once: the same statement recorded again would be carried out again."""
        own = self.link.profile.agency
        verdict, failure = judge(delivery, self.link.directory, self.link.profile.opening_keys(), own)
        before = self.arrivals.get(verdict.message_id) if verdict.verified else None
        if before is None or not before.verdict.verified or before.index == delivery.index:
            return verdict, failure
        twice = HutongError("HT-CLI-12", why=f"entries {before.index} and {delivery.index} record one statement twice")
        return replace(verdict, result=codes_pb2.OPENING_RESULT_NOT_VERIFIED, code=twice.code), twice

    def _keep(self, delivery: exchange_pb2.Delivery, verdict: Verdict, cursor: int) -> None:
        with self.store.transaction():
            new = self.arrivals.put(delivery, verdict, render=wants_rendering(verdict, delivery))
            if new and wants_delivered(verdict, delivery):
                self.outgoing.put(self._delivered(verdict, delivery))
            if verdict.verified and verdict.own and verdict.kind == "acknowledged":
                self.outgoing.release(verdict.item)
            if delivery.erased or verdict.kind == "erased":
                self.arrivals.explain(verdict.item)
            self.arrivals.move(cursor)

    def _alarm(self, index: int, failure: HutongError) -> None:
        _log.warning("does not hold", index=index, code=failure.code, trace_id=failure.trace_id)
        problem = HutongError("HT-NOD-11", index=index, failure=failure.code, trace_id=failure.trace_id)
        self.troubles.raise_(problem, str(index))
        if is_distrust(failure.code):
            self.troubles.raise_(failure, str(index))

    def _delivered(self, verdict: Verdict, delivery: exchange_pb2.Delivery) -> envelope_pb2.Submission:
        directory, now = self.link.directory.records, self.clock()
        digest = statement_digest(delivery.envelope)
        sequence = self.link.profile.next_sequence()
        drill = header_pb2.Header.FromString(delivery.envelope.payload).facts.drill
        return self.pen.delivered(verdict, digest, self._contact(now), directory, sequence, now, drill=drill)

    def _contact(self, now: int) -> str:
        """Who answers for the receipt: the contact set, else the agency's own order of duty, with an alarm."""
        agency, directory = self.link.profile.agency, self.link.directory.records
        if directory.contact_of(agency, self.settings.contact, now):
            self.troubles.clear("HT-NOD-17")
            return self.settings.contact
        problem = HutongError("HT-NOD-17", contact=self.settings.contact)
        self.troubles.raise_(problem, "contact")
        instead = directory.owner_for(agency, "", "", now)
        if instead is None:
            raise problem
        return instead.id
