"""What the commands of every room share: the choice of language and output form, and errors as a person reads them,
or a program.

Data goes to stdout; talk, progress and errors go to stderr.
"""

from __future__ import annotations

import io
import json
import os
import sys
from enum import StrEnum
from typing import Annotated

import typer
from rich.console import Console

from hutong.catalogue import say
from hutong.errors import HutongError


class Language(StrEnum):
    """The languages of the catalogue, as --lang spells them."""

    ZH_CN = "zh-CN"
    EN = "en"


class Output(StrEnum):
    """How data is written."""

    TABLE = "table"
    JSON = "json"


class Form(StrEnum):
    """How a report is written."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


def choose_language(language: Language | None) -> Language | None:
    """Make ``language`` the one in which this process speaks; None leaves it to the environment."""
    if language is not None:
        os.environ["HUTONG_LANG"] = language.value
    return language


LangOption = Annotated[
    Language | None,
    typer.Option("--lang", help="zh-CN | en", callback=choose_language, is_eager=True, show_default=False),
]
OutputOption = Annotated[Output, typer.Option("--output", "-o", help="table | json")]


class _Errors:
    """In which form this process says its errors."""

    form = Output.TABLE


def say_errors_in(form: Output) -> None:
    """Say errors in ``form`` from now on. The program does so before it reads its command line (hutong/commands.py),
    because that may be wrong itself."""
    _Errors.form = form


class _Data(Console):
    """Whoever reads our data and has enough of it ends the program in peace (hutong/commands.py)."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


def talk() -> Console:
    """A console on stderr; colour and movement only where a person looks on, none with NO_COLOR."""
    return Console(stderr=True, highlight=False, markup=False, soft_wrap=True)


def data() -> Console:
    """A console on stdout that writes lines as they are given, however wide the window is."""
    return _Data(highlight=False, markup=False, emoji=False, soft_wrap=True)


def tell(error: HutongError) -> None:
    """Say on stderr what happened, why, what to do next, with code and trace id; as one line of JSON for programs."""
    said = error.sentences()
    if _Errors.form is Output.JSON:
        parts = {"code": error.code, "what": said.what, "why": said.why, "next": said.next, "trace": error.trace_id}
        # What forgive_encoding() puts in place of a character is no JSON.
        ascii_only = not (sys.stderr.encoding or "utf-8").lower().startswith("utf")
        sys.stderr.write(json.dumps({"error": parts}, ensure_ascii=ascii_only) + "\n")
        return
    talk().print(f"{said.what}\n{said.why}\n{said.next}\n{say('error-code', code=error.code, trace=error.trace_id)}")


def forgive_encoding() -> None:
    """Escape what the terminal's character set lacks instead of failing in the middle of an answer."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
