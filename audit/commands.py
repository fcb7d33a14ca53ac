"""``hutong audit``: checking and looking at logs, proofs and exports, offline.

Exit codes: 0 verified; 5 for anything that does not verify, truncated and unparsable files included; 2 for wrong usage.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import Annotated, Any

import typer
from rich.cells import cell_len
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from audit.review.findings import Progress as Tell
from audit.review.findings import Report
from audit.review.replay import Replay
from audit.review.signatures import SignatureCheck
from audit.review.verify import kind_of
from audit.review.verify import verify as check
from audit.review.view import moment, shown, view
from hutong.catalogue import load, say
from hutong.errors import EXIT_CODES, Category, HutongError
from hutong.terminal import LangOption, Output, OutputOption, data, talk

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help=say("audit-help"))

_LONG = 100_000
"""From this many entries on a bar shows how far it is."""
_REFRESH = 0.2

PathArgument = Annotated[Path, typer.Argument(exists=True, readable=False, help=say("audit-path-help"))]
PolicyOption = Annotated[
    Path | None, typer.Option("--policy", exists=True, readable=False, help=say("audit-policy-help"))
]


@app.command(help=say("audit-verify-help"))
def verify(
    path: PathArgument, policy: PolicyOption = None, output: OutputOption = Output.TABLE, lang: LangOption = None
) -> None:
    """Check PATH to the end and name every fault."""
    with _progress() as tell:
        report = check(path, policy, check_statements=SignatureCheck, progress=tell, jobs=_jobs())
    _answer(report, output)


@app.command(help=say("audit-replay-help"))
def replay(
    path: PathArgument, policy: PolicyOption = None, output: OutputOption = Output.TABLE, lang: LangOption = None
) -> None:
    """Verify the export PATH, rebuild its state from the log alone and compare it with what the hub claims."""
    if kind_of(path) != "export":
        raise HutongError("HT-RPL-06")
    with _progress() as tell:
        report = check(path, policy, check_statements=Replay, progress=tell)
    _answer(report, output)


@app.command(help=say("audit-show-help"))
def show(path: PathArgument, output: OutputOption = Output.TABLE, lang: LangOption = None) -> None:
    """Say what stands at PATH, without judging it."""
    fields = view(path)
    if output is Output.JSON:
        _json(fields)
        return
    _table({**fields, "kind": say(f"audit-kind-{fields['kind']}")}.items())
    data().print(f"\n{say('audit-not-verified')}")


def _answer(report: Report, output: Output) -> None:
    """Print the report; exit 5 unless everything holds."""
    if output is Output.JSON:
        _json(report.as_dict())
    else:
        _say_report(report)
    if not report.ok:
        raise typer.Exit(EXIT_CODES[Category.VERIFICATION])


def _say_report(report: Report) -> None:
    out = data()
    for fault in report.faults:
        said = fault.sentences()
        out.print(f"✗ {fault.code}  {fault.where}  {said.what}\n  {said.why}\n  {said.next}")
    if report.faults:
        out.print()
    _table((key, value) for key, value in _facts(report) if value not in ("", [], None))
    for remark in _remarks(report):
        out.print(f"! {remark}")
    out.print(say("audit-verified") if report.ok else say("audit-refused", count=len(report.faults)))


def _facts(report: Report) -> Iterator[tuple[str, Any]]:
    yield "kind", say(f"audit-kind-{report.kind}")
    yield "origin", report.origin
    if report.origin:
        yield "size", report.size
        yield "root", report.root.hex()
    yield "index", report.index
    if report.kind != "unknown":
        yield "entries", report.entries
    if report.kind == "export":
        yield "statements", report.statements
    yield "witnesses", [f"{name} {moment(time * 1000)}" for name, time in report.cosigned.items()]
    yield "policy", str(report.policy or "")


def _remarks(report: Report) -> Iterator[str]:
    """What a person should know although it is no fault."""
    if report.policy and not report.policy_given:
        yield say("audit-policy-found")
    if report.ok and not report.cosigned:
        yield say("audit-unwitnessed")
    if report.unknown:
        yield say("audit-unknown-signatures", names=shown(list(report.unknown)).replace("\n", ", "))


def _table(rows: Iterable[tuple[str, Any]]) -> None:
    """Labels in the reader's language, padded to one width in terminal cells; further lines of a value line up."""
    known = load("texts")
    labelled = [(say(f"audit-field-{key}") if f"audit-field-{key}" in known else key, value) for key, value in rows]
    width = max((cell_len(label) for label, _ in labelled), default=0)
    for label, value in labelled:
        first, *rest = shown(value).split("\n")
        data().print(f"{label}{' ' * (width - cell_len(label))}  {first}")
        for line in rest:
            data().print(f"{' ' * width}  {line}")


def _json(document: dict[str, Any]) -> None:
    data().print(json.dumps(document, ensure_ascii=False, indent=2))


def _jobs() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def _progress() -> Iterator[Tell]:
    """A bar on stderr, shown once the work proves long and only to a person. No thread: the check may fork."""
    columns = (TextColumn(say("audit-progress")), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = talk()
    with Progress(
        *columns, console=console, transient=True, auto_refresh=False, disable=not console.is_terminal
    ) as bar:
        task, due = bar.add_task("", visible=False), 0.0

        def tell(done: int, total: int) -> None:
            nonlocal due
            if total >= _LONG and monotonic() >= due:
                due = monotonic() + _REFRESH
                bar.update(task, completed=done, total=total, visible=True, refresh=True)

        yield tell
