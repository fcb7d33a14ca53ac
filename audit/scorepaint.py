"""The tables of a scorecard, as people print them and as spreadsheets take them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from audit import paint
from audit.review.scoresheet import Plain, flat
from hutong.catalogue import load, say
from hutong.terminal import data

TABLES: dict[str, dict[str, tuple[str, ...]]] = {
    "recipients": {
        "timeliness": ("laid", "acknowledged", "completed", "to_acknowledge", "to_feedback"),
        "results": ("outcomes", "evidence_repeated", "returned", "passed_on", "sent_back"),
        "pressure": (
            *("non_response", "forced", "moved", "fallen", "turned_red"),
            *("held", "extensions_asked", "extensions_granted", "extensions_granted_late"),
        ),
        "standing": (
            *("standing.open", "standing.on_hold", "standing.in_breach", "standing.red"),
            *("standing.overdue_acknowledge", "standing.overdue_complete"),
            *("standing.oldest_open", "standing.oldest_overdue"),
        ),
    },
    "requesters": {
        "asked": ("items", "flash_items", "sent", "defective", "returned", "flash_for_nothing"),
        "waiting": (
            *("answered", "waiting.unread", "waiting.oldest_unread"),
            *("waiting.reviews", "waiting.oldest_review", "waiting.overdue_reviews"),
        ),
        "owed": (
            *("reviews_turned_red", "waiting.reviews_red"),
            *("waiting.decisions", "waiting.oldest_decision", "extensions_decided_late"),
        ),
    },
}
"""What stands in which table, by the keys of audit/review/scoresheet.py."""
OVERDUE = ("agency", "owner", "item", "clock", "obliged", "by", "age")


def tables(plain: Plain) -> None:
    """Every table of ``plain`` on stdout; a row with a ``name`` shows it in place of the contact's id."""
    out = data()
    for side, wanted in TABLES.items():
        for name, keys in wanted.items():
            out.print(f"\n{say(f'score-table-{name}')}")
            rows = [[_whose(row), *(shown(_at(row, key), key) for key in keys)] for row in plain[side]]
            paint.table([say(f"score-side-{side}"), *map(title, keys)], rows) if rows else out.print(say("score-none"))
    out.print(f"\n{say('score-table-overdue')}")
    late = [[shown(one.get(f"{key}_name") or one[key], key) for key in OVERDUE] for one in plain["overdue"]]
    paint.table([title(key) for key in OVERDUE], late) if late else out.print(say("score-none-overdue"))
    out.print()


def lines(plain: Plain) -> tuple[list[str], list[list[Any]]]:
    """Headings and lines of both sides in one sheet."""
    return sheet([{"side": say(f"score-side-{side}"), **row} for side in TABLES for row in plain[side]])


def _whose(row: Plain) -> str:
    return f"  {row.get('name') or row['contact']}" if row["contact"] else str(row["agency"])


def _at(row: Plain, key: str) -> Any:
    for part in key.split("."):
        row = row[part]
    return row


def shown(value: Any, key: str) -> str:
    """One cell: ``12/15 80%``; median and P90 of working and wall minutes with n; the codes that occurred."""
    name = key.rpartition(".")[2]
    if name == "clock":
        return say(f"score-clock-{value}")
    if name.startswith("oldest_") or name == "age":
        return _age(value)
    if not isinstance(value, dict):
        return str(value)
    if "whole" in value:
        return f"{value['part']}/{value['whole']}" + (f" {value['percent']:g}%" if value["whole"] else "")
    if "work" in value:
        ranks = [f"{value[unit]['median']:g}/{value[unit]['p90']:g}" for unit in ("work", "wall") if value["n"]]
        return f"{' · '.join(ranks) or '–'} (n={value['n']})"
    return "  ".join(f"{_code(name, code)} {count}" for code, count in value.items() if count) or "–"


def _age(minutes: float) -> str:
    whole = int(minutes)
    return f"{whole // 60}:{whole % 60:02}" if whole else "–"


def _code(name: str, code: str) -> str:
    key = f"code.{'outcome' if name == 'outcomes' else 'reason'}_code.{code}"
    return say(key) if key in load("texts") else code


def title(key: str) -> str:
    """What a figure is called, part by part: 签收用时·工作分钟·中位."""
    name, _, rest = key.partition(".")
    if name == "standing" or name == "waiting":
        return title(rest)
    if name in ("outcomes", "returned") and rest:
        return f"{say(f'score-{name}')}·{_code(name, rest)}"
    return "·".join([say(f"score-{name}"), *([title(rest)] if rest else [])])


def _column(key: str) -> str:
    """``title`` where cells are bare numbers: ages say their unit."""
    name = key.rpartition(".")[2]
    return title(key) + (say("score-minutes") if name.startswith("oldest_") or name == "age" else "")


def sheet(rows: Sequence[Plain]) -> tuple[list[str], list[list[Any]]]:
    """Headings and lines with a column for each figure that any of ``rows`` has."""
    figures = [dict(flat(row)) for row in rows]
    keys = list(dict.fromkeys(key for row in figures for key in row))
    return [_column(key) for key in keys], [[row.get(key) for key in keys] for row in figures]
