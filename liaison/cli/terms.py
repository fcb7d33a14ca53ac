"""``hutong progress``, ``hold``, ``resume`` and ``review``: how an obligation goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from hutong.catalogue import say
from hutong.errors import HutongError
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


@described("cli-progress-help")
def progress(
    item: ItemArgument,
    step: Annotated[str, typer.Option("--step", help=say("cli-progress-step"))],
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

    code = parse(codes_pb2.ProgressStep, step, "--step")

    async def prepare(office: Office) -> Draft:
        return await terms.progress(office, await office.resolve(item), code, text)

    manner = Manner(profile, output, no_input, dry_run, yes, acting_for=acting_for)
    sent(act(manner, prepare), item, output, "cli-sent")


@described("cli-hold-help")
def hold(
    item: ItemArgument,
    until: Annotated[str, typer.Option("--until", help=say("cli-hold-until"))],
    reason: Annotated[str, typer.Option("--reason", help=say("cli-hold-reason"))],
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

    code = parse(codes_pb2.HoldReason, reason, "--reason")

    async def prepare(office: Office) -> Draft:
        return await terms.hold(office, await office.resolve(item), until, code, text)

    sent(
        act(Manner(profile, output, no_input, dry_run, yes, acting_for=acting_for), prepare),
        item,
        output,
        "cli-sent-held",
    )


@described("cli-resume-help")
def resume(
    item: ItemArgument,
    acting_for: ForOption = "",
    profile: ProfileOption = None,
    output: OutputOption = Output.TABLE,
    no_input: NoInputOption = False,
    dry_run: DryRunOption = False,
    yes: YesOption = False,
    lang: LangOption = None,
) -> None:
    async def prepare(office: Office) -> Draft:
        from liaison import terms

        return await terms.resume(office, await office.resolve(item))

    sent(
        act(Manner(profile, output, no_input, dry_run, yes, acting_for=acting_for), prepare),
        item,
        output,
        "cli-sent-resumed",
    )


@described("cli-review-help")
def review(
    item: ItemArgument,
    accept: Annotated[bool, typer.Option("--accept", help=say("cli-review-accept"))] = False,
    back: Annotated[bool, typer.Option("--back", help=say("cli-review-back"))] = False,
    reason: Annotated[str, typer.Option("--reason", help=say("cli-review-reason"))] = "",
    agency: AgencyOption = "",
    text: TextOption = "",
    profile: ProfileOption = None,
    output: OutputOption = Output.TABLE,
    no_input: NoInputOption = False,
    dry_run: DryRunOption = False,
    yes: YesOption = False,
    lang: LangOption = None,
) -> None:
    from hutong.v1 import codes_pb2
    from liaison import terms
    from liaison.words import parse, spoken

    accepted = terms.one_of(accept, back, "--accept / --back")
    if not accepted and not reason:
        raise HutongError("HT-CLI-01", option="--reason", given="", known=spoken(codes_pb2.ReasonCode))
    code = codes_pb2.REASON_CODE_UNSPECIFIED if accepted else parse(codes_pb2.ReasonCode, reason, "--reason")

    async def prepare(office: Office) -> Draft:
        return await terms.review(office, await office.resolve(item), agency, code, text)

    done = act(Manner(profile, output, no_input, dry_run, yes, grave=True), prepare)
    sent(done, item, output, "cli-sent-accepted" if accepted else "cli-sent-back")
