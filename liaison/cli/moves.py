"""``hutong redirect``, ``assign`` and ``urge``: an obligation on its way to somebody else, or pushed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from hutong.catalogue import say
from hutong.errors import HutongError
from liaison.cli.answers import sent
from liaison.cli.options import DEPUTY, SIGNING, AgencyOption, Manner, TextOption, choices, takes
from liaison.cli.show import ItemArgument
from liaison.cli.signing import act

if TYPE_CHECKING:
    from liaison.office import Draft, Office


@takes("cli-redirect-help", *DEPUTY, grave=True)
def redirect(
    how: Manner,
    item: ItemArgument,
    to: Annotated[str, typer.Option("--to", help=say("cli-redirect-to"))] = "",
    reason: Annotated[str, typer.Option("--reason", help=choices("cli-return-reason", "code.reason_code"))] = "",
    text: TextOption = "",
    take_back: Annotated[bool, typer.Option("--take-back", help=say("cli-redirect-take-back"))] = False,
) -> None:
    from hutong.v1 import codes_pb2
    from liaison import moves
    from liaison.terms import one_of
    from liaison.words import parse

    either = "--to … --reason … / --take-back"
    one_of(bool(to or reason or text), take_back, either)
    if not take_back and not (to and reason):
        raise HutongError("HT-CLI-83", options=either)
    code = codes_pb2.REASON_CODE_UNSPECIFIED if take_back else parse(codes_pb2.ReasonCode, reason, "--reason")

    async def prepare(office: Office) -> Draft:
        meant = await office.resolve(item)
        return await (moves.take_back(office, meant) if take_back else moves.redirect(office, meant, to, code, text))

    done = act(how, prepare)
    sent(done, item, how.output, "cli-sent-taken-back" if take_back else "cli-sent-redirected")


@takes("cli-assign-help", *SIGNING)
def assign(
    how: Manner,
    item: ItemArgument,
    to: Annotated[str, typer.Option("--to", help=say("cli-assign-to"))] = "",
    agency: AgencyOption = "",
) -> None:
    async def prepare(office: Office) -> Draft:
        from liaison import moves

        # Who was told of an item by a ladder only may not find it in a list: a full id does.
        return await moves.assignment(office, await office.resolve(item), to, agency)

    sent(act(how, prepare, reach=True), item, how.output, "cli-sent-assigned")


@takes("cli-urge-help", *DEPUTY)
def urge(how: Manner, item: ItemArgument, agency: AgencyOption = "") -> None:
    async def prepare(office: Office) -> Draft:
        from liaison import moves

        return await moves.urging(office, await office.resolve(item), agency)

    sent(act(how, prepare, reach=True), item, how.output, "cli-sent-urged")
