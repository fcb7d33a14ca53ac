"""Whether the hub said every step that was due, once, in its turn, and to whom it had to: judged entry by entry.

What was due is told by each obligation's timetable (timetable.py) and by who is in force; what was said stands in the
log. Before anything about an item is decided the hub says what is due on it by then, so a step that was due earlier and
is not there was missed. How late a step came is a figure and no fault: a hub may have been down, and then says it all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import takewhile

from hutong.errors import HutongError
from hutong.v1 import header_pb2, options_pb2
from rules.folding import Folded
from rules.records import Obligation
from rules.state import State

from .punctuality import GRACE_MS, Punctuality, Summary
from .timetable import PARTS, PROPERTY
from .turns import FALL, STEPS, Turn
from .watched import Watched

_ABOUT_ITEM = {options_pb2.READS_ITEM, options_pb2.READS_OBLIGATIONS}
_OWED = {"transfer_made": PARTS, "transfer_received": PARTS, "filing_decided": PROPERTY}
"""What the kind has the one owe that has made a transfer: the parts that are missing, the property."""


class DutyWatch:
    """Sees the log pass, one entry at a time, in order; can be fed on for as long as the log grows.

    The faults that a call gives are about that entry. ``overdue`` says what is due at a moment and not said yet: at the
    end of a log, or now and then in a running hub.
    """

    def __init__(self) -> None:
        self._open: dict[bytes, dict[str, Watched]] = {}
        self._items: dict[str, set[bytes]] = {}
        self._figures = Punctuality()

    def __call__(self, state: State, folded: Folded) -> Iterator[HutongError]:
        """The faults that the entry shows; ``state`` is the one after it."""
        step = folded.kind.name in STEPS
        if not folded.kind.hub_only:
            self._figures.went_on(folded.at)
        if not step and folded.kind.reads & _ABOUT_ITEM:
            yield from self._overtaken(state, folded)
        if folded.refusal:
            return
        if step:
            yield from self._heard(state, folded)
        elif folded.kind.directory:
            yield from self._directory_moved(state, folded)
        for before, after in folded.changed:
            if before is None:
                yield from self._laid(state, folded, after)
            else:
                yield from self._changed(state, folded, before, after)

    def unfit(
        self, state: State, index: int, now: int, header: header_pb2.Header, field: str = ""
    ) -> Iterator[HutongError]:
        """What is wrong with a step that the hub said and the rules do not take; ``field`` they found wrong, if any."""
        said = Turn.heard(header)
        if said is None:
            return
        self._figures.surplus += 1
        watched = self._open.get(said.item, {}).get(said.agency)
        if watched is None:
            yield said.fault("HT-LAD-05", index=index)
            return
        duty = state.obligations[said.item, said.agency]
        turn, step = watched.turn(state.directory, duty, now)
        if turn and (turn.says(said) or (turn.alike(said) and not watched.was_said(said))):
            wrong = watched.differs(state.directory, duty, step, header, now)
            yield turn.fault("HT-LAD-06", index=index, field=wrong or field or "–")
        elif watched.was_said(said):
            yield said.fault("HT-LAD-03", index=index)
        elif not watched.is_to_come(state.directory, duty, said):
            yield said.fault("HT-LAD-05", index=index)
        elif turn:
            yield said.fault("HT-LAD-04", index=index, turn=turn.name)
        else:
            yield said.fault("HT-LAD-02", index=index)

    def overdue(self, state: State, now: int, grace: int = GRACE_MS) -> Iterator[HutongError]:
        """Every step that is due since ``grace`` or longer at ``now`` (ms) and not said."""
        for item, watches in self._open.items():
            for agency, watched in watches.items():
                duty = state.obligations[item, agency]
                for turn in watched.missing(state.directory, duty, now - grace + 1):
                    self._missed(watched, turn)
                    yield turn.fault("HT-RPL-07")

    def summary(self) -> Summary:
        """The figures so far."""
        return self._figures.summary()

    @property
    def worst(self) -> int:
        """How late the latest step so far came, in milliseconds; it costs nothing to ask."""
        return self._figures.worst

    def _missed(self, watched: Watched, turn: Turn) -> bool:
        """Count ``turn`` as missed; whether that is news."""
        if turn in watched.missed:
            return False
        watched.missed |= {turn}
        self._figures.missed += 1
        self._figures.due += 1
        return True

    def _overtaken(self, state: State, folded: Folded) -> Iterator[HutongError]:
        """The steps that should have been said before this entry about their item."""
        item = bytes(folded.header.item_id)
        earlier = {after.agency: before for before, after in folded.changed if before}
        for agency, watched in self._open.get(item, {}).items():
            duty = earlier.get(agency) or state.obligations[item, agency]
            yield from self._left_out(watched, watched.missing(state.directory, duty, folded.at), folded)

    def _left_out(self, watched: Watched, turns: Iterable[Turn], folded: Folded) -> Iterator[HutongError]:
        """``turns``, which the hub should have said before this entry."""
        for turn in turns:
            if self._missed(watched, turn):
                yield turn.fault("HT-LAD-01", index=folded.index)

    def _heard(self, state: State, folded: Folded) -> Iterator[HutongError]:
        """A step that the rules take: it must be the timetable's as well."""
        ((duty, _),) = folded.changed
        said = Turn.heard(folded.header)
        assert said and duty  # noqa: S101 - the rules have found both
        watched = self._open[said.item][said.agency]
        if said.who == FALL:
            owed = watched.missing(state.directory, duty, folded.at)
            yield from self._left_out(watched, takewhile(lambda each: each.who != FALL, owed), folded)
        turn, step = watched.turn(state.directory, duty, folded.at)
        if turn is None or not turn.says(said):
            turn, wrong = said, "step"
        else:
            wrong = watched.differs(state.directory, duty, step, folded.header, folded.at)
        if wrong:
            self._figures.differing += 1
            yield said.fault("HT-LAD-07", index=folded.index, field=wrong)
        elif step:
            watched.table.taken(state.directory, step, bool(folded.header.escalated.told))
        self._figures.took(turn.known or folded.at, folded.at)
        self._figures.due += turn not in watched.missed
        watched.said |= {turn}

    def _laid(self, state: State, folded: Folded, duty: Obligation) -> Iterator[HutongError]:
        """A new obligation comes under watch; what it was given must be what the timetable gives it."""
        now = folded.at
        self._figures.obligations += 1
        watched = Watched(state.directory, state.items[duty.item], duty, now)
        watches = self._open.setdefault(duty.item, {})
        if duty.agency == state.items[duty.item].from_agency and folded.kind.name in _OWED:
            watched.table.owe(state.directory, _OWED[folded.kind.name], now)
        if passing := watches.get(duty.redirected_from):
            watched.table.bind(state.directory, passing.table, now)
        watches[duty.agency] = watched
        self._items.setdefault(duty.agency, set()).add(duty.item)
        yield from self._agreed(watched, folded, duty)

    def _changed(self, state: State, folded: Folded, before: Obligation, after: Obligation) -> Iterator[HutongError]:
        """The clocks follow the statement; the record must say the same as they do."""
        watched = self._open.get(after.item, {}).get(after.agency)
        if watched is None:
            return
        if not folded.kind.reads & _ABOUT_ITEM:
            # A handover names no item; the hub goes by those of the offer.
            yield from self._left_out(watched, watched.missing(state.directory, before, folded.at), folded)
        if folded.kind.name not in ("escalated", "non_response"):
            watched.table.follow(state.directory, folded.header, before, after, folded.at)
        if before.owner != after.owner:
            watched.owned_anew(state.directory, after, folded.at)
        yield from self._agreed(watched, folded, after)
        if not after.open:
            self._forget(after)

    def _agreed(self, watched: Watched, folded: Folded, duty: Obligation) -> Iterator[HutongError]:
        """Whether record and timetable say the same of ``duty``; where not, the watch goes on from the record."""
        if wrong := watched.disagrees(duty):
            self._figures.differing += 1
            yield HutongError("HT-LAD-08", index=folded.index, item=duty.item.hex(), agency=duty.agency, field=wrong)
            watched.table.adopt(duty, folded.at)

    def _forget(self, duty: Obligation) -> None:
        """What is over is watched no longer."""
        watches = self._open[duty.item]
        del watches[duty.agency]
        if not watches:
            del self._open[duty.item]
        self._items[duty.agency].discard(duty.item)

    def _directory_moved(self, state: State, folded: Folded) -> Iterator[HutongError]:
        """Owners may have ceased to be ones with this statement, or come back.

        Who comes back hides the fall: it was left out where a statement had caused it, or where the hub was up.
        """
        header = folded.header
        agency = header.agency_registered.agency or header.sender.agency
        direct = options_pb2.READS_OWNED in folded.kind.reads
        for item in sorted(self._items.get(agency, ())):
            duty, watched = state.obligations[item, agency], self._open[item][agency]
            if duty.owner == folded.concerned:
                yield from self._left_out(watched, watched.missing(state.directory, duty, folded.at), folded)
            sudden = watched.sudden
            healed = watched.directory_moved(state.directory, duty, folded.at, direct)
            if healed is None:
                continue
            self._figures.healed += 1
            if sudden or self._figures.recorded(healed.known, folded.at):
                yield from self._left_out(watched, [healed], folded)
