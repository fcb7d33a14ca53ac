"""``hutong drill``: practise with a whole case that is none (演练)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hutong.catalogue import say
from liaison.cli.opening import send
from liaison.cli.options import SIGNING, Manner, helped, takes

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help=helped("cli-drill-help"))


@app.command()
@takes("cli-drill-start-help", *SIGNING)
def start(
    how: Manner,
    to: Annotated[list[str], typer.Option("--to", help=say("cli-lead-to"))],
    title: Annotated[str, typer.Option("--title", help=say("cli-lead-title"))] = "",
    text: Annotated[str, typer.Option("--text", help=say("cli-lead-text"))] = "",
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
    send(opening("lead", paper, Path()), how)
