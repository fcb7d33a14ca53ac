"""The options that several commands share, and help texts from the catalogue."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from hutong.catalogue import say
from hutong.tls.folder import profile_path

__all__ = [
    "DryRunOption",
    "NoInputOption",
    "PaperOption",
    "ProfileOption",
    "TemplateOption",
    "YesOption",
    "described",
    "profile_path",
]
F = TypeVar("F", bound=Callable[..., Any])

ProfileOption = Annotated[Path | None, typer.Option("--profile", help=say("cli-profile"), show_default=False)]
NoInputOption = Annotated[bool, typer.Option("--no-input", help=say("cli-no-input"))]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help=say("cli-dry-run"))]
YesOption = Annotated[bool, typer.Option("--yes", "-y", help=say("cli-yes"))]
PaperOption = Annotated[Path | None, typer.Option("--file", "-f", help=say("cli-paper"), show_default=False)]
ForOption = Annotated[str, typer.Option("--for", metavar="CONTACT", help=say("cli-for"), show_default=False)]
TemplateOption = Annotated[bool, typer.Option("--template", help=say("cli-template"))]

TextOption = Annotated[str, typer.Option("--text", "--message", "-m", help=say("cli-text"))]
AgencyOption = Annotated[str, typer.Option("--agency", help=say("cli-agency"))]


def described(key: str) -> Callable[[F], F]:
    """Give a command the help text ``key``, in the language that was chosen before its module was loaded."""

    def put(command: F) -> F:
        command.__doc__ = say(key)
        return command

    return put
