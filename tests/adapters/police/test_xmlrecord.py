"""XML records as lists of paths, and back."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from adapters import strict_xml
from adapters.police import xmlrecord

SAMPLES = sorted((Path(__file__).parents[3] / "demo" / "samples").glob("*/*.xml"))
NAMES = st.sampled_from(["a", "{urn:one}b", "{urn:two}c", "{urn:one}a", "{http://www.w3.org/XML/1998/namespace}lang"])
TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=6).filter(
    lambda text: not any(ord(letter) in (0xFFFE, 0xFFFF) for letter in text)
)


@st.composite
def trees(draw: st.DrawFn, depth: int = 3) -> etree._Element:
    element = etree.Element(draw(NAMES.filter(lambda name: "XML" not in name)))
    for name in draw(st.lists(NAMES, max_size=2)):
        element.set(name, draw(TEXT))
    element.text = draw(TEXT)
    for _ in range(draw(st.integers(0, 3)) if depth else 0):
        child = draw(trees(depth - 1))
        child.tail = draw(TEXT)
        element.append(child)
    return element


def normal(element: etree._Element) -> tuple[object, ...]:
    """What an element says; white space alone between elements says nothing."""
    text = element.text or ""
    below = tuple((normal(child), child.tail if (child.tail or "").strip() else "") for child in element)
    return element.tag, dict(element.attrib), text if text.strip() or not len(element) else "", below


@settings(max_examples=80, deadline=None)
@given(tree=trees())
def test_any_tree_there_and_back(tree: etree._Element) -> None:
    again = xmlrecord.rebuild(list(xmlrecord.flatten(tree)))
    assert again is not None
    assert normal(again) == normal(tree)


@pytest.mark.parametrize("file", SAMPLES, ids=lambda file: file.name)
def test_samples_there_and_back(file: Path) -> None:
    root = strict_xml.parse(file.read_bytes())
    leaves = list(xmlrecord.flatten(root))
    again = xmlrecord.rebuild(leaves)
    assert xmlrecord.is_list(leaves)
    assert again is not None and normal(again) == normal(root)


def test_paths_read_as_people_write_them() -> None:
    root = etree.fromstring('<n:a xmlns:n="urn:n"><n:b x="1">t</n:b><n:b/><c xml:lang="zh">z</c></n:a>')
    assert list(xmlrecord.flatten(root)) == [
        ("xmlns:n", "urn:n"),
        ("/n:a/n:b[1]/@x", "1"),
        ("/n:a/n:b[1]", "t"),
        ("/n:a/n:b[2]", ""),
        ("/n:a/c/@xml:lang", "zh"),
        ("/n:a/c", "z"),
    ]


def test_prefixes_that_only_values_use_are_kept() -> None:
    root = etree.fromstring(
        '<a xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:t="urn:t" xsi:type="t:kind">x</a>'
    )
    again = xmlrecord.rebuild(xmlrecord.flatten(root))
    assert again is not None and again.nsmap["t"] == "urn:t"


@pytest.mark.parametrize(
    "leaves",
    [
        [],
        [("/x:a", "1")],
        [("a", "1")],
        [("/a", "1"), ("/b", "2")],
        [("/a/text()[9]", "1")],
        [("/a/text()[x]", "1")],
        [("/a b", "1")],
        [("/a/@", "1")],
        [("//a", "1")],
    ],
)
def test_other_lists_are_no_record(leaves: list[tuple[str, str]]) -> None:
    assert not xmlrecord.is_list(leaves)
    assert xmlrecord.rebuild(leaves) is None
