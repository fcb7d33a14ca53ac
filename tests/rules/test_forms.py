"""文种 by kind and relation, against the policies: a form for whatever may be sent, and for nothing else."""

from __future__ import annotations

import pytest

from hutong.catalogue import LANGS, load
from hutong.kinds import kinds
from rules.data import CODES, RELATIONS
from rules.forms import document_form
from rules.relation import Relation
from tests.rules.permit.test_permit import RELATIONS as COLUMNS
from tests.rules.permit.test_permit import TABLE

FORMS = {form for row in RELATIONS["kinds"].values() for form in row.values()}


@pytest.mark.parametrize("kind", sorted(kinds()))
def test_whatever_may_go_to_another_agency_has_a_form(kind: str) -> None:
    of_work = not (kinds()[kind].receipt or kinds()[kind].directory)
    # What goes by types of agencies goes to whomever of them in any relation.
    cells = TABLE.get(kind, "- x x x x")
    for relation, cell in zip(COLUMNS, cells.split(), strict=True):
        named = document_form(kind, relation) != ""
        if of_work or kind == "escalation_forced":
            assert named == (cell == "x" and relation is not Relation.SELF)
        else:
            assert not named, "a receipt is no document"


def test_forms_follow_who_stands_where() -> None:
    said = {
        ("lead", Relation.SUPERIOR): "交办通知",
        ("lead", Relation.PEER): "线索移送函",
        ("lead", Relation.SUBORDINATE): "报告",
        ("inquiry", Relation.PEER): "协查函",
        ("inquiry", Relation.SUBORDINATE): "请示",
        ("supervision", Relation.MANDATED): "督办单",
        ("redirect", Relation.SUPERIOR): "转办单",
        ("redirect", Relation.PEER): "移送函",
        ("escalation_forced", Relation.PEER): "催办函",
    }
    for (kind, relation), word in said.items():
        assert load("texts")[f"form.{document_form(kind, relation)}"]["zh"] == word


def test_every_form_has_words_and_every_source_is_an_article() -> None:
    assert {key.removeprefix("form.") for key in load("texts") if key.startswith("form.")} == FORMS
    assert all(load("texts")[f"form.{form}"][lang] for form in FORMS for lang in LANGS)
    assert set(RELATIONS["kinds"]) <= set(kinds()) and set(RELATIONS["sources"]) <= FORMS
    for source in RELATIONS["sources"].values():
        law, year, article = source.split("-")
        assert 1 <= int(article) <= CODES["laws"][f"{law}-{year}"]["articles"]
