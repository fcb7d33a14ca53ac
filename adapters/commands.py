"""``hutong adapter``: what the adapters make of a file without a hub, and the agency node's commands."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from adapters import registry
from adapters.draft import Conversion, Draft
from adapters.runtime.commands import register
from hutong import terminal
from hutong.catalogue import say
from hutong.errors import HutongError
from hutong.terminal import LangOption, Output, OutputOption

app = typer.Typer(no_args_is_help=True, help=say("adapter-help"), rich_markup_mode=None)


@app.command(help=say("adapter-help-convert"))
def convert(
    agency: Annotated[str, typer.Argument(help=" | ".join(registry.AGENCIES))],
    file: Annotated[Path, typer.Argument(help=say("adapter-help-file"))],
    output: OutputOption = Output.TABLE,
    lang: LangOption = None,
) -> None:
    """A dry run. Exit 0, or 1 if there is a dead letter; 2 for an agency that nobody knows or a file that cannot be
    read. An agency whose adapter is not installed gives a dead letter: the file can still be fed later."""
    if agency not in registry.known():
        raise HutongError("HT-ADP-02", agency=agency, known=", ".join(registry.known()))
    try:
        data = file.read_bytes()
    except OSError as error:
        raise HutongError("HT-ADP-04", file=file, rule=error.strerror or type(error).__name__) from error
    try:
        adapter = registry.load(agency)
    except HutongError as error:
        conversion = Conversion.refused("/", error)
    else:
        conversion = adapter.convert(data, name=file.name, now=datetime.now().astimezone())
    if output is Output.JSON:
        # Bytes, because records are UTF-8 also where the terminal is not.
        typer.echo(json.dumps(conversion.to_dict(), ensure_ascii=False, indent=2).encode())
    else:
        _print(conversion)
    raise typer.Exit(1 if conversion.dead_letters else 0)


def _print(conversion: Conversion) -> None:
    console = terminal.data()
    if conversion.drafts:
        table = Table(*(say(f"adapter-column-{name}") for name in ("kind", "record", "title", "notes")))
        for draft in conversion.drafts:
            table.add_row(draft.kind, _shown(draft.source_record), _shown(_title(draft)), str(len(draft.notes)))
        console.print(table)
    if conversion.dead_letters:
        table = Table(*(say(f"adapter-column-{name}") for name in ("where", "code", "reason")))
        for letter in conversion.dead_letters:
            table.add_row(_shown(letter.where), letter.code, _shown(letter.reason))
        console.print(table)
    console.print(say("adapter-drafts", count=len(conversion.drafts)))
    console.print(say("adapter-dead-letters", count=len(conversion.dead_letters)))


def _shown(text: str) -> str:
    """``text`` without anything that a terminal would obey."""
    return "".join(c if c.isprintable() else " " for c in text)


def _title(draft: Draft) -> str:
    content = draft.body.WhichOneof("content")
    return str(getattr(getattr(draft.body, content), "title", "")) if content else ""


register(app)
