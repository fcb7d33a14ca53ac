"""``hutong reply``, ``return`` and ``supplement``: what goes back on an item."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hutong.catalogue import say
from hutong.errors import HutongError
from hutong.terminal import LangOption, Output, OutputOption
from liaison.cli.options import (
    DryRunOption,
    ForOption,
    NoInputOption,
    PaperOption,
    ProfileOption,
    TemplateOption,
    YesOption,
    described,
)
from liaison.cli.run import in_office, tell, write_json
from liaison.cli.show import ItemArgument
from liaison.cli.signing import Manner, act

if TYPE_CHECKING:
    from hutong.client.hub import Accepted
    from liaison.office import Draft, Office


@described("cli-reply-help")
def reply(
    item: ItemArgument,
    file: PaperOption = None,
    template: TemplateOption = False,
    profile: ProfileOption = None,
    output: OutputOption = Output.TABLE,
    no_input: NoInputOption = False,
    dry_run: DryRunOption = False,
    yes: YesOption = False,
    acting_for: ForOption = "",
    lang: LangOption = None,
) -> None:
    from liaison import drafting
    from liaison.papers.answer import answer
    from liaison.papers.examples import example
    from liaison.papers.yaml import read_file

    if template:
        sys.stdout.write(example(in_office(profile, no_input, lambda office: _form(office, item))))
        return
    path = needed(file)
    paper = answer(read_file(path), path.parent)

    async def prepare(office: Office) -> Draft:
        return await drafting.reply(office, await office.resolve(item), paper)

    done = act(Manner(profile, output, no_input, dry_run, yes, grave=True, acting_for=acting_for), prepare)
    closes = bool(paper.outcome)
    sent(done, item, output, "cli-sent-closed" if closes else "cli-sent")


async def _form(office: Office, item: str) -> str:
    """Which example answers the item."""
    from liaison.words import kind_name

    known = await office.item(await office.resolve(item))
    return "inquiry_reply" if kind_name(known.kind) == "inquiry" else "completed"


@described("cli-return-help")
def return_(
    item: ItemArgument,
    reason: Annotated[str, typer.Option("--reason", help=say("cli-return-reason"))],
    message: Annotated[str, typer.Option("--message", "-m", help=say("cli-return-message"))] = "",
    profile: ProfileOption = None,
    output: OutputOption = Output.TABLE,
    no_input: NoInputOption = False,
    dry_run: DryRunOption = False,
    yes: YesOption = False,
    acting_for: ForOption = "",
    lang: LangOption = None,
) -> None:
    from hutong.v1 import codes_pb2
    from liaison import drafting
    from liaison.words import parse

    code = parse(codes_pb2.ReasonCode, reason, "--reason")

    async def prepare(office: Office) -> Draft:
        return await drafting.return_(office, await office.resolve(item), code, message)

    done = act(Manner(profile, output, no_input, dry_run, yes, grave=True, acting_for=acting_for), prepare)
    sent(done, item, output, "cli-sent-returned")


@described("cli-supplement-help")
def supplement(
    item: Annotated[str, typer.Argument(metavar="ID", help=say("cli-item"))] = "",
    file: PaperOption = None,
    template: TemplateOption = False,
    profile: ProfileOption = None,
    output: OutputOption = Output.TABLE,
    no_input: NoInputOption = False,
    dry_run: DryRunOption = False,
    yes: YesOption = False,
    acting_for: ForOption = "",
    lang: LangOption = None,
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

    sent(act(Manner(profile, output, no_input, dry_run, yes, acting_for=acting_for), prepare), item, output, "cli-sent")


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
