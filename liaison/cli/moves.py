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
    to: Annotated[str, typer.Option("--to", help=say("cli-redirect-to"))] = "",
    reason: Annotated[str, typer.Option("--reason", help=say("cli-return-reason"))] = "",
    text: TextOption = "",
    take_back: Annotated[bool, typer.Option("--take-back", help=say("cli-redirect-take-back"))] = False,
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
    from liaison.terms import one_of
    from liaison.words import parse

    either = "--to … --reason … / --take-back"
    one_of(bool(to and reason), take_back, either)
    one_of(not (to or reason or text), not take_back, either)
    code = codes_pb2.REASON_CODE_UNSPECIFIED if take_back else parse(codes_pb2.ReasonCode, reason, "--reason")

    async def prepare(office: Office) -> Draft:
        meant = await office.resolve(item)
        return await (moves.take_back(office, meant) if take_back else moves.redirect(office, meant, to, code, text))

    done = act(Manner(profile, output, no_input, dry_run, yes, grave=True, acting_for=acting_for), prepare)
    sent(done, item, output, "cli-sent-taken-back" if take_back else "cli-sent-redirected")


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
