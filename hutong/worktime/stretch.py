"""Counting: from an instant and a span to the instant at which it falls due, day by day.

Instants are aware datetimes; results are in Asia/Shanghai. One count serves deadlines and their explanation alike, so
that what people are shown is what was reckoned.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field

from hutong.errors import HutongError
from hutong.worktime.calendar import PUBLISHED, ZONE, Calendar, Day
from hutong.worktime.hours import NATIONAL, Hours
from hutong.worktime.notices import NATION
from hutong.worktime.span import Span, Unit

_HORIZON_DAYS = 20 * 366
_WALL = {Unit.MINUTE: "minutes", Unit.HOUR: "hours", Unit.DAY: "days"}
_MINUTE = dt.timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Counted:
    """What one day gave to a count: working minutes, or 1 where days are counted; 0 where it was passed over."""

    day: Day
    amount: float = 0


@dataclass(frozen=True, slots=True)
class Count:
    """When a span falls due and the days that it was counted over, in order."""

    due: dt.datetime
    days: tuple[Counted, ...] = ()

    @property
    def provisional(self) -> bool:
        """Whether a day counted over has no published notice: the instant may move."""
        return any(counted.day.provisional for counted in self.days)


@dataclass(frozen=True)
class WorkTime:
    """How one agency counts: its region's calendar and its own hours."""

    calendar: Calendar = PUBLISHED
    region: str = NATION
    hours: Hours = field(default=NATIONAL)

    def count(self, start: dt.datetime, span: Span) -> Count:
        """When ``span`` after ``start`` is over. HT-CAL-04: beyond what calendars reach.

        Working minutes used up exactly at the end of a stretch end there, not at the start of the next one. Days keep
        the time of day unless ``span.to_close``.
        """
        local = start.astimezone(ZONE)
        try:
            match span.unit:
                case Unit.WORKING_MINUTE:
                    return self._minutes(local, span.amount)
                case Unit.WORKING_DAY:
                    return self._ended(self._workdays(local, span.amount), span)
                case Unit.DAY:
                    return self._ended(self._days(local, span.amount), span)
                case unit:
                    # By the instant: the wall clock of the zone was once set forward and back.
                    end = start.astimezone(dt.UTC) + dt.timedelta(**{_WALL[unit]: span.amount})
                    return Count(end.astimezone(ZONE))
        except OverflowError as error:
            raise HutongError("HT-CAL-04") from error

    def due(self, start: dt.datetime, span: Span) -> dt.datetime:
        """``count`` without the days."""
        return self.count(start, span).due

    def provisional(self, start: dt.datetime, end: dt.datetime) -> bool:
        """Whether a day from ``start`` to ``end``, both included, has no published notice."""
        first, last = (instant.astimezone(ZONE).date() for instant in (start, end))
        ahead = range((last - first).days + 1)
        return any(self.calendar.day(first + dt.timedelta(days=day), self.region).provisional for day in ahead)

    def worked(self, start: dt.datetime, end: dt.datetime) -> dt.timedelta:
        """How much working time lies between two instants; none where ``end`` comes first. HT-CAL-04 as ``count``."""
        since, until = start.astimezone(ZONE), end.astimezone(ZONE)
        total = dt.timedelta()
        try:
            for day in self._from(since.date()):
                if day.date > until.date():
                    break
                for opens, closes in self._stretches(day, since):
                    total += max(min(closes, until) - opens, dt.timedelta())
        except OverflowError as error:
            raise HutongError("HT-CAL-04") from error
        return total

    def _from(self, day: dt.date) -> Iterator[Day]:
        for ahead in range(_HORIZON_DAYS):
            yield self.calendar.day(day + dt.timedelta(days=ahead), self.region)
        raise OverflowError

    def _minutes(self, start: dt.datetime, minutes: int) -> Count:
        left = minutes * _MINUTE
        days: list[Counted] = []
        for day in self._from(start.date()):
            had = left
            for begin, end in self._stretches(day, start):
                if begin + left <= end:
                    return Count(begin + left, (*days, Counted(day, had / _MINUTE)))
                left -= end - begin
            days.append(Counted(day, (had - left) / _MINUTE))
        raise AssertionError("the horizon raises")

    def _stretches(self, day: Day, start: dt.datetime) -> Iterator[tuple[dt.datetime, dt.datetime]]:
        """The day's working stretches, what lies before ``start`` cut off."""
        for opens, closes in self.hours.on(day.date) if day.worked else ():
            begin, end = (dt.datetime.combine(day.date, edge, ZONE) for edge in (opens, closes))
            if end > start:
                yield max(begin, start), end

    def _workdays(self, start: dt.datetime, amount: int) -> Count:
        days: list[Counted] = []
        for day in self._from(start.date()):
            counts = day.worked and day.date > start.date()
            days.append(Counted(day, int(counts)))
            amount -= counts
            if amount <= 0:
                return Count(dt.datetime.combine(day.date, start.timetz()), tuple(days))
        raise AssertionError("the horizon raises")

    def _days(self, start: dt.datetime, amount: int) -> Count:
        spread = zip(range(amount + 1), self._from(start.date()), strict=False)
        days = tuple(Counted(day, int(number > 0)) for number, day in spread)
        return Count(dt.datetime.combine(days[-1].day.date, start.timetz()), days)

    def _ended(self, count: Count, span: Span) -> Count:
        """``count`` with the roll-over and the closing time that the span's rule wants."""
        days, last = list(count.days), count.days[-1].day
        if span.rolls_over and not last.worked:
            for later in self._from(last.date + dt.timedelta(days=1)):
                days.append(Counted(later))
                if later.worked:
                    break
            last = days[-1].day
        time = self.hours.on(last.date)[-1][1] if span.to_close else count.due.timetz().replace(tzinfo=None)
        return Count(dt.datetime.combine(last.date, time, ZONE), tuple(days))
