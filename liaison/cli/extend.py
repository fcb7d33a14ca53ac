"""``hutong extend``: ask for more time, and decide on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from hutong.catalogue import say
from liaison.cli.answers import sent
from liaison.cli.options import DEPUTY, SIGNING, AgencyOption, Manner, TextOption, choices, helped, takes
from liaison.cli.show import ItemArgument
from liaison.cli.signing import act

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


app = typer.Typer(cls=_Asking, no_args_is_help=True, rich_markup_mode=None, help=helped("cli-extend-help"))


@app.command()
@takes("cli-extend-ask-help", *DEPUTY)
def ask(
    how: Manner,
    item: ItemArgument,
    until: Annotated[str, typer.Option("--until", help=say("cli-extend-until"))],
    reason: Annotated[str, typer.Option("--reason", help=choices("cli-extend-reason", "code.extension_reason"))],
    text: TextOption = "",
) -> None:
    from hutong.v1 import codes_pb2
    from liaison import terms
    from liaison.words import parse

    code = parse(codes_pb2.ExtensionReason, reason, "--reason")

    async def prepare(office: Office) -> Draft:
        return await terms.extension(office, await office.resolve(item), until, code, text)

    sent(act(how, prepare), item, how.output, "cli-sent-asked")


@app.command()
@takes("cli-extend-decide-help", *SIGNING, grave=True)
def decide(
    how: Manner,
    item: ItemArgument,
    grant: Annotated[bool, typer.Option("--grant", help=say("cli-extend-grant"))] = False,
    refuse: Annotated[bool, typer.Option("--refuse", help=say("cli-extend-refuse"))] = False,
    agency: AgencyOption = "",
    text: TextOption = "",
) -> None:
    from liaison import terms

    granted = terms.one_of(grant, refuse, "--grant / --refuse")

    async def prepare(office: Office) -> Draft:
        found = await office.resolve(item)
        return await terms.extension_decision(office, found, agency, granted=granted, text=text)

    done = act(how, prepare)
    sent(done, item, how.output, "cli-sent-granted" if granted else "cli-sent-refused")
