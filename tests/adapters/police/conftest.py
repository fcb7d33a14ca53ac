"""What the police adapter's tests share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from lxml import etree

from adapters.draft import Draft
from hutong.v1 import body_pb2


def leaves(data: bytes) -> list[tuple[str, str]]:
    """Every text and attribute of an XML file with its path in Clark notation, worked out by itself."""
    found: list[tuple[str, str]] = []

    def walk(element: etree._Element, path: str) -> None:
        here = f"{path}/{element.tag}"
        found.extend((f"{here}/@{name}", str(value)) for name, value in sorted(element.attrib.items()))
        if not len(element):
            found.append((here, (element.text or "").strip()))
        for child in element:
            walk(child, here)

    walk(etree.fromstring(data, etree.XMLParser(remove_comments=True, remove_pis=True)), "")
    return found


@pytest.fixture(scope="session")
def statement(opened: Callable[..., Any]) -> Callable[..., Any]:
    """A draft as the statement that its recipient opens; ``native=False`` takes the record itself out of the body."""

    def make(draft: Draft, *, native: bool = True, **header: Any) -> Any:
        body = body_pb2.Body()
        body.CopyFrom(draft.body)
        if not native:
            body.native, body.native_format = b"", ""
        made = opened(draft.kind, draft.facts, body, handling=draft.handling, **header)
        made.header.facts.CopyFrom(draft.common)
        return made

    return make
