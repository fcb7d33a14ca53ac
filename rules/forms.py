"""文种: what a statement is called between two agencies, as papers are (rules/data/relations.toml)."""

from __future__ import annotations

from rules.data import RELATIONS
from rules.relation import Relation


def document_form(kind: str, relation: Relation) -> str:
    """The form's code, ``referral`` (转办), ``assistance_letter`` (协查函) …; empty for what is no document."""
    return str(RELATIONS["kinds"].get(kind, {}).get(relation, ""))
