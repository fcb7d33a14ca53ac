"""Dates, money and head counts as registers and spreadsheets write them. None means: cannot be read."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

from hutong.v1 import codes_pb2

_YMD = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?!\d)")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:\d{4}(?:\d{2})?)?(?!\d)")
_SHORT = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4}|\d{2})(?!\d)")
_NAMED = re.compile(r"(?:(\d{1,2})[ -])?([A-Za-z]{3})[A-Za-z]*\.?[ -](?:(\d{1,2}),? )?(\d{4})(?!\d)")
_AFTER_DATE = re.compile(r"[ T]*(?:\d{1,2}\s*[:：时点].*|[上下]午.*|星期.|周.|[AP]M|Z)?", re.IGNORECASE)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_EXCEL_SERIAL = re.compile(r"[34567]\d{4}(?:\.\d+)?")
_EXCEL_EPOCH = date(1899, 12, 30)
_EPOCH = re.compile(r"1\d{9}(?:\d{3})?")
_CHINA = timezone(timedelta(hours=8))
_FIRST_YEAR, _LAST_YEAR = 2000, 2099

# Longer names first: 美元 ends in 元.
_CURRENCIES = {
    "人民币": "CNY", "RMB": "CNY", "¥": "CNY", "美元": "USD", "美金": "USD", "$": "USD", "欧元": "EUR", "€": "EUR",
    "英镑": "GBP", "£": "GBP", "港币": "HKD", "港元": "HKD", "日元": "JPY", "韩元": "KRW", "澳元": "AUD", "加元": "CAD",
    "台币": "TWD", "元": "CNY",
}  # fmt: skip
_SIGN = "|".join(map(re.escape, _CURRENCIES))
_AMOUNT = re.compile(
    rf"(?:约|大约|近|共计?|合计)?\s*(?P<before>[A-Z]{{3}}|{_SIGN})?\s*"
    r"(?P<number>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)\s*"
    rf"(?P<times>[千万亿]{{0,2}})余?\s*(?P<after>[A-Z]{{3}}|{_SIGN})?整?(?:左右)?"
)
_TIMES = {"": 1, "千": 10**3, "万": 10**4, "亿": 10**8, "千万": 10**7, "万亿": 10**12}
_HEADS = re.compile(r"(?:约|大约|近|共)?(\d{1,9})(?:余|多)?(?:人|名|名?会员|people|persons)?", re.IGNORECASE)


@dataclass(frozen=True)
class Amount:
    """``value`` in decimal notation; ``currency`` ISO 4217, or empty when nothing says."""

    value: str
    currency: str


@dataclass(frozen=True)
class DateOrder:
    """How a file writes 9/10/19. ``certain`` unless no date of the file tells month from day."""

    day_first: bool = False
    certain: bool = True


def date_order(values: Iterable[str]) -> DateOrder:
    """The order of day and month over all dates of one file: a first number above 12 is a day."""
    pairs = [(int(m[1]), int(m[2])) for value in values if (m := _SHORT.match(_plain(value)))]
    if any(first > 12 for first, _ in pairs) and not any(second > 12 for _, second in pairs):
        return DateOrder(day_first=True)
    return DateOrder(certain=not pairs or any(max(pair) > 12 for pair in pairs))


def day(value: str, order: DateOrder) -> date | None:
    """The calendar day of a date or date-time between 2000 and 2099, as local to the source as it was written."""
    text = _plain(value)
    found = (
        _from(_YMD.match(text), text, (1, 2, 3))
        or _from(_SHORT.match(text), text, (3, 2, 1) if order.day_first else (3, 1, 2))
        or _from(_SHORT.match(text), text, (3, 1, 2) if order.day_first else (3, 2, 1))
        or _from(_COMPACT.fullmatch(text), text, (1, 2, 3))
        or _named(text)
        or _counted(text)
    )
    return found if found and _FIRST_YEAR <= found.year <= _LAST_YEAR else None


def money(value: str, unit: str = "", currency: str = "") -> Amount | None:
    """An amount with its unit (万, 亿), which may also stand in the column's name. Ranges are not read."""
    text = _plain(value)
    found = _AMOUNT.fullmatch(text.upper() if text.isascii() else text)
    if not found or len(found["number"]) > 24:
        return None
    times = found["times"] or next((word for word in ("万", "亿", "千") if word in unit), "")
    if times not in _TIMES:
        return None
    number = Decimal(found["number"].replace(",", "")) * _TIMES[times]
    words = (found["before"], found["after"], currency, unit)
    iso = _iso(next((word for word in words if word), ""))
    return Amount(_digits(number), iso)


