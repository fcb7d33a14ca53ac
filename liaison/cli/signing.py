"""What every signing command does: look at the draft, ask once, sign, send, and say what is known of the outcome."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import typer

from hutong.catalogue import load, say
from hutong.errors import EXIT_CODES, Category, HutongError
from hutong.terminal import Output, talk
from liaison.cli.options import Manner
from liaison.cli.run import in_office, tell, write_json
from liaison.cli.signals import interruptible

if TYPE_CHECKING:
    from rich.console import Console

    from hutong.client.hub import Accepted
    from liaison.office import Draft, Office


def act(
    manner: Manner,
    prepare: Callable[[Office], Awaitable[Draft]],
    keep: Callable[[Office], object] = lambda office: None,
    *,
    reach: bool = False,
) -> list[Accepted] | None:
    """Prepare a draft, show it, and once agreed sign and send it; None for a dry run, which only shows it.

    ``keep`` is called before anything is sent: for what must not be lost. ``reach``: say whom it reaches, before and
    afterwards. HT-CLI-40: what cannot be undone was asked for where nobody can say yes.
    """
    if manner.grave and not (manner.yes or manner.dry_run or asks(manner)):
        raise HutongError("HT-CLI-40")

    async def work(office: Office) -> list[Accepted] | None:
        stand_in(office, manner)
        if manner.dry_run:
            draft = await prepare(office)
            show(draft, office, manner.output)
            note(draft, office, reach=reach)
            return None
        await catch_up(office)
        draft = await prepare(office)
        if asks(manner):
            paint(draft, office, talk())
        note(draft, office, reach=reach)
        agree(manner)
        keep(office)
        done = await post(office, draft)
        if reach:
            await reached(office, draft)
        return done

    return in_office(manner, work)


def note(draft: Draft, office: Office, *, reach: bool) -> None:
    """What the person has to know, whether or not anybody is there to be asked."""
    from liaison.reach import line

    for said in draft.notes:
        talk().print(said)
    for each in draft.reaches if reach else ():
        tell("reach-before", said=line(each, office.names(), office.now))


async def reached(office: Office, draft: Draft) -> None:
    """Whom it has reached, as the hub now says; of what the sender may not see that stands as it was.

    It is recorded already, so nothing that goes wrong here makes it a failure.
    """
    from liaison.reach import line, stands

    foretold = {each.agency: each for each in draft.reaches}
    said, letter = foretold, draft.letters[0]
    if any(not each.unseen for each in foretold.values()):
        try:
            duties = await office.duties(letter.item or letter.message_id)
        except HutongError as error:
            tell("reach-unasked", why=error.sentences().why, code=error.code)
            return
        said = {duty.record.agency: stands(duty) for duty in duties if duty.record.agency in foretold}
    for agency, each in said.items():
        tell("reach-after", said=line(each, office.names(), office.now, foretold[agency]))


def stand_in(office: Office, manner: Manner) -> None:
    """代理: act in the place of whom the command names. HT-CLI-61, -62."""
    if manner.acting_for:
        from liaison.rosters import person

        office.acting_for = person(office, manner.acting_for)


async def catch_up(office: Office) -> None:
    """Before anything new is signed, what an interruption left without an answer is sent again."""
    from hutong.client.refusals import Refused

    for message_id, said in await office.resume():
        if isinstance(said, Refused):
            tell("cli-resumed-refused", id=message_id.hex(), why=said.sentences().why, code=said.code)
        else:
            tell("cli-resumed", id=message_id.hex(), index=said.index)


def asks(manner: Manner) -> bool:
    """Whether a person is there to be asked, and has not said yes already."""
    return not manner.yes and not manner.no_input and sys.stdin.isatty()


def agree(manner: Manner) -> None:
    """Ask once; ends the program with 2 when the answer is no."""
    if not asks(manner):
        return
    with interruptible():
        agreed = typer.confirm(say("cli-agree"), default=False, err=True)
    if not agreed:
        tell("cli-not-sent")
        raise typer.Exit(EXIT_CODES[Category.USAGE])


async def post(office: Office, draft: Draft) -> list[Accepted]:
    """Sign and send ``draft``. HT-CLI-42 when a person stops it on its way, HT-CLI-39 when the hub does not answer."""
    _ = office.key  # the PIN is asked for before anything is on its way
    for letter in draft.letters:
        tell("cli-sending", kind=_kind(letter.kind), id=letter.message_id.hex())
    try:
        return await office.send(draft)
    except asyncio.CancelledError as error:
        raise HutongError("HT-CLI-42", done=0, rest=0) from error


def told_id(done: list[Accepted] | None, output: Output, key: str) -> None:
    """The id of the one statement that was recorded, and where, in the words of ``key``; nothing after a dry run."""
    if done is None:
        return
    made, index = done[0].entry.message_id.hex(), done[0].index
    if output is Output.JSON:
        write_json({"id": made, "index": index})
    else:
        sys.stdout.write(made + "\n")
        tell(key, id=made, index=index)


def show(draft: Draft, office: Office, output: Output) -> None:
    """A dry run's answer: as what it goes to whom, and which agency sees which field."""
    from dataclasses import asdict

    from hutong.terminal import data
    from liaison.preview import fields, forms

    if output is Output.JSON:
        shown = [
            {
                "statement": each.statement,
                "field": each.name,
                "value": each.value,
                "place": each.place,
                "readers": list(each.readers),
            }
            for each in fields(draft)
        ]
        named = [asdict(form) for form in forms(draft, office.directory.records)]
        write_json({"dry_run": True, "forms": named, "fields": shown})
        return
    paint(draft, office, data())
    tell("cli-preview-done")


def paint(draft: Draft, office: Office, out: Console) -> None:
    """What is about to be signed, who reads it, and what follows from it."""
    from liaison.cli import paint as painter
    from liaison.preview import parts

    names = office.names()
    for part in parts(draft, names, office.directory.records):
        readers = say("list-comma").join(_reader(code, names) for code in part.readers)
        place = say(f"preview-{part.place}", readers=readers)
        painter.heading(f"{_kind(part.statement)} · {place}", out)
        painter.facts(part.lines or ((say("preview-empty"), ""),), out)
    for letter in draft.letters:
        if f"follows-{letter.kind}" in load("texts"):
            out.print(say(f"follows-{letter.kind}"))


def _reader(code: str, names: dict[str, str]) -> str:
    from liaison.preview import AUTHORITIES, EVERYBODY
    from liaison.reading import agency

    said = {EVERYBODY: "every-agency", AUTHORITIES: "every-authority"}
    return say(said[code]) if code in said else agency(code, names)


def _kind(name: str) -> str:
    return say(f"code.kind.{name}")
