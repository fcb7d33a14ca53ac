"""How ``hutong audit`` answers: facts, tables and JSON on stdout, a bar for long work. Chinese takes two cells."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from time import monotonic
from typing import Any

from rich.cells import cell_len
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from audit.review.findings import Progress as Tell
from audit.review.findings import Report
from audit.review.view import moment, shown
from hutong.catalogue import load, say
from hutong.terminal import data, talk

_LONG = 100_000
"""From this many entries on a bar shows how far it is."""
_REFRESH = 0.2
_GAP = "  "


def facts(rows: Iterable[tuple[str, Any]], out: Console | None = None) -> None:
    """Labels in the reader's language, padded to one width in terminal cells; further lines of a value line up."""
    known = load("texts")
    labelled = [(say(f"audit-field-{key}") if f"audit-field-{key}" in known else key, value) for key, value in rows]
    width = max((cell_len(label) for label, _ in labelled), default=0)
    out = out or data()
    for label, value in labelled:
        first, *rest = shown(value).split("\n")
        out.print(f"{label}{' ' * (width - cell_len(label))}{_GAP}{first}")
        for line in rest:
            out.print(f"{' ' * width}{_GAP}{line}")


def table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """``rows`` under ``titles``; no column is cut, however narrow the window is."""
    lines = [list(titles), *(list(row) for row in rows)]
    widths = [max(cell_len(line[column]) for line in lines) for column in range(len(titles))]
    for line in lines:
        padded = (cell + " " * (width - cell_len(cell)) for cell, width in zip(line, widths, strict=True))
        data().print(_GAP.join(padded).rstrip())


def document(fields: dict[str, Any]) -> None:
    """JSON for programs."""
    data().print(json.dumps(fields, ensure_ascii=False, indent=2))


def verdict(report: Report, out: Console | None = None) -> None:
    """Every fault with its three sentences, what was checked, and whether it holds; on stdout by default."""
    out = out or data()
    for fault in report.faults:
        said = fault.sentences()
        out.print(f"✗ {fault.code}  {fault.where}  {said.what}\n  {said.why}\n  {said.next}")
    if report.faults:
        out.print()
    facts(((key, value) for key, value in _about(report) if value not in ("", [], None)), out)
    for remark in remarks(report):
        out.print(f"! {remark}")
    out.print(say("audit-verified") if report.ok else say("audit-refused", count=len(report.faults)))


def remarks(report: Report) -> Iterator[str]:
    """What a person should know although it is no fault."""
    if report.policy and not report.policy_given:
        yield say("audit-policy-found")
    if report.ok and not report.cosigned:
        yield say("audit-unwitnessed")
    if report.unpublished:
        yield say("audit-unpublished", count=len(report.unpublished), first=report.unpublished[0], size=report.size)
    if report.unknown:
        yield say("audit-unknown-signatures", names=shown(list(report.unknown)).replace("\n", ", "))


def _about(report: Report) -> Iterator[tuple[str, Any]]:
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


def duration(milliseconds: int) -> str:
    """Hours, minutes and seconds: ``26:05:00``; a part of a second counts as one."""
    seconds = -(-milliseconds // 1000)
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"


@contextmanager
def progress() -> Iterator[Tell]:
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
