"""What the commands of ``hutong hub`` share: which folder, and the hub in it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hub.home import Home
from hub.settings import load
from hub.state.database import migrate
from hutong.catalogue import say

DEFAULT_HOME = Path("var/hub")
HomeOption = Annotated[Path, typer.Option("--home", help=say("hub.home.help"))]


def open_home(home: Path) -> Home:
    """The hub in ``home`` with its database at this version; HT-SYS-04 when there is none."""
    opened = Home.open(load(home))
    migrate(opened.settings.url)
    return opened
