"""``hutong adapter``: what the adapters make of a file without a hub, both ways, and the agency node's commands."""

from __future__ import annotations

import base64
import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from adapters import originals, recognise, registry, statements
from adapters.contract import Adapter, Gather, NativeFile
from adapters.draft import Conversion, DeadLetter, Draft
from adapters.runtime.commands import register
from adapters.statements import Statement
from hutong import terminal
from hutong.catalogue import say
from hutong.errors import HutongError
from hutong.terminal import LangOption, Output, OutputOption

app = typer.Typer(no_args_is_help=True, help=say("adapter-help"), rich_markup_mode=None)

AUTO = "auto"
STDIN = "-"
DRAFTS = "drafts"
NATIVE = "native"
ORIGINAL = "original"
_MAX_REMARKS = 40
_TEXT = ("text/", "application/xml", "application/json", "application/stix+json", "application/x-ndjson")


@app.command(help=say("adapter-help-convert"))
def convert(
    agency: Annotated[str, typer.Argument(metavar="AGENCY|FILE", help=say("adapter-help-agency"), show_default=False)],
    file: Annotated[str | None, typer.Argument(metavar="FILE|-", help=say("adapter-help-file"))] = None,
    to: Annotated[str, typer.Option("--to", help=say("adapter-help-to"))] = DRAFTS,
    out: Annotated[Path | None, typer.Option("--out", help=say("adapter-help-out"))] = None,
    output: OutputOption = Output.TABLE,
    lang: LangOption = None,
) -> None:
    """A dry run. Exit 0, or 1 if there is a dead letter; 2 for an agency that nobody knows, a file that cannot be read
    or written, or a file that several adapters read. An agency whose adapter is not installed gives a dead letter: the
    file can still be fed later."""
    if file is None:
        agency, file = AUTO, agency
    if agency != AUTO and agency not in registry.known():
        raise HutongError("HT-ADP-02", agency=agency, known=", ".join(registry.known()))
    data = _input(file)
    name = "" if file == STDIN else Path(file).name
    if to == DRAFTS:
        _drafts(agency, data, name, output)
    else:
        _native(agency, data, to, out, output)


def _input(file: str) -> bytes:
    try:
        return sys.stdin.buffer.read() if file == STDIN else Path(file).read_bytes()
    except OSError as error:
        raise HutongError("HT-ADP-04", file=file, rule=error.strerror or type(error).__name__) from error


def _drafts(agency: str, data: bytes, name: str, output: Output) -> None:
    """The native file as drafts."""
    now = datetime.now().astimezone()
    try:
        if agency == AUTO:
            agency, conversion = recognise.convert(data, name=name, now=now)
            if agency:
                terminal.talk().print(say("adapter-recognised", agency=agency))
        else:
            conversion = registry.load(agency).convert(data, name=name, now=now)
    except HutongError as error:
        if error.code not in ("HT-ADP-01", "HT-ADP-03", "HT-ADP-261"):
            raise
        conversion = Conversion.refused("/", error)
    if output is Output.JSON:
        _json(conversion.to_dict())
    else:
        _print(conversion)
    raise typer.Exit(1 if conversion.dead_letters else 0)


def _native(agency: str, data: bytes, form: str, out: Path | None, output: Output) -> None:
    """Drafts or statements as native files: into ``out``; else as JSON, or the only file itself, to stdout."""
    reading = statements.read(data, int(datetime.now().astimezone().timestamp() * 1000))
    said = reading.statements
    if agency == AUTO:
        agency = recognise.by_source(said[0].body.source_system if said else "")
    files, dead = _rendered(registry.load(agency), agency, said, form, whole=out is None)
    talk = terminal.talk()
    for letter in dead:
        talk.print(f"{_shown(letter.where)} {letter.code} {letter.reason}")
    if reading.dead_letters:
        talk.print(say("adapter-dead-letters-left", count=reading.dead_letters))
    if out is not None:
        _write(out, files)
        talk.print(say("adapter-written", count=len(files), folder=out))
    if output is Output.JSON:
        _json({"files": [_as_json(file) for file in files], "dead_letters": [letter.to_dict() for letter in dead]})
    elif out is None and files:
        if len(files) > 1 or not files[0].media_type.startswith(_TEXT):
            raise HutongError("HT-ADP-263", count=len(files), names=", ".join(file.name for file in files[:5]))
        typer.echo(files[0].data, nl=False)
    raise typer.Exit(1 if dead or reading.dead_letters else 0)


