"""``make bench``: every figure as a ratio of two measurements of one run, into bench/results.json and a table."""

from __future__ import annotations

import json
import os
import platform
import sys
from importlib.metadata import version
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench import clockwork, exchange, formats, log, telecom

METHOD = (
    "One run on loopback. Submit, batches and streams go through a real hub process over mutual TLS, with statements of"
    " 1 KiB of text, sealed to two recipients' keys and signed beforehand; SQLite in WAL with synchronous=FULL. Each"
    " ratio divides two measurements of the same round; rounds alternate after a warm-up; medians are shown. The client"
    " runs on the same cores as the hub. The clock engine is measured in hubs of this process (bench/clockwork.py)."
)


def main() -> None:
    """Measure, print, write; exits 0 when everything ran, whatever the figures say."""
    talk, out = Console(stderr=True), Console()

    def say(line: str) -> None:
        talk.print(line, highlight=False)

    rows = [*exchange.rows(say), *clockwork.rows(say), *log.rows(), *formats.rows(), *telecom.rows()]
    machine = {
        "cores": len(os.sched_getaffinity(0)),
        "machine": platform.machine(),
        "python": platform.python_version(),
        "grpcio": version("grpcio"),
        "cryptography": version("cryptography"),
    }
    target = Path(__file__).parent / "results.json"
    results = {"rows": rows, "machine": machine, "method": METHOD}
    target.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    table = Table("what", "measured", "unit", "goal", "", title="Hutong")
    for row in rows:
        table.add_row(row["name"], f"{row['measured']:g}", row["unit"], f"{row['goal']:g}", "✓" if row["ok"] else "✗")
    out.print(table)
    say(METHOD)


if __name__ == "__main__":
    sys.exit(main())
