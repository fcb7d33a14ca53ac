"""The options that commands share, how a command was called by them, and help texts from the catalogue."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from inspect import Parameter, signature
from pathlib import Path
from typing import Annotated, Any

import typer

from hutong.catalogue import say
from hutong.terminal import LangOption, Output, OutputOption
from hutong.tls.folder import profile_path
from liaison.values import listed

__all__ = [
    "DEPUTY",
    "READING",
    "SIGNING",
    "AgencyOption",
    "Manner",
    "PaperOption",
    "TemplateOption",
    "TextOption",
    "choices",
    "helped",
    "profile_path",
    "takes",
]

ProfileOption = Annotated[Path | None, typer.Option("--profile", help=say("cli-profile"), show_default=False)]
NoInputOption = Annotated[bool, typer.Option("--no-input", help=say("cli-no-input"))]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help=say("cli-dry-run"))]
YesOption = Annotated[bool, typer.Option("--yes", "-y", help=say("cli-yes"))]
PaperOption = Annotated[Path | None, typer.Option("--file", "-f", help=say("cli-paper"), show_default=False)]
ForOption = Annotated[str, typer.Option("--for", metavar="CONTACT", help=say("cli-for"), show_default=False)]
TemplateOption = Annotated[bool, typer.Option("--template", help=say("cli-template"))]

TextOption = Annotated[str, typer.Option("--text", "--message", "-m", help=say("cli-text"))]
AgencyOption = Annotated[str, typer.Option("--agency", help=say("cli-agency"))]


@dataclass(frozen=True)
class Manner:
    """How a command was called. ``grave``: what it does cannot be undone, so somebody has to say yes.
    ``acting_for``: in whose place the person acts, as typed."""

    profile: Path | None = None
    output: Output = Output.TABLE
    no_input: bool = False
    dry_run: bool = False
    yes: bool = False
    grave: bool = False
    acting_for: str = ""


_SHARED: dict[str, tuple[Any, Any]] = {
    "profile": (ProfileOption, None),
    "output": (OutputOption, Output.TABLE),
    "no_input": (NoInputOption, False),
    "dry_run": (DryRunOption, False),
    "yes": (YesOption, False),
    "acting_for": (ForOption, ""),
    "lang": (LangOption, None),
}
"""By the names that ``Manner`` has for them: what Typer reads, and what stands where nobody says anything."""
_CHINA = dt.timezone(dt.timedelta(hours=8))
_AHEAD = {"today": 0, "tomorrow": 1, "week": 7, "later": 21}
"""Days that examples name, from today on."""
READING = ("profile", "output", "no_input")
SIGNING = (*READING, "dry_run", "yes")
DEPUTY = (*SIGNING, "acting_for")


def takes(key: str, *options: str, grave: bool = False) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Make a function, whose first parameter is a ``Manner``, a command that has these shared ``options`` (and the
    choice of language) after its own, and the help text ``key`` in the language that was chosen before its module was
    loaded."""

    def put(command: Callable[..., None]) -> Callable[..., None]:
        @wraps(command)
        def called(**given: Any) -> None:
            del given["lang"]  # its callback has done what it says
            command(Manner(**{name: given.pop(name) for name in options}, grave=grave), **given)

        # Evaluated here, because Typer would look for the names of the annotations in this module.
        own = signature(command, eval_str=True)
        shared = [
            Parameter(name, Parameter.KEYWORD_ONLY, annotation=_SHARED[name][0], default=_SHARED[name][1])
            for name in (*options, "lang")
        ]
        parameters = [*list(own.parameters.values())[1:], *shared]
        called.__signature__ = own.replace(parameters=parameters)  # type: ignore[attr-defined]
        called.__annotations__ = {each.name: each.annotation for each in parameters}
        called.__doc__ = helped(key)
        return called

    return put


def helped(key: str) -> str:
    """The help text ``key``, its examples with days that lie where they are wanted when it is read."""
    today = dt.datetime.now(_CHINA).date()
    days: dict[str, Any] = {name: today + dt.timedelta(days=ahead) for name, ahead in _AHEAD.items()}
    return say(key, **days, this_week=f"{today:%G-W%V}", this_month=f"{today:%Y-%m}")


def choices(key: str, codes: str) -> str:
    """The help text ``key`` with the values that can be given, each with its word: ``codes`` as ``values.listed``."""
    return say("cli-choices", said=say(key), known=listed(codes))
