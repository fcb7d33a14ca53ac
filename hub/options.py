"""What the commands of ``hutong hub`` share: which folder, the hub in it, orders to it, answers in JSON."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from hub import orders
from hub.home import Home
from hub.settings import load
from hub.state.database import migrate, open_engine
from hutong.catalogue import say

DEFAULT_HOME = Path("var/hub")
HomeOption = Annotated[Path, typer.Option("--home", help=say("hub.home.help"))]
_ORDER_SECONDS = 15.0


def open_home(home: Path) -> Home:
    """The hub in ``home`` with its database at this version; HT-SYS-04 when there is none."""
    opened = Home.open(load(home))
    migrate(opened.settings.url)
    return opened


def order(home: Path, what: str, details: dict[str, object]) -> bytes:
    """Have the running hub carry out an order; its id. HT-ORD-01, HT-ORD-02."""
    engine = open_engine(open_home(home).settings.url)
    placed = orders.place(engine, what, details)
    orders.wait(engine, placed, _ORDER_SECONDS)
    return placed


def show(answer: dict[str, object]) -> None:
    """``answer`` on stdout."""
    sys.stdout.write(json.dumps(answer, ensure_ascii=False, indent=2) + "\n")
