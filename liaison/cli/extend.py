"""``hutong extend``: ask for more time, and decide on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

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

_HELP = "--help"


class _Asking(TyperGroup):
    """``hutong extend ID …`` asks, as ``hutong extend ask ID …`` does."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put in what people leave out."""
        if args and args[0] not in self.commands and args[0] != _HELP:
            args = ["ask", *args]
        return super().parse_args(ctx, args)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """What is no command is an id, with which one asks."""
        return super().get_command(ctx, cmd_name) or super().get_command(ctx, "ask")


app = typer.Typer(cls=_Asking, no_args_is_help=True, rich_markup_mode=None, help=say("cli-extend-help"))


@app.command()
@described("cli-extend-ask-help")
def ask(
    item: ItemArgument,
    until: Annotated[str, typer.Option("--until", help=say("cli-extend-until"))],
    reason: Annotated[str, typer.Option("--reason", help=say("cli-extend-reason"))],
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
    from liaison import terms
    from liaison.words import parse

    code = parse(codes_pb2.ExtensionReason, reason, "--reason")

    async def prepare(office: Office) -> Draft:
        return await terms.extension(office, await office.resolve(item), until, code, text)

    sent(
        act(Manner(profile, output, no_input, dry_run, yes, acting_for=acting_for), prepare),
        item,
        output,
        "cli-sent-asked",
    )


@app.command()
@described("cli-extend-decide-help")
def decide(
    item: ItemArgument,
    grant: Annotated[bool, typer.Option("--grant", help=say("cli-extend-grant"))] = False,
    refuse: Annotated[bool, typer.Option("--refuse", help=say("cli-extend-refuse"))] = False,
    agency: AgencyOption = "",
    text: TextOption = "",
    profile: ProfileOption = None,
    output: OutputOption = Output.TABLE,
    no_input: NoInputOption = False,
    dry_run: DryRunOption = False,
    yes: YesOption = False,
    lang: LangOption = None,
) -> None:
    from liaison import terms

    granted = terms.one_of(grant, refuse, "--grant / --refuse")

    async def prepare(office: Office) -> Draft:
        found = await office.resolve(item)
        return await terms.extension_decision(office, found, agency, granted=granted, text=text)

    done = act(Manner(profile, output, no_input, dry_run, yes, grave=True), prepare)
    sent(done, item, output, "cli-sent-granted" if granted else "cli-sent-refused")
