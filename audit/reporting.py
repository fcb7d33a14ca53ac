"""``hutong audit report``: scorecards of a week or a month, as 报表 for people and as values for programs."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from audit import paint
from audit.review.findings import Report
from audit.review.period import read_period
from audit.review.replay import Replay
from audit.review.scoresheet import Plain, as_plain, flat
from audit.review.verify import check_is_export
from audit.review.verify import verify as check
from hutong.catalogue import load, say
from hutong.errors import EXIT_CODES, Category, HutongError
from hutong.terminal import LangOption, data, talk
from rules.scorecard.collector import Collector


class Form(StrEnum):
    """How a report is written."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


_TABLES: dict[str, dict[str, tuple[str, ...]]] = {
    "recipients": {
        "timeliness": ("laid", "acknowledged", "completed", "to_acknowledge", "to_feedback"),
        "results": ("outcomes", "evidence_repeated", "returned", "passed_on", "sent_back"),
        "pressure": (
            *("non_response", "forced", "moved", "fallen", "turned_red"),
            *("held", "extensions_asked", "extensions_granted"),
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
            *("waiting.reviews", "waiting.oldest_review"),
        ),
    },
}
"""What stands in which table, by the keys of audit/review/scoresheet.py."""
_OVERDUE = ("agency", "owner", "item", "clock", "by", "age")


def report(
    path: Annotated[Path, typer.Argument(exists=True, readable=False, help=say("audit-path-help"))],
    week: Annotated[str | None, typer.Option("--week", help=say("score-week-help"))] = None,
    month: Annotated[str | None, typer.Option("--month", help=say("score-month-help"))] = None,
    agency: Annotated[str, typer.Option("--agency", help=say("score-agency-help"))] = "",
    xlsx: Annotated[Path | None, typer.Option("--xlsx", help=say("score-xlsx-help"), dir_okay=False)] = None,
    policy: Annotated[
        Path | None, typer.Option("--policy", exists=True, readable=False, help=say("audit-policy-help"))
    ] = None,
    output: Annotated[Form, typer.Option("--output", "-o", help="table | json | csv")] = Form.TABLE,
    lang: LangOption = None,
) -> None:
    """Replay the export PATH and say how promptly whom answered whom."""
    check_is_export(path)
    collector = Collector(read_period(week, month))
    replays: list[Replay] = []

    def collecting(trusted: Any) -> Replay:
        replays.append(Replay(trusted, collector))
        return replays[0]

    with paint.progress() as tell:
        checked = check(path, policy, check_statements=collecting, progress=tell)
    if not checked.ok:
        _refuse(checked, output)
    if agency and agency not in replays[0].state.directory.agencies:
        raise HutongError("HT-SCR-03", agency=agency)
    plain = {"week": week, "month": month, "agency": agency or None, **as_plain(collector.scorecards(), agency)}
    plain |= {"origin": checked.origin, "size": checked.size, "root": checked.root.hex()}
    if xlsx:
        write_workbook(xlsx, plain)
    match output:
        case Form.JSON:
            paint.document({"ok": True, **plain})
        case Form.CSV:
            data().print(csv_report(plain), end="")
        case Form.TABLE:
            _paint(checked, plain)


def _refuse(checked: Report, output: Form) -> None:
    """No figures out of a log that does not verify."""
    if output is Form.JSON:
        paint.document(checked.as_dict())
    else:
        paint.verdict(checked, talk() if output is Form.CSV else None)
    raise typer.Exit(EXIT_CODES[Category.VERIFICATION])


def _paint(checked: Report, plain: Plain) -> None:
    """The report as people print it."""
    out = data()
    span = plain["week"] or plain["month"]
    out.print(say("score-heading", span=span, agency=plain["agency"] or say("score-all")))
    about = {"origin": checked.origin, "size": checked.size, "root": checked.root.hex()}
    paint.facts({**about, "period": f"{plain['period']['start']} – {plain['period']['end']}"}.items())
    for side, tables in _TABLES.items():
        for name, keys in tables.items():
            out.print(f"\n{say(f'score-table-{name}')}")
            rows = [[_whose(row), *(_shown(_at(row, key), key) for key in keys)] for row in plain[side]]
            paint.table([say(f"score-side-{side}"), *map(title, keys)], rows) if rows else out.print("–")
    out.print(f"\n{say('score-table-overdue')}")
    late = [[_shown(one[key], key) for key in _OVERDUE] for one in plain["overdue"]]
    paint.table([title(key) for key in _OVERDUE], late) if late else out.print("–")
    out.print()
    for remark in paint.remarks(checked):
        out.print(f"! {remark}")
    if plain["as_of"] < plain["period"]["end"]:
        out.print(say("score-not-over", as_of=plain["as_of"]))
    out.print(say("score-drills", **plain["drills"]))
    out.print(say("score-notes"))


def _whose(row: Plain) -> str:
    return f"  {row['contact']}" if row["contact"] else str(row["agency"])


def _at(row: Plain, key: str) -> Any:
    for part in key.split("."):
        row = row[part]
    return row


def _shown(value: Any, key: str) -> str:
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


def _sheet(rows: Sequence[Plain]) -> tuple[list[str], list[list[Any]]]:
    """Headings and lines with a column for each figure that any of ``rows`` has."""
    figures = [dict(flat(row)) for row in rows]
    keys = list(dict.fromkeys(key for row in figures for key in row))
    return [_column(key) for key in keys], [[row.get(key) for key in keys] for row in figures]


def _both_sides(plain: Plain) -> list[Plain]:
    return [{"side": say(f"score-side-{side}"), **row} for side in _TABLES for row in plain[side]]


def csv_report(plain: Plain) -> str:
    """Both sides of a report (``as_plain``) as one CSV table."""
    from audit.sheets import csv_text

    return csv_text(*_sheet(_both_sides(plain)))


def write_workbook(target: Path, plain: Plain) -> None:
    """A report (``as_plain``) as an Excel file with a sheet for each side and one for what is overdue. HT-SCR-04."""
    from audit.sheets import write_workbook

    sheets = [(say(f"score-side-{side}"), *_sheet(plain[side])) for side in _TABLES]
    late = [{key: one[key] for key in _OVERDUE} for one in plain["overdue"]]
    late = [{**one, "clock": _shown(one["clock"], "clock")} for one in late]
    try:
        write_workbook(target, [*sheets, (say("score-table-overdue"), *_sheet(late))])
    except OSError as error:
        raise HutongError("HT-SCR-04", file=target.name, errno=error.errno) from error
