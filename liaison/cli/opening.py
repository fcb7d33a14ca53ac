"""``hutong lead``, ``inquiry`` and ``supervise``: what opens an item, from a paper or a few options."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hutong.catalogue import say
from hutong.terminal import Output
from liaison.cli.answers import needed
from liaison.cli.options import DEPUTY, READING, SIGNING, Manner, PaperOption, TemplateOption, choices, helped, takes
from liaison.cli.run import in_office, tell, write_json
from liaison.cli.show import ItemArgument
from liaison.cli.signing import act

if TYPE_CHECKING:
    from liaison.items import Duty
    from liaison.office import Draft, Office
    from liaison.papers.opening import Opening

lead = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help=helped("cli-lead-help"))
inquiry = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help=helped("cli-inquiry-help"))


@lead.command("send")
@takes("cli-lead-send-help", *DEPUTY)
def send_lead(
    how: Manner,
    file: PaperOption = None,
    to: Annotated[list[str] | None, typer.Option("--to", help=say("cli-lead-to"))] = None,
    title: Annotated[str, typer.Option("--title", help=say("cli-lead-title"))] = "",
    text: Annotated[str, typer.Option("--text", help=say("cli-lead-text"))] = "",
    source: Annotated[str, typer.Option("--source", help=choices("cli-lead-source", "code.lead_source"))] = "",
    offence: Annotated[
        list[str] | None, typer.Option("--offence", help=choices("cli-lead-offence", "code.offence"))
    ] = None,
    urgency: Annotated[str, typer.Option("--urgency", help=choices("cli-lead-urgency", "code.urgency"))] = "",
    attach: Annotated[list[Path] | None, typer.Option("--attach", help=say("cli-lead-attach"))] = None,
    template: TemplateOption = False,
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
    send(opening("lead", paper, folder), how)


@lead.command("status")
@takes("cli-lead-status-help", *READING)
def status(how: Manner, item: ItemArgument) -> None:
    async def work(office: Office) -> tuple[list[Duty], dict[str, str]]:
        duties = await office.duties(await office.resolve(item))
        return duties, office.names()

    duties, names = in_office(how, work)
    if how.output is Output.JSON:
        from liaison.cli.inbox import as_json

        write_json({"item": duties[0].record.item_id.hex(), "obligations": [as_json(duty, names) for duty in duties]})
        return
    from liaison.cli.duties import table

    table(duties, names)


@inquiry.command("send")
@takes("cli-inquiry-send-help", *DEPUTY)
def send_inquiry(how: Manner, file: PaperOption = None, template: TemplateOption = False) -> None:
    from liaison.papers.opening import opening

    if template:
        _template("inquiry")
        return
    paper, folder = _paper(file, required=True)
    send(opening("inquiry", paper, folder), how)


inquiry.command("status")(status)


@takes("cli-supervise-help", *SIGNING)
def supervise(
    how: Manner,
    file: PaperOption = None,
    to: Annotated[list[str] | None, typer.Option("--to", help=say("cli-supervise-to"))] = None,
    about: Annotated[str, typer.Option("--about", help=say("cli-supervise-about"))] = "",
    template: TemplateOption = False,
) -> None:
    from liaison.papers.opening import opening

    if template:
        _template("supervision")
        return
    paper, folder = _paper(file, required=True)
    _over(paper, {"to": to})
    send(opening("supervision", paper, folder), how, about)


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


def send(paper: Opening, how: Manner, about: str = "") -> None:
    """Send what ``paper`` says; ``about`` is an id as people type it, for the item that it is about."""
    from liaison import drafting

    async def prepare(office: Office) -> Draft:
        if about:
            paper.facts.about_item = await office.resolve(about)
        return drafting.opening(office, paper, *await drafting.named_in(office, paper))

    done = act(how, prepare, reach=True)
    if done is None:
        return
    item = done[0].entry.message_id.hex()
    if how.output is Output.JSON:
        write_json({"item": item, "index": done[0].index})
    else:
        sys.stdout.write(item + "\n")
        tell("cli-sent", item=item, index=done[0].index)
