"""``hutong ack``: take obligations on, one signature each."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from hutong.catalogue import say
from hutong.errors import HutongError
from hutong.terminal import Output, talk
from hutong.terminal import tell as tell_error
from liaison.cli.options import DEPUTY, Manner, takes
from liaison.cli.run import in_office, spell_out, tell, write_json
from liaison.cli.signing import agree, asks, catch_up, stand_in

if TYPE_CHECKING:
    from hutong.client.hub import Accepted
    from liaison.office import Draft, Office

    Done = Accepted | HutongError | None


@takes("cli-ack-help", *DEPUTY)
def ack(how: Manner, items: Annotated[list[str], typer.Argument(metavar="ID…", help=say("cli-items"))]) -> None:
    done: dict[str, Done] = {}

    async def work(office: Office) -> None:
        stand_in(office, how)
        if not how.dry_run:
            await catch_up(office)
        drafts: dict[str, Draft] = {}
        for item in dict.fromkeys(items):
            try:
                drafts[item] = await _draft(office, item)
            except HutongError as error:
                done[item] = error
                _failed(office, item, error, how.output)
        if drafts and (asks(how) or (how.dry_run and how.output is Output.TABLE)):
            await _preview(office, drafts)
        if drafts and not how.dry_run:
            agree(how)
            _ = office.key
        for number, (item, draft) in enumerate(drafts.items(), 1):
            taken = sum(1 for each in done.values() if each is not None and not isinstance(each, HutongError))
            done[item] = None if how.dry_run else await _send(office, draft, taken, len(drafts) - number)
            _say(office, item, done[item], how.output)

    in_office(how, work)
    results = [(item, done[item]) for item in dict.fromkeys(items)]
    if how.output is Output.JSON:
        write_json({"dry_run": how.dry_run, "items": [_as_json(item, result) for item, result in results]})
    failed = [result for _, result in results if isinstance(result, HutongError)]
    if failed:
        # One item alone fails as any command does; of several, what went well stays and the program says 1.
        if how.output is Output.JSON and len(results) == 1:
            tell_error(failed[0])
        raise typer.Exit(failed[0].exit_code if len(results) == 1 else 1)


async def _draft(office: Office, item: str) -> Draft:
    from liaison import drafting

    return await drafting.acknowledgement(office, await office.resolve(item))


async def _send(office: Office, draft: Draft, done: int, rest: int) -> Done:
    """One receipt; a refusal of one leaves the others alone, a hub that does not answer ends the command."""
    try:
        return (await office.send(draft))[0]
    except asyncio.CancelledError as error:
        raise HutongError("HT-CLI-42", done=done, rest=rest) from error
    except HutongError as error:
        if error.code == "HT-CLI-39":
            raise
        return error


async def _preview(office: Office, drafts: dict[str, Draft]) -> None:
    """What is about to be taken on, a line each."""
    from liaison import words
    from liaison.cli import paint
    from liaison.reading import agency

    waiting = {duty.record.item_id: duty for duty in (await office.inbox()).duties}
    names, rows = office.agency_names(), []
    for typed, draft in drafts.items():
        duty = waiting[draft.letters[0].item]
        record, title = duty.record, duty.title or "–"
        sender = agency(record.from_agency, names)
        rows.append((typed, words.kind_word(record.kind), sender, paint.left(duty.left), title))
    paint.table([say(f"column-{name}") for name in ("id", "kind", "from", "left", "title")], rows, talk())
    talk().print(say("follows-acknowledged"))


def _say(office: Office, item: str, result: Done, output: Output) -> None:
    if isinstance(result, HutongError):
        _failed(office, item, result, output)
    elif result is None:
        tell("cli-would", item=item)
    elif output is Output.TABLE:
        tell("cli-ack-done", item=item, index=result.index)


def _failed(office: Office, item: str, error: HutongError, output: Output) -> None:
    """Say it while the others go on; a program finds it among the answers."""
    spell_out(error, office)
    if output is Output.TABLE:
        tell("cli-ack-failed", item=item)
        tell_error(error)


def _as_json(item: str, result: Done) -> dict[str, object]:
    if isinstance(result, HutongError):
        return {"item": item, "ok": False, "code": result.code, "why": result.sentences().why, "trace": result.trace_id}
    return {"item": item, "ok": True, "index": result.index if result else None}