def _rendered(
    adapter: Adapter, agency: str, said: Sequence[Statement], form: str, *, whole: bool
) -> tuple[list[NativeFile], list[DeadLetter]]:
    """All files in ``form``. Where the adapter can put many statements into one file, and one file is wanted
    (``whole``), it does; whatever cannot be said in the form is a dead letter."""
    forms: dict[str, Gather] = {ORIGINAL: originals.gather, **getattr(adapter, "FORMS", {})}
    if form != NATIVE and form not in forms:
        raise HutongError("HT-ADP-265", agency=agency, form=form, known=", ".join((DRAFTS, NATIVE, *forms)))
    gather = forms.get(form) or (getattr(adapter, "gather", None) if whole and len(said) > 1 else None)
    if gather is not None:
        return gather(said), []
    files: list[NativeFile] = []
    dead: list[DeadLetter] = []
    for number, statement in enumerate(said, 1):
        try:
            files += adapter.render(statement)
        except HutongError as error:
            dead.append(DeadLetter.of(f"statement {number}", error))
    return files, dead


def _write(folder: Path, files: Sequence[NativeFile]) -> None:
    """Into ``folder``, which is made; HT-ADP-264 if one of them is there already, and then none is written."""
    taken = next((file.name for file in files if (folder / file.name).exists()), None)
    if taken:
        raise HutongError("HT-ADP-264", file=folder / taken)
    file = None
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for file in files:
            with (folder / file.name).open("xb") as target:
                target.write(file.data)
    except FileExistsError as error:
        raise HutongError("HT-ADP-264", file=folder / file.name if file else folder) from error
    except OSError as error:
        raise HutongError("HT-ADP-04", file=folder, rule=error.strerror or type(error).__name__) from error


def _as_json(file: NativeFile) -> dict[str, str]:
    said = {"name": file.name, "media_type": file.media_type}
    if file.media_type.startswith(_TEXT):
        return said | {"text": file.data.decode()}
    return said | {"base64": base64.b64encode(file.data).decode()}


def _json(value: Any) -> None:
    # Bytes, because records are UTF-8 also where the terminal is not.
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2).encode())


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
    for line in _remarks(conversion.drafts):
        console.print(line)
    console.print(say("adapter-drafts", count=len(conversion.drafts)))
    console.print(say("adapter-dead-letters", count=len(conversion.dead_letters)))


def _remarks(drafts: Sequence[Draft]) -> Iterator[str]:
    """Every note once, in the order in which they come, with how many drafts have it; the first of them if there are
    very many."""
    counts: Counter[str] = Counter()
    for draft in drafts:
        counts.update({" ".join(filter(None, (note.where, note.text))): 1 for note in draft.notes})
    for text, count in islice(counts.items(), _MAX_REMARKS):
        yield _shown(f"- {text}" + (f" ×{count}" if count > 1 else ""))
    if len(counts) > _MAX_REMARKS:
        yield f"… {len(counts) - _MAX_REMARKS}"


def _shown(text: str) -> str:
    """``text`` without anything that a terminal would obey."""
    return "".join(c if c.isprintable() else " " for c in text)


def _title(draft: Draft) -> str:
    content = draft.body.WhichOneof("content")
    return str(getattr(getattr(draft.body, content), "title", "")) if content else ""


register(app)
