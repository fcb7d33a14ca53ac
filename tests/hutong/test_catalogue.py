"""Both languages of every key, with the same parameters."""

from __future__ import annotations

import re
import string

import pytest

from hutong.catalogue import LANGS, fill, load
from hutong.errors import Category, HutongError


def names(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


@pytest.mark.parametrize("code", sorted(load("errors")))
def test_error_has_all_sentences(code: str) -> None:
    table = load("errors")[code]
    assert re.fullmatch(r"HT-[A-Z]{3}-\d{2,3}", code)
    Category(table["category"])
    for lang in LANGS:
        assert set(table[lang]) == {"what", "why", "next"}
        assert all(table[lang].values())


@pytest.mark.parametrize("key", sorted(load("texts")))
def test_text_parity(key: str) -> None:
    table = load("texts")[key]
    assert set(table) == set(LANGS)
    assert names(table["zh"]) == names(table["en"])


def test_error_speaks_both_languages() -> None:
    error = HutongError("HT-SIG-03", keyid="ab12", trace_id="t1")
    assert "签名" in error.sentences("zh").what and "ab12" in error.sentences("zh").why
    assert "HT-SIG-03" in str(error) and "t1" in str(error)
    assert error.exit_code == 5


def test_a_parameter_that_is_a_code_is_said_in_the_readers_language() -> None:
    sentence = "{kind:code.kind} {other:code.kind} {missing:code.kind} {plain}"
    given = {"kind": "lead", "other": "not-known-here", "plain": 3}
    assert fill(sentence, given, "zh") == "线索 not-known-here ? 3"
    assert fill(sentence, given, "en") == "lead not-known-here ? 3"


def test_lists_of_words_that_sentences_name_exist() -> None:
    tables = [each[lang] for each in load("errors").values() for lang in LANGS]
    sentences = [sentence for table in tables for sentence in table.values()]
    sentences += [each[lang] for each in load("texts").values() for lang in LANGS]
    lists = {words for each in sentences for _, _, words, _ in string.Formatter().parse(each) if words}
    assert lists
    for words in lists:
        assert any(key.startswith(f"{words}.") for key in load("texts")), words


@pytest.mark.parametrize("code", sorted(code for code in load("errors") if code.startswith("HT-ENR-")))
def test_enrolment_gives_its_reasons_in_both_languages(code: str) -> None:
    """No sentence is handed over as a parameter: it would be English in either language."""
    assert all("why" not in names("".join(load("errors")[code][lang].values())) for lang in LANGS)
