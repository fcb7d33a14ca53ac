"""``hutong drill``: practise with a whole case that is none (演练)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hutong.catalogue import say
from hutong.terminal import LangOption, Output, OutputOption
from liaison.cli.opening import send
from liaison.cli.options import DryRunOption, NoInputOption, ProfileOption, YesOption, described
from liaison.cli.signing import Manner

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help=say("cli-drill-help"))


@app.command()
@described("cli-drill-start-help")
def start(
    to: Annotated[list[str], typer.Option("--to", help=say("cli-lead-to"))],
    title: Annotated[str, typer.Option("--title", help=say("cli-lead-title"))] = "",
    text: Annotated[str, typer.Option("--text", help=say("cli-lead-text"))] = "",
    profile: ProfileOption = None,
    output: OutputOption = Output.TABLE,
    no_input: NoInputOption = False,
    dry_run: DryRunOption = False,
    yes: YesOption = False,
    lang: LangOption = None,
) -> None:
    from liaison.papers.opening import opening
    from liaison.papers.yaml import Plain

    recipients: list[Plain] = [*to]
    paper: dict[str, Plain] = {
        "to": recipients,
        "urgency": "flash",
        "facts": {"source": "report", "offences": "none_known", "drill": "yes"},
        "body": {"title": title or say("drill-sample-title"), "narrative": text or say("drill-sample-text")},
    }
    send(opening("lead", paper, Path()), Manner(profile, output, no_input, dry_run, yes))
