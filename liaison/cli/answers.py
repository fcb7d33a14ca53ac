"""``hutong reply``, ``return`` and ``supplement``: what goes back on an item."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hutong.catalogue import say
from hutong.errors import HutongError
from hutong.terminal import Output
from liaison.cli.options import DEPUTY, Manner, PaperOption, TemplateOption, choices, takes
from liaison.cli.run import in_office, tell, write_json
from liaison.cli.show import ItemArgument
from liaison.cli.signing import act

if TYPE_CHECKING:
    from hutong.client.hub import Accepted
    from liaison.office import Draft, Office


@takes("cli-reply-help", *DEPUTY, grave=True)
def reply(how: Manner, item: ItemArgument, file: PaperOption = None, template: TemplateOption = False) -> None:
    from liaison import drafting
    from liaison.papers.answer import answer
    from liaison.papers.examples import example
    from liaison.papers.yaml import read_file

    if template:
        sys.stdout.write(example(in_office(how, lambda office: _form(office, item))))
        return
    path = needed(file)
    paper = answer(read_file(path), path.parent)

    async def prepare(office: Office) -> Draft:
        return await drafting.reply(office, await office.resolve(item), paper)

    done = act(how, prepare)
    closes = bool(paper.outcome)
    sent(done, item, how.output, "cli-sent-closed" if closes else "cli-sent")


async def _form(office: Office, item: str) -> str:
    """Which example answers the item."""
    from liaison.words import kind_name

    known = await office.item(await office.resolve(item))
    return "inquiry_reply" if kind_name(known.kind) == "inquiry" else "completed"


@takes("cli-return-help", *DEPUTY, grave=True)
def return_(
    how: Manner,
    item: ItemArgument,
    reason: Annotated[str, typer.Option("--reason", help=choices("cli-return-reason", "code.reason_code"))],
    message: Annotated[str, typer.Option("--message", "-m", help=say("cli-return-message"))] = "",
) -> None:
    from hutong.v1 import codes_pb2
    from liaison import drafting
    from liaison.words import parse

    code = parse(codes_pb2.ReasonCode, reason, "--reason")

    async def prepare(office: Office) -> Draft:
        return await drafting.return_(office, await office.resolve(item), code, message)

    done = act(how, prepare)
    sent(done, item, how.output, "cli-sent-returned")


@takes("cli-supplement-help", *DEPUTY)
def supplement(
    how: Manner,
    item: Annotated[str, typer.Argument(metavar="ID", help=say("cli-item"))] = "",
    file: PaperOption = None,
    template: TemplateOption = False,
) -> None:
    from liaison import drafting
    from liaison.papers.answer import addition
    from liaison.papers.examples import example
    from liaison.papers.yaml import read_file

    if template:
        sys.stdout.write(example("supplement"))
        return
    path = needed(file)
    paper = addition(read_file(path), path.parent)

    async def prepare(office: Office) -> Draft:
        return await drafting.supplement(office, await office.resolve(item), paper)

    sent(act(how, prepare), item, how.output, "cli-sent")


def needed(file: Path | None) -> Path:
    """The paper's path; HT-CLI-34 when none was given."""
    if file is None:
        raise HutongError("HT-CLI-34")
    return file


def sent(done: Sequence[Accepted] | None, item: str, output: Output, key: str) -> None:
    """Say what was recorded where, in the words of ``key``; nothing after a dry run, which has said all."""
    if done is None:
        return
    indices = [each.index for each in done]
    if output is Output.JSON:
        write_json({"item": item, "indices": indices})
    else:
        tell(key, item=item, index=say("list-comma").join(map(str, indices)))
