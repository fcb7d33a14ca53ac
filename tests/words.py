"""Command lines that several tests call."""

from __future__ import annotations


def lead_words(title: str = "甲", to: str = "police") -> tuple[str, ...]:
    """``hutong lead send`` with everything that a lead needs."""
    facts = ("--source", "report", "--offence", "none_known")
    return ("lead", "send", "--to", to, *facts, "--text", "x", "--title", title)
