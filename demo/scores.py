"""报表: what ``hutong audit report`` makes of the demo's log, for a spreadsheet, and its headline."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from audit import reporting
from audit.review.scoresheet import as_plain
from demo.account import Told
from demo.cast import CAST
from hutong.worktime.calendar import ZONE
from rules.scorecard.figures import Scorecards

_IN_THE_HEADLINE = ("telecom", "police")


def month_of(now: int) -> str:
    """The month of an instant (ms) in China, as ``--month`` takes it."""
    return f"{dt.datetime.fromtimestamp(now / 1000, ZONE):%Y-%m}"


def leave(folder: Path, month: str, cards: Scorecards, told: Told) -> None:
    """DIR/report-MONTH.csv and .xlsx; the account says how the two agencies stand that the story was about."""
    plain = as_plain(cards)
    (folder / f"report-{month}.csv").write_text(reporting.csv_report(plain), encoding="utf-8")
    reporting.write_workbook(folder / f"report-{month}.xlsx", plain)
    names = {role.code: role.name_zh for role in CAST}
    for row in plain["recipients"]:
        if row["agency"] in _IN_THE_HEADLINE and row["contact"] is None:
            told.tell(
                "demo.score",
                month=month,
                agency=names[row["agency"]],
                part=row["acknowledged"]["part"],
                whole=row["acknowledged"]["whole"],
                silent=row["non_response"],
                red=row["turned_red"],
                fallen=row["fallen"],
                extended=row["extensions_granted"],
            )
    told.tell("demo.report", file=f"report-{month}.xlsx")
