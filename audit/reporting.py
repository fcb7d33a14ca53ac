"""``hutong audit report``: scorecards of a week or a month, as 报表 for people and as values for programs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from audit import paint
from audit.review.findings import Report
from audit.review.period import read_period
from audit.review.replay import Replay
from audit.review.scoresheet import Plain, as_plain
from audit.review.verify import check_is_export
from audit.review.verify import verify as check
from audit.scorepaint import OVERDUE, TABLES, lines, sheet, shown, tables
from hutong.catalogue import say
from hutong.errors import EXIT_CODES, Category, HutongError
from hutong.terminal import Form, LangOption, data, talk
from rules.scorecard.collector import Collector


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
    tables(plain)
    for remark in paint.remarks(checked):
        out.print(f"! {remark}")
    if plain["as_of"] < plain["period"]["end"]:
        out.print(say("score-not-over", as_of=plain["as_of"]))
    out.print(say("score-drills", **plain["drills"]))
    out.print(say("score-notes"))


def csv_report(plain: Plain) -> str:
    """Both sides of a report (``as_plain``) as one CSV table."""
    from audit.sheets import csv_text

    return csv_text(*lines(plain))


def write_workbook(target: Path, plain: Plain) -> None:
    """A report (``as_plain``) as an Excel file with a sheet for each side and one for what is overdue. HT-SCR-04."""
    from audit import sheets as excel

    sheets = [(say(f"score-side-{side}"), *sheet(plain[side])) for side in TABLES]
    late = [{key: one[key] for key in OVERDUE} for one in plain["overdue"]]
    late = [{**one, "clock": shown(one["clock"], "clock")} for one in late]
    try:
        excel.write_workbook(target, [*sheets, (say("score-table-overdue"), *sheet(late))])
    except OSError as error:
        raise HutongError("HT-SCR-04", file=target.name, errno=error.errno) from error