def heads(value: str) -> int | None:
    """A number of people. Ranges are not read."""
    found = _HEADS.fullmatch(_plain(value))
    return int(found[1]) if found else None


def amount_band(amounts: Iterable[Amount]) -> codes_pb2.AmountBand.ValueType:
    """The band of the sum; unknown unless every amount is in yuan."""
    listed = list(amounts)
    if not listed or any(amount.currency != "CNY" for amount in listed):
        return codes_pb2.AMOUNT_BAND_UNKNOWN
    total = sum(Decimal(amount.value) for amount in listed)
    if total < 100_000:
        return codes_pb2.AMOUNT_BAND_UNDER_100K
    if total < 1_000_000:
        return codes_pb2.AMOUNT_BAND_100K_TO_1M
    return codes_pb2.AMOUNT_BAND_1M_TO_2_5M if total < 2_500_000 else codes_pb2.AMOUNT_BAND_2_5M_OR_MORE


def participant_band(count: int | None) -> codes_pb2.ParticipantBand.ValueType:
    """The band of a head count."""
    if count is None:
        return codes_pb2.PARTICIPANT_BAND_UNKNOWN
    if count < 30:
        return codes_pb2.PARTICIPANT_BAND_UNDER_30
    if count < 60:
        return codes_pb2.PARTICIPANT_BAND_30_TO_59
    return codes_pb2.PARTICIPANT_BAND_60_TO_119 if count < 120 else codes_pb2.PARTICIPANT_BAND_120_OR_MORE


def _plain(value: str) -> str:
    return unicodedata.normalize("NFKC", value).strip()


def _from(found: re.Match[str] | None, text: str, order: tuple[int, int, int]) -> date | None:
    if not found or not _AFTER_DATE.fullmatch(text, found.end()):
        return None
    year, month, number = (int(found[group]) for group in order)
    return _date(year + 2000 if year < 70 else year, month, number)


def _named(text: str) -> date | None:
    """ "24 Sep 2019", "24-Sep-2019", "September 24, 2019"."""
    found = _NAMED.match(text)
    if not found or found[2].lower() not in _MONTHS or not _AFTER_DATE.fullmatch(text, found.end()):
        return None
    number = found[1] or found[3]
    return _date(int(found[4]), _MONTHS.index(found[2].lower()) + 1, int(number)) if number else None


def _counted(text: str) -> date | None:
    """A spreadsheet's day number, or seconds or milliseconds since 1970."""
    if _EXCEL_SERIAL.fullmatch(text):
        return _EXCEL_EPOCH + timedelta(days=int(text[:5]))
    if _EPOCH.fullmatch(text):
        return datetime.fromtimestamp(int(text[:10]), UTC).astimezone(_CHINA).date()
    return None


def _date(year: int, month: int, number: int) -> date | None:
    try:
        return date(year, month, number)
    except ValueError:
        return None


def _iso(word: str) -> str:
    """ISO 4217 for "元", "单位：元", "$", "USD"; empty for anything else."""
    upper = word.upper()
    if upper in _CURRENCIES or not re.fullmatch("[A-Z]{3}", upper):
        return next((iso for sign, iso in _CURRENCIES.items() if sign in upper), "")
    return upper


def _digits(number: Decimal) -> str:
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if number == number.to_integral_value() and "." in text else text
