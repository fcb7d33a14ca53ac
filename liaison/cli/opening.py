"""``hutong lead``, ``inquiry`` and ``supervise``: what opens an item, from a paper or a few options."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hutong.catalogue import say
from hutong.terminal import LangOption, Output, OutputOption
from liaison.cli.answers import needed
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
    from liaison.items import Duty
    from liaison.office import Draft, Office
    from liaison.papers.opening import Opening

lead = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help=say("cli-lead-help"))
inquiry = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help=say("cli-inquiry-help"))


@lead.command("send")
@described("cli-lead-send-help")
def send_lead(
    file: PaperOption = None,
    to: Annotated[list[str] | None, typer.Option("--to", help=say("cli-lead-to"))] = None,
    title: Annotated[str, typer.Option("--title", help=say("cli-lead-title"))] = "",
    text: Annotated[str, typer.Option("--text", help=say("cli-lead-text"))] = "",
    source: Annotated[str, typer.Option("--source", help=say("cli-lead-source"))] = "",
    offence: Annotated[list[str] | None, typer.Option("--offence", help=say("cli-lead-offence"))] = None,
    urgency: Annotated[str, typer.Option("--urgency", help=say("cli-lead-urgency"))] = "",
    attach: Annotated[list[Path] | None, typer.Option("--attach", help=say("cli-lead-attach"))] = None,
    template: TemplateOption = False,
    profile: ProfileOption = None,
    output: OutputOption = Output.TABLE,
    no_input: NoInputOption = False,
    dry_run: DryRunOption = False,
    yes: YesOption = False,
    acting_for: ForOption = "",
    lang: LangOption = None,
) -> None:
    from liaison.papers.opening import opening

    if template:
        _template("lead")
        return
    given: dict[str, Any] = {
        "to": to,
        "urgency": urgency,
        "attachments": [str(each.resolve()) for each in attach or ()],
    }
    facts: dict[str, Any] = {"source": source, "offences": offence}
    body: dict[str, Any] = {"title": title, "narrative": text}
    paper, folder = _paper(file, required=not to)
    _over(paper, given)
    for name, values in (("facts", facts), ("body", body)):
        part = paper[name] = paper.get(name) or {}
        if isinstance(part, dict):
            _over(part, values)
    send(opening("lead", paper, folder), Manner(profile, output, no_input, dry_run, yes, acting_for=acting_for))


@lead.command("status")
@described("cli-lead-status-help")
def status(
    item: ItemArgument,
    profile: ProfileOption = None,
    output: OutputOption = Output.TABLE,
    no_input: NoInputOption = False,
    lang: LangOption = None,
) -> None:
    async def work(office: Office) -> tuple[list[Duty], dict[str, str]]:
        duties = await office.duties(await office.resolve(item))
        return duties, office.names()

    duties, names = in_office(profile, no_input, work)
    if output is Output.JSON:
        from liaison.cli.inbox import as_json

        write_json({"item": duties[0].record.item_id.hex(), "obligations": [as_json(duty, names) for duty in duties]})
        return
    from liaison.cli.duties import table

    table(duties, names)


@inquiry.command("send")
@described("cli-inquiry-send-help")
def send_inquiry(
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
    from liaison.papers.opening import opening

    if template:
        _template("inquiry")
        return
    paper, folder = _paper(file, required=True)
    send(opening("inquiry", paper, folder), Manner(profile, output, no_input, dry_run, yes, acting_for=acting_for))


inquiry.command("status")(status)


@described("cli-supervise-help")
def supervise(
    file: PaperOption = None,
    to: Annotated[list[str] | None, typer.Option("--to", help=say("cli-supervise-to"))] = None,
    about: Annotated[str, typer.Option("--about", help=say("cli-supervise-about"))] = "",
    template: TemplateOption = False,
    profile: ProfileOption = None,
    output: OutputOption = Output.TABLE,
    no_input: NoInputOption = False,
    dry_run: DryRunOption = False,
    yes: YesOption = False,
    lang: LangOption = None,
) -> None:
    from liaison.papers.opening import opening

    if template:
        _template("supervision")
        return
    paper, folder = _paper(file, required=True)
    _over(paper, {"to": to})
    send(opening("supervision", paper, folder), Manner(profile, output, no_input, dry_run, yes), about)


def _template(name: str) -> None:
    from liaison.papers.examples import example

    sys.stdout.write(example(name))


def _paper(file: Path | None, *, required: bool) -> tuple[dict[str, Any], Path]:
    """The paper, and the folder to which its file names are relative. HT-CLI-34."""
    from liaison.papers.yaml import read_file

    if file is None and not required:
        return {}, Path()
    path = needed(file)
    return read_file(path), path.parent


def _over(paper: dict[str, Any], given: dict[str, Any]) -> None:
    """Options stand over what the paper says."""
    paper.update({name: value for name, value in given.items() if value})


def send(paper: Opening, manner: Manner, about: str = "") -> None:
    """Send what ``paper`` says; ``about`` is an id as people type it, for the item that it is about."""
    from liaison import drafting

    async def prepare(office: Office) -> Draft:
        if about:
            paper.facts.about_item = await office.resolve(about)
        return drafting.opening(office, paper, *await drafting.named_in(office, paper))

    done = act(manner, prepare)
    if done is None:
        return
    item = done[0].entry.message_id.hex()
    if manner.output is Output.JSON:
        write_json({"item": item, "index": done[0].index})
    else:
        sys.stdout.write(item + "\n")
        tell("cli-sent", item=item, index=done[0].index)
