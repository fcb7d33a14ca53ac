"""What cells look like: times, lengths of calls, numbers of lines. Nothing is converted; it is only judged."""

from __future__ import annotations

import calendar
import re
from functools import lru_cache

_CLOCK = r"(?:[01]?\d|2[0-4])[:：时点][0-5]?\d(?:[:：分][0-6]?\d秒?(?:[.,]\d{1,9})?)?分?"
_ZONE = r"\s*(?:Z|[+-]\d\d:?\d\d|[A-Z]{3,4})?"
_YMD = re.compile(rf"((?:19|20)\d\d)[-/.年](1[0-2]|0?[1-9])[-/.月](3[01]|[12]\d|0?[1-9])日?(?:[T\s]*{_CLOCK})?{_ZONE}")
_DMY = re.compile(
    rf"(3[01]|[12]\d|0?[1-9])[-/.](3[01]|[12]\d|0?[1-9])[-/.](?:(?:19|20)?\d\d)(?:[T\s]*{_CLOCK})?{_ZONE}"
)
_COMPACT = re.compile(r"((?:19|20)\d\d)(1[0-2]|0[1-9])(3[01]|[12]\d|0[1-9])(?:(?:[01]\d|2[0-4])[0-5]\d(?:[0-6]\d)?)?")
_EPOCH = re.compile(r"[12]\d{9}(?:\d{3}){0,2}(?:\.\d{1,9})?")
_TIME_ONLY = re.compile(_CLOCK)
_LENGTH = re.compile(r"\d{1,9}(?:\.\d{1,6})?|(?:\d{1,3}[:：时小]){1,2}[0-5]?\d|(?:\d{1,4}[时小分秒]+){1,3}")
_LINE = re.compile(r"[+*#]?[0-9][0-9*#-]{2,23}|[A-Za-z0-9._+*#-]{1,64}@[A-Za-z0-9.:-]{1,253}|[A-Za-z0-9._+*#-]{1,32}")
_DIGITS = re.compile(r"\+?[0-9][0-9-]{4,19}")


@lru_cache(maxsize=4096)
def is_time(text: str) -> bool:
    """Whether ``text`` is a date, a date and time or a time of day that exists, or seconds (or less) since 1970."""
    if found := _YMD.fullmatch(text) or _COMPACT.fullmatch(text):
        return int(found[3]) <= calendar.monthrange(int(found[1]), int(found[2]))[1]
    return bool(_DMY.fullmatch(text) or _EPOCH.fullmatch(text) or _TIME_ONLY.fullmatch(text))


def is_moment(text: str) -> bool:
    """A time that says the day as well."""
    return is_time(text) and not _TIME_ONLY.fullmatch(text)


def is_length(text: str) -> bool:
    """How long something took: seconds, or hours, minutes and seconds."""
    return bool(_LENGTH.fullmatch(text))


def is_line(text: str) -> bool:
    """What a call may come from or go to: a number, an extension, an address of SIP."""
    return bool(_LINE.fullmatch(text))


def is_number(text: str) -> bool:
    """A telephone number as digits."""
    return bool(_DIGITS.fullmatch(text))
