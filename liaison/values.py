"""The values that an option takes, from the catalogue alone, so that help can list them without the contract."""

from __future__ import annotations

from hutong.catalogue import load, say


def listed(codes: str) -> str:
    """Every value of ``codes`` ("code.reason_code") as people type it, with the word that they read where that is
    another: "urgent（加急）"."""
    begins = f"{codes}."
    known = (key.removeprefix(begins) for key in load("texts") if key.startswith(begins))
    return say("list-comma").join(spell(codes, each) for each in known)


def spell(codes: str, short: str) -> str:
    """One of them."""
    word = say(f"{codes}.{short}")
    return short if word.replace(" ", "_") == short else say("spoken", short=short, word=word)
