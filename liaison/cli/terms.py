"""``hutong progress``, ``hold``, ``resume`` and ``review``: how an obligation goes on."""

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


@takes("cli-progress-help", *DEPUTY)
def progress(
    how: Manner,
    item: ItemArgument,
    step: Annotated[str, typer.Option("--step", help=choices("cli-progress-step", "code.progress_step"))],
    text: TextOption = "",
) -> None:
    from hutong.v1 import codes_pb2
    from liaison import terms
    from liaison.words import parse

    code = parse(codes_pb2.ProgressStep, step, "--step")

    async def prepare(office: Office) -> Draft:
        return await terms.progress(office, await office.resolve(item), code, text)

    sent(act(how, prepare), item, how.output, "cli-sent")


@takes("cli-hold-help", *DEPUTY)
def hold(
    how: Manner,
    item: ItemArgument,
    until: Annotated[str, typer.Option("--until", help=say("cli-hold-until"))],
    reason: Annotated[str, typer.Option("--reason", help=choices("cli-hold-reason", "code.hold_reason"))],
    text: TextOption = "",
) -> None:
    from hutong.v1 import codes_pb2
    from liaison import terms
    from liaison.words import parse

    code = parse(codes_pb2.HoldReason, reason, "--reason")

    async def prepare(office: Office) -> Draft:
        return await terms.hold(office, await office.resolve(item), until, code, text)

    sent(act(how, prepare), item, how.output, "cli-sent-held")


@takes("cli-resume-help", *DEPUTY)
def resume(how: Manner, item: ItemArgument) -> None:
    async def prepare(office: Office) -> Draft:
        from liaison import terms

        return await terms.resume(office, await office.resolve(item))

    sent(act(how, prepare), item, how.output, "cli-sent-resumed")


@takes("cli-review-help", *SIGNING, grave=True)
def review(
    how: Manner,
    item: ItemArgument,
    accept: Annotated[bool, typer.Option("--accept", help=say("cli-review-accept"))] = False,
    back: Annotated[bool, typer.Option("--back", help=say("cli-review-back"))] = False,
    reason: Annotated[str, typer.Option("--reason", help=choices("cli-review-reason", "code.reason_code"))] = "",
    agency: AgencyOption = "",
    text: TextOption = "",
) -> None:
    from hutong.v1 import codes_pb2
    from liaison import terms
    from liaison.words import parse, spoken

    accepted = terms.one_of(accept, back, "--accept / --back")
    if not accepted and not reason:
        raise HutongError("HT-CLI-86", option="--reason", known=spoken(codes_pb2.ReasonCode))
    code = codes_pb2.REASON_CODE_UNSPECIFIED if accepted else parse(codes_pb2.ReasonCode, reason, "--reason")

    async def prepare(office: Office) -> Draft:
        return await terms.review(office, await office.resolve(item), agency, code, text)

    done = act(how, prepare)
    sent(done, item, how.output, "cli-sent-accepted" if accepted else "cli-sent-back")
