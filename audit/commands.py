"""``hutong audit``: checking and looking at logs, proofs and exports, offline.

Exit codes: 0 verified; 5 for anything that does not verify, truncated and unparsable files included; 2 for wrong usage.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from audit import clockpaint, paint, reporting
from audit.review.calendars import Calendars
from audit.review.duty import DutyCheck
from audit.review.findings import Report
from audit.review.hubclock import HubClock
from audit.review.punctuality import Summary
from audit.review.replay import Replay
from audit.review.signatures import SignatureCheck
from audit.review.verify import check_is_export
from audit.review.verify import verify as check
from audit.review.view import moment, view
from hutong.catalogue import say
from hutong.errors import EXIT_CODES, Category
from hutong.proofs.policy import Policy
from hutong.proofs.reference import Reference
from hutong.terminal import LangOption, Output, OutputOption, data
from hutong.worktime.instant import instant

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help=say("audit-help"))

PathArgument = Annotated[Path, typer.Argument(exists=True, readable=False, help=say("audit-path-help"))]
PolicyOption = Annotated[
    Path | None, typer.Option("--policy", exists=True, readable=False, help=say("audit-policy-help"))
]


@app.command(help=say("audit-verify-help"))
def verify(
    path: PathArgument,
    policy: PolicyOption = None,
    reference: Annotated[str, typer.Option("--reference", help=say("audit-reference-help"), show_default=False)] = "",
    output: OutputOption = Output.TABLE,
    lang: LangOption = None,
) -> None:
    """Check PATH to the end and name every fault."""
    meant = Reference.parse(reference) if reference else None
    with paint.progress() as tell:
        report = check(path, policy, check_statements=SignatureCheck, progress=tell, jobs=_jobs(), reference=meant)
    _answer(report, output)
    if meant and report.ok and output is Output.TABLE:
        data().print(say("audit-reference-holds", index=meant.index, origin=meant.origin))


@app.command(help=say("audit-replay-help"))
def replay(
    path: PathArgument, policy: PolicyOption = None, output: OutputOption = Output.TABLE, lang: LangOption = None
) -> None:
    """Verify the export PATH, rebuild its state from the log alone and compare it with what the hub claims."""
    check_is_export(path)
    with paint.progress() as tell:
        report = check(path, policy, check_statements=Replay, progress=tell)
    _answer(report, output)


@app.command(help=say("audit-duty-help"))
def duty(
    path: PathArgument,
    policy: PolicyOption = None,
    now: Annotated[str, typer.Option("--now", metavar="INSTANT", help=say("audit-now-help"))] = "",
    output: OutputOption = Output.TABLE,
    lang: LangOption = None,
) -> None:
    """Replay the export PATH and hold every step that was due against those that the hub said."""
    check_is_export(path)
    until = int(instant(now).timestamp() * 1000) if now else 0
    checks: list[DutyCheck] = []
    clock, calendars = HubClock(), Calendars()

    def watching(trusted: Policy | None) -> DutyCheck:
        checks.append(DutyCheck(trusted, clock, calendars, until=until))
        return checks[0]

    with paint.progress() as tell:
        report = check(path, policy, check_statements=watching, progress=tell)
    summary = checks[0].summary()
    if output is Output.JSON:
        about_time = {"clock": clock.summary().as_dict(), "calendars": calendars.as_dict()}
        paint.document({**report.as_dict(), "duty": summary.as_dict(), **about_time})
    else:
        paint.verdict(report)
        clockpaint.show(clock.summary(), calendars.contradictions)
        _say_punctuality(summary)
    _end(report)


app.command(name="report", help=say("audit-report-help"))(reporting.report)


@app.command(help=say("audit-show-help"))
def show(path: PathArgument, output: OutputOption = Output.TABLE, lang: LangOption = None) -> None:
    """Say what stands at PATH, without judging it."""
    fields = view(path)
    if output is Output.JSON:
        paint.document(fields)
        return
    paint.facts({**fields, "kind": say(f"audit-kind-{fields['kind']}")}.items())
    data().print(f"\n{say('audit-not-verified')}")


def _answer(report: Report, output: Output) -> None:
    """Print the report; exit 5 unless everything holds."""
    if output is Output.JSON:
        paint.document(report.as_dict())
    else:
        paint.verdict(report)
    _end(report)


def _end(report: Report) -> None:
    if not report.ok:
        raise typer.Exit(EXIT_CODES[Category.VERIFICATION])


def _say_punctuality(summary: Summary) -> None:
    """When the hub was silent, and in the last line everything in figures."""
    for silence in summary.silences:
        since, until = moment(silence.since), moment(silence.until)
        data().print(say("duty-silence", since=since, until=until, steps=silence.steps, entries=silence.entries))
    if summary.healed:
        data().print(say("duty-healed", count=summary.healed))
    figures = {**summary.as_dict(), "worst": paint.duration(summary.worst), "p99": paint.duration(summary.p99)}
    data().print(say("duty-sum", **figures))


def _jobs() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
