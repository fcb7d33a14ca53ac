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
    NoInputOption,
    PaperOption,
    ProfileOption,
    TemplateOption,
    described,
)
from liaison.cli.run import in_office, tell, write_json
from liaison.cli.show import ItemArgument

if TYPE_CHECKING:
    from hutong.client.hub import Accepted
    from liaison.office import Office


@described("cli-reply-help")
def reply(
    item: ItemArgument,
    file: PaperOption = None,
    template: TemplateOption = False,
    profile: ProfileOption = None,
    output: OutputOption = Output.TABLE,
    no_input: NoInputOption = False,
    dry_run: DryRunOption = False,
    lang: LangOption = None,
) -> None:
    from liaison.papers.answer import answer
    from liaison.papers.examples import example
    from liaison.papers.yaml import read_file

    async def print_template(office: Office) -> str:
        known = await office.item(await office.resolve(item))
        from liaison.words import kind_name

        return "inquiry_reply" if kind_name(known.obligations[0].kind) == "inquiry" else "completed"

    if template:
        sys.stdout.write(example(in_office(profile, no_input, print_template)))
        return
    path = needed(file)
    paper = answer(read_file(path), path.parent)

    async def work(office: Office) -> list[Accepted]:
        return await office.reply(await office.resolve(item), paper, dry_run=dry_run)

    sent(in_office(profile, no_input, work), item, output, dry_run)


@described("cli-return-help")
def return_(
    item: ItemArgument,
    reason: Annotated[str, typer.Option("--reason", help=say("cli-return-reason"))],
    message: Annotated[str, typer.Option("--message", "-m", help=say("cli-return-message"))] = "",
    profile: ProfileOption = None,
    output: OutputOption = Output.TABLE,
    no_input: NoInputOption = False,
    dry_run: DryRunOption = False,
    lang: LangOption = None,
) -> None:
    from hutong.v1 import codes_pb2
    from liaison.words import parse

    code = parse(codes_pb2.ReasonCode, reason, "--reason")

    async def work(office: Office) -> list[Accepted]:
        done = await office.return_(await office.resolve(item), code, message, dry_run=dry_run)
        return [done] if done else []

    sent(in_office(profile, no_input, work), item, output, dry_run)


@described("cli-supplement-help")
def supplement(
    item: Annotated[str, typer.Argument(metavar="ID", help=say("cli-item"))] = "",
    file: PaperOption = None,
    template: TemplateOption = False,
    profile: ProfileOption = None,
    output: OutputOption = Output.TABLE,
    no_input: NoInputOption = False,
    dry_run: DryRunOption = False,
    lang: LangOption = None,
) -> None:
    from liaison.papers.answer import addition
    from liaison.papers.examples import example
    from liaison.papers.yaml import read_file

    if template:
        sys.stdout.write(example("supplement"))
        return
    path = needed(file)
    paper = addition(read_file(path), path.parent)

    async def work(office: Office) -> list[Accepted]:
        done = await office.supplement(await office.resolve(item), paper, dry_run=dry_run)
        return [done] if done else []

    sent(in_office(profile, no_input, work), item, output, dry_run)


def needed(file: Path | None) -> Path:
    """The paper's path; HT-CLI-34 when none was given."""
    if file is None:
        raise HutongError("HT-CLI-34")
    return file


def sent(done: Sequence[Accepted], item: str, output: Output, dry_run: bool) -> None:
    """Say what was recorded where."""
    indices = [each.index for each in done]
    if output is Output.JSON:
        write_json({"item": item, "dry_run": dry_run, "indices": indices})
    elif dry_run:
        tell("cli-would", item=item, index="")
    else:
        tell("cli-sent", item=item, index=", ".join(map(str, indices)))
