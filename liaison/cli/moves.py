"""``hutong redirect``, ``assign`` and ``urge``: an obligation on its way to somebody else, or pushed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from hutong.catalogue import say
from hutong.terminal import LangOption, Output, OutputOption
from liaison.cli.answers import sent
from liaison.cli.options import (
    AgencyOption,
    DryRunOption,
    ForOption,
    NoInputOption,
    ProfileOption,
    TextOption,
    YesOption,
    described,
)
from liaison.cli.show import ItemArgument
from liaison.cli.signing import Manner, act

if TYPE_CHECKING:
    from liaison.office import Draft, Office


@described("cli-redirect-help")
def redirect(
    item: ItemArgument,
    to: Annotated[str, typer.Option("--to", help=say("cli-redirect-to"))],
    reason: Annotated[str, typer.Option("--reason", help=say("cli-return-reason"))],
    text: TextOption = "",
    acting_for: ForOption = "",
    profile: ProfileOption = None,
    output: OutputOption = Output.TABLE,
    no_input: NoInputOption = False,
    dry_run: DryRunOption = False,
    yes: YesOption = False,
    lang: LangOption = None,
) -> None:
    from hutong.v1 import codes_pb2
    from liaison import moves
    from liaison.words import parse

    code = parse(codes_pb2.ReasonCode, reason, "--reason")

    async def prepare(office: Office) -> Draft:
        return await moves.redirect(office, await office.resolve(item), to, code, text)

    done = act(Manner(profile, output, no_input, dry_run, yes, grave=True, acting_for=acting_for), prepare)
    sent(done, item, output, "cli-sent-redirected")


@described("cli-assign-help")
def assign(
    item: ItemArgument,
    to: Annotated[str, typer.Option("--to", help=say("cli-assign-to"))] = "",
    agency: AgencyOption = "",
    profile: ProfileOption = None,
    output: OutputOption = Output.TABLE,
    no_input: NoInputOption = False,
    dry_run: DryRunOption = False,
    yes: YesOption = False,
    lang: LangOption = None,
) -> None:
    async def prepare(office: Office) -> Draft:
        from liaison import moves

        # Who was told of an item by a ladder only may not find it in a list: a full id does.
        return await moves.assignment(office, await office.resolve(item), to, agency)

    sent(act(Manner(profile, output, no_input, dry_run, yes), prepare), item, output, "cli-sent-assigned")


@described("cli-urge-help")
def urge(
    item: ItemArgument,
    agency: AgencyOption = "",
    acting_for: ForOption = "",
    profile: ProfileOption = None,
    output: OutputOption = Output.TABLE,
    no_input: NoInputOption = False,
    dry_run: DryRunOption = False,
    yes: YesOption = False,
    lang: LangOption = None,
) -> None:
    async def prepare(office: Office) -> Draft:
        from liaison import moves

        return await moves.urging(office, await office.resolve(item), agency)

    sent(
        act(Manner(profile, output, no_input, dry_run, yes, acting_for=acting_for), prepare),
        item,
        output,
        "cli-sent-urged",
    )
