"""An example paper for each kind that officers write; `--template` prints them."""

from __future__ import annotations

from importlib.resources import files

NAMES = ("lead", "inquiry", "inquiry_reply", "completed", "supplement", "supervision", "roster")


def example(name: str) -> str:
    """The YAML text of ``name``, one of ``NAMES``."""
    return (files(__name__) / f"{name}.yaml").read_text(encoding="utf-8")
