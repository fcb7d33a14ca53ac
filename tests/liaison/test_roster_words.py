"""Every kind, field and value that is about duty has words in both languages, and people are called by name."""

from __future__ import annotations

import re
from typing import Any

import pytest

from hutong.catalogue import LANGS, load
from hutong.directory.roster import Cause, Why
from hutong.kinds import kinds
from hutong.v1 import codes_pb2, directory_pb2, header_pb2, kinds_pb2
from liaison import words
from liaison.reading import lines, person

KINDS = [kind for kind in kinds().values() if kind.roster or kind.name == "delegation_given"]
SHOWN = [kind for kind in KINDS if not kind.hub_only]
ANN = "c0123456789ab"


def filled(message: Any) -> Any:
    """``message`` with every field set."""
    for field in message.DESCRIPTOR.fields:
        value: Any = ANN if field.type == field.TYPE_STRING else b"b" * 16 if field.type == field.TYPE_BYTES else 1
        if field.is_repeated:
            getattr(message, field.name).append(value)
        else:
            setattr(message, field.name, value)
    return message


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: str(kind.name))
def test_kinds_are_named(kind: Any) -> None:
    assert len({words.kind_word(kind.number, lang) for lang in LANGS}) == 2


@pytest.mark.parametrize("kind", SHOWN, ids=lambda kind: str(kind.name))
def test_fields_are_read_in_words(kind: Any) -> None:
    message = filled(getattr(header_pb2.Header(), kind.name))
    said = [list(lines(message, {person(ANN): "王建国"}, lang)) for lang in LANGS]
    for zh, en in zip(*said, strict=True):
        assert zh[0] != en[0] and not re.search("[a-z]", zh[0]), zh
        assert ANN not in zh[1] or "王建国" in zh[1]
    follows = f"follows-{kind.name}"
    assert follows in load("texts"), "what follows from it is said before it is signed"


def test_cards_and_values() -> None:
    card = directory_pb2.ChannelCard(address="duty@police.example")
    assert list(lines(card, {}, "zh")) == [("地址", "duty@police.example")]
    for text in words.choices(codes_pb2.ChannelKind):
        value = words.parse(codes_pb2.ChannelKind, text, "--kind")
        assert len({words.word(codes_pb2.ChannelKind, value, lang) for lang in LANGS}) == 2
    for name in (*(f"why-{each}" for each in Why), *(f"cause-{each}" for each in Cause)):
        assert set(load("texts")[name]) == set(LANGS)


def test_a_name_stands_beside_its_id_and_nobody_is_an_id_alone() -> None:
    said = kinds_pb2.DutyOverridden(contact=ANN, replaces="c" + "0" * 12)
    assert [value for _, value in lines(said, {person(ANN): "王建国"}, "en")] == [
        f"王建国 ({ANN})",
        "nobody of the directory (c000000000000)",
    ]
