"""Typer's help pages and complaints in the catalogue's languages: Typer itself speaks English only.

Lines are broken between Chinese characters, which take two cells each, and never inside a word.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from rich.cells import cell_len
from typer.core import TyperCommand, TyperGroup
from typer.exceptions import TyperException

from hutong.catalogue import load, say
from hutong.errors import HutongError

_CONTEXT: Any = TyperGroup.context_class
_PLAIN: Any = _CONTEXT.formatter_class
_PIECE = re.compile(r"\s+|[\u3000-\u9fff\uff00-\uffef]|[^\s\u3000-\u9fff\uff00-\uffef]+")
_DEFAULT = re.compile(r"\[default: ([^]]*)\]")
_NEVER_FIRST = "，。、；：！？）】》”"
_WIDEST_FIRST = 30


class Formatter(_PLAIN):  # type: ignore[misc]
    """Headings and lines of a help page."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        for word in ("OPTIONS", "COMMAND", "ARGS"):
            args = args.replace(word, say(f"help-place-{word.lower()}"))
        self.write(f"{say('help-usage')}{prog} {args}\n")

    def write_heading(self, heading: str) -> None:
        key = f"help-{heading.lower()}"
        self.write(f"{say(key) if key in load('texts') else heading}:\n")

    def write_text(self, text: str) -> None:
        """Paragraphs; one that begins with a line of "\\b" keeps its lines."""
        margin = " " * self.current_indent
        for number, paragraph in enumerate(re.split(r"\n\s*\n", text.strip("\n"))):
            kept = paragraph.strip(" ").startswith("\b")
            lines = paragraph.split("\n")[1:] if kept else wrapped(paragraph, self.width - self.current_indent)
            self.write("\n" if number else "")
            self.write("".join(f"{margin}{line}\n" for line in lines))

    def write_dl(self, rows: Sequence[tuple[str, str]], col_max: int = _WIDEST_FIRST, col_spacing: int = 2) -> None:
        said = [(first, _help_line(second)) for first, second in rows]
        first_col = min(max(cell_len(first) for first, _ in said), col_max) + col_spacing
        margin = " " * self.current_indent
        for first, second in said:
            gap = first_col - cell_len(first)
            lines = wrapped(second, max(self.width - first_col - self.current_indent, 20))
            if gap < col_spacing:
                self.write(f"{margin}{first}\n")
                first, gap = "", first_col
            self.write(f"{margin}{first}{' ' * gap}{lines[0] if lines else ''}".rstrip() + "\n")
            self.write("".join(f"{margin}{' ' * first_col}{line}\n" for line in lines[1:]))


def wrapped(text: str, width: int) -> list[str]:
    """``text`` in lines of at most ``width`` cells where its words allow it."""
    lines, line = [], ""
    for piece in _PIECE.findall(" ".join(text.split())):
        if line and piece not in _NEVER_FIRST and cell_len(line + piece.rstrip()) > width:
            lines.append(line.rstrip())
            line = ""
        if line or not piece.isspace():
            line += piece
    return [*lines, line.rstrip()] if line else lines


def speak_in_help() -> None:
    """Make every help page of this process one of ours."""
    for command in (TyperCommand, TyperGroup):
        command.context_class.formatter_class = Formatter


def misuse(error: TyperException, argv: Sequence[str]) -> HutongError:
    """What is wrong with the call, as one of our errors."""
    given: Any = error
    context = getattr(given, "ctx", None)
    command = context.command_path if context else "hutong"
    name = type(error).__name__
    if name == "MissingParameter":
        return HutongError("HT-CLI-03", name=_parameter(given), command=command)
    if name == "NoSuchOption":
        return HutongError("HT-CLI-04", name=given.option_name, command=command)
    if name == "BadParameter":
        known = getattr(getattr(given.param, "type", None), "choices", None)
        listed = say("list-comma").join(str(getattr(each, "value", each)) for each in known or ())
        return HutongError("HT-CLI-05", name=_parameter(given), known=listed or say("help-see"), command=command)
    return HutongError("HT-CLI-02", given=" ".join(argv)[:120], command=command)


def _parameter(error: Any) -> str:
    if error.param is None:
        return str(error.param_hint or "?")
    return str(error.param.metavar if error.param.param_type_name == "argument" else error.param.opts[0])


def _help_line(text: str) -> str:
    if text == "Show this message and exit.":
        return say("help-help")
    default = _DEFAULT.sub(lambda found: say("help-default", value=found[1]), text)
    return default.replace("[required]", say("help-required"))
