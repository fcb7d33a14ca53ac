"""Encodings as files from many systems have them."""

from __future__ import annotations

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters import text
from hutong.errors import HutongError

CHINESE = "投诉编号,投诉内容\nA1,该公司以高额返利为诱饵发展下线\n"


@pytest.mark.parametrize(
    "data",
    [
        CHINESE.encode(),
        codecs.BOM_UTF8 + CHINESE.encode(),
        CHINESE.encode("gb18030"),
        CHINESE.encode("gbk"),
        CHINESE.encode("utf-16"),
        codecs.BOM_UTF16_BE + CHINESE.encode("utf-16-be"),
        CHINESE.encode("utf-32"),
    ],
)
def test_one_text_in_many_encodings(data: bytes) -> None:
    assert text.decode(data) == CHINESE


def test_a_damaged_line_of_utf8_does_not_make_the_file_gb18030() -> None:
    decoded = text.decode(CHINESE.encode() + b"A2,caf\xe9 \n")
    assert CHINESE in decoded
    assert text.flaw(decoded) == "HT-ADP-13"
    assert text.flaw(CHINESE) is None


def test_one_byte_of_latin1_is_no_chinese() -> None:
    assert text.flaw(text.decode(b"id,narrative\n1,the caf\xe9ine place\n")) == "HT-ADP-13"


def test_a_damaged_line_of_gb18030() -> None:
    decoded = text.decode((CHINESE * 3).encode("gb18030") + b"A2,\xff\xff\n")
    assert decoded.startswith(CHINESE) and text.flaw(decoded) == "HT-ADP-13"


def test_nul_is_a_flaw() -> None:
    assert text.flaw("a\0b") == "HT-ADP-14"


@pytest.mark.parametrize(
    ("data", "code"),
    [(b"", "HT-ADP-10"), (b" \n\t", "HT-ADP-10"), (codecs.BOM_UTF16_LE + b"abc", "HT-ADP-13")],
)
def test_refused_whole(data: bytes, code: str) -> None:
    with pytest.raises(HutongError) as caught:
        text.decode(data)
    assert caught.value.code == code


def test_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text, "MAX_FILE_BYTES", 10)
    with pytest.raises(HutongError) as caught:
        text.bounded(b"x" * 11)
    assert caught.value.code == "HT-ADP-12"


@given(
    st.text(alphabet=st.characters(exclude_categories=["Cs"]), min_size=1)
    .filter(str.strip)
    .filter(lambda t: t[0] != "\ufeff")
)
def test_utf8_is_always_taken_as_utf8(words: str) -> None:
    data = words.encode()
    if data.strip(b" \t\r\n\x00") and not data.startswith((b"\x84\x31\x95\x33",)):
        assert text.decode(data) == words
