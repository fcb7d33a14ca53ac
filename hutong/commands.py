"""The program ``hutong``: composed from the rooms that are installed. It knows none of them by name.

A room joins through the entry-point group ``hutong.commands``, with a Typer application or a single function; a command
that stands in another room's application through ``hutong.commands.<that room>``. Only the
room that the command line names is imported. The list of all of them comes from the catalogue (``program-<name>``); a
room that says nothing there is imported for it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from importlib.metadata import EntryPoint, entry_points
from typing import Any

import typer
from typer.exceptions import TyperException

from hutong.catalogue import load, say
from hutong.errors import EXIT_CODES, Category, HutongError
from hutong.help import misuse, speak_in_help
from hutong.terminal import (
    LangOption,
    Language,
    Output,
    choose_language,
    forgive_encoding,
    say_errors_in,
    talk,
    tell,
)

_LANG = "--lang"
_INTERRUPTED = 130
"""What Typer answers for Ctrl-C."""


def main() -> None:
    """Run the program on this process's arguments. A HutongError ends it with its sentences and its exit code, a wrong
    call likewise (HT-CLI-02 …); whoever stops it, or takes only the head of its answer, is not told of an error.
    With ``-o json`` errors are JSON too."""
    forgive_encoding()
    argv = sys.argv[1:]
    _speak(argv)
    say_errors_in(_form(argv))
    speak_in_help()
    try:
        code = _run(argv)
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader has what it wanted; nothing must be written to it at the end of the process either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    sys.exit(code)


def _run(argv: Sequence[str]) -> int:
    """The exit code; 2 for a call that was wrong or was given up."""
    cancelled = EXIT_CODES[Category.USAGE]
    try:
        code = compose(argv)(args=list(argv), prog_name="hutong", standalone_mode=False)
    except HutongError as error:
        tell(error)
        return error.exit_code
    except TyperException as error:
        return _misused(error, argv)
    except (typer.Abort, KeyboardInterrupt):
        code = _INTERRUPTED
    except SystemExit as ended:
        # Typer takes a reader who has had enough for a failure.
        raise (ended.__context__ if isinstance(ended.__context__, BrokenPipeError) else ended) from None
    if code == _INTERRUPTED:
        talk().print(say("cancelled"))
        return cancelled
    return code if isinstance(code, int) else 0


def _misused(error: TyperException, argv: Sequence[str]) -> int:
    """A call that Typer does not understand, in our words; a group without a command is a call for its help."""
    if type(error).__name__ == "NoArgsIsHelpError":
        talk().print(error.message)
        return EXIT_CODES[Category.USAGE]
    wrong = misuse(error, argv)
    tell(wrong)
    return wrong.exit_code


def compose(argv: Sequence[str]) -> typer.Typer:
    """The program for these arguments: with the one room that they name, or with all where none is named."""
    app = typer.Typer(
        name="hutong",
        help="Hutong 互通",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    app.callback()(_globals)
    name = named(argv)
    for room in sorted(entry_points(group="hutong.commands"), key=lambda point: point.name):
        line = f"program-{room.name}"
        if name is None and line in load("texts"):
            app.command(name=room.name, help=say(line))(_listed)
        elif name in (None, room.name):
            _add(app, room, argv)
    return app


def named(argv: Sequence[str]) -> str | None:
    """The room that the arguments name: the first word that is neither a global option nor the value of one."""
    words = iter(argv)
    for word in words:
        if word == _LANG:
            next(words, None)
        elif not word.startswith("-"):
            return word
    return None


def _globals(lang: LangOption = None) -> None:
    """The options that stand before the room's name; their callbacks do what they say."""


def _listed() -> None:
    """Stands in the list for a room that was not named, so nobody calls it."""


def _invite(room: typer.Typer, guest: EntryPoint, line: str, *, called: bool) -> None:
    """A command of another room, or a group of them; imported only where the command line calls it."""
    loaded: Any = guest.load() if called else None
    if isinstance(loaded, typer.Typer):
        room.add_typer(loaded, name=guest.name)
    elif called:
        room.command(name=guest.name)(loaded)
    else:
        room.command(name=guest.name, help=say(line))(_listed)


def _add(app: typer.Typer, point: EntryPoint, argv: Sequence[str]) -> None:
    room: Any = point.load()
    if isinstance(room, typer.Typer):
        if room.registered_callback is None:
            room.callback()(_globals)
        for guest in sorted(entry_points(group=f"hutong.commands.{point.name}"), key=lambda each: each.name):
            _invite(room, guest, f"program-{point.name}-{guest.name}", called=guest.name in argv)
        app.add_typer(room, name=point.name)
    else:
        app.command(name=point.name)(room)


def _speak(argv: Sequence[str]) -> None:
    """Take the language before any room is loaded, because help texts are made then. A wrong value is refused later."""
    for value in _values(argv, "--lang"):
        if value in list(Language):
            choose_language(Language(value))


def _form(argv: Sequence[str]) -> Output:
    """The form of data and errors that the command line asks for, whether or not it is right otherwise."""
    asked = [Output(value) for value in _values(argv, "--output", "-o") if value in list(Output)]
    return asked[-1] if asked else Output.TABLE


def _values(argv: Sequence[str], *names: str) -> Iterator[str]:
    """What is given for the option with these names, in every spelling that Typer reads."""
    words = list(argv[: argv.index("--")]) if "--" in argv else list(argv)
    for word, after in zip(words, [*words[1:], ""], strict=True):
        name, _, value = word.partition("=")
        if word in names:
            yield after
        elif word.startswith("--") and name in names:
            yield value
        elif not word.startswith("--") and word[:2] in names:
            yield word[2:]
