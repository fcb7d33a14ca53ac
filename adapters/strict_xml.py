"""XML from outside, without anything that XML can do to its reader (W3C XML 1.0; CWE-611, CWE-776).

No document type, no entities, no network, bounded depth; the parser's own limits on sizes stay on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from lxml import etree

from hutong.errors import HutongError

MAX_DEPTH = 96
MAX_ELEMENTS = 1_000_000
MAX_ATTRIBUTES = 64
"""Of one element; lxml's time to list them grows with their square."""


def parse(data: bytes) -> etree._Element:
    """The root element. HT-XML-01 if ``data`` is not well-formed in the encoding that it declares, HT-XML-02 if it
    brings a document type, HT-XML-03 beyond MAX_DEPTH, HT-XML-06 beyond the other bounds."""
    if data.count(b"<") > 2 * MAX_ELEMENTS:
        raise HutongError("HT-XML-06", elements=MAX_ELEMENTS, attributes=MAX_ATTRIBUTES)
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        attribute_defaults=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        # The parser meets a document type before it stumbles over what stands in it.
        if b"<!DOCTYPE" in data[:4096].replace(b"\0", b""):
            raise HutongError("HT-XML-02") from error
        raise HutongError("HT-XML-01", line=error.lineno or 1) from error
    except (ValueError, LookupError) as error:
        raise HutongError("HT-XML-01", line=1) from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise HutongError("HT-XML-02")
    _check_shape(root)
    return root


@dataclass
class Node:
    """An element by its local name. ``used`` remembers that its text found a place; what is left at the end is what
    nobody understood."""

    element: etree._Element = field(repr=False)
    name: str
    path: str
    text: str
    attributes: dict[str, str]
    children: list[Node] = field(default_factory=list)
    used: bool = False
    used_attributes: set[str] = field(default_factory=set)

    def all(self, path: str) -> list[Node]:
        """Every descendant at ``path`` (local names with "/" between)."""
        found = [self]
        for name in path.split("/"):
            found = [child for node in found for child in node.children if child.name == name]
        return found

    def first(self, *paths: str) -> Node | None:
        """The first descendant at the first of ``paths`` that has one."""
        return next((found[0] for path in paths if (found := self.all(path))), None)

    def take(self, *paths: str) -> str:
        """The text of the first of ``paths`` that has any, which is used up by that; "" if none has."""
        for path in paths:
            for node in self.all(path):
                if node.text and not node.used:
                    node.used = True
                    return node.text
        return ""

    def take_text(self) -> str:
        """This element's own text, used up."""
        self.used = True
        return self.text

    def take_attribute(self, name: str) -> str:
        """An attribute of this element, used up."""
        self.used_attributes.add(name)
        return self.attributes.get(name, "")

    def outermost(self, wanted: Callable[[Node], bool]) -> Iterator[Node]:
        """This node or those below that are ``wanted``, in document order; not what stands inside one of them."""
        rest = [self]
        while rest:
            node = rest.pop()
            if wanted(node):
                yield node
            else:
                rest.extend(reversed(node.children))

    def left(self, but: Callable[[Node], bool] = lambda _: False) -> Iterator[tuple[str, str]]:
        """Path and text of everything here that has not been used, in document order, ``but`` for some nodes."""
        rest = [self]
        while rest:
            node = rest.pop()
            if but(node):
                continue
            if node.text and not node.used:
                yield node.path, node.text
            for name, value in node.attributes.items():
                if name not in node.used_attributes:
                    yield f"{node.path}/@{name}", value
            rest.extend(reversed(node.children))


def nothing(near: Node) -> Node:
    """An empty node, for what a document leaves out."""
    return Node(near.element, "", near.path, "", {})


def tree(root: etree._Element) -> Node:
    """``root`` as nodes with readable paths: /Document/BkToCstmrStmt/Stmt[2]/Ntry[1]/Amt."""
    top = _node(root, f"/{local(root)}")
    rest = [(root, top)]
    while rest:
        element, node = rest.pop()
        children = [(child, local(child)) for child in element]
        names = Counter(name for _, name in children)
        at: Counter[str] = Counter()
        for child, name in children:
            at[name] += 1
            path = f"{node.path}/{name}[{at[name]}]" if names[name] > 1 else f"{node.path}/{name}"
            made = _node(child, path)
            node.children.append(made)
            if len(child):
                rest.append((child, made))
    return top


def local(element: etree._Element) -> str:
    """The element's name without its namespace."""
    return str(element.tag).rpartition("}")[2]


def namespace(element: etree._Element) -> str:
    """The element's namespace, "" for none."""
    return etree.QName(element).namespace or ""


def _node(element: etree._Element, path: str) -> Node:
    text = (element.text or "").strip()
    if len(element):
        texts = [text, *((child.tail or "").strip() for child in element)]
        text = " ".join(part for part in texts if part)
    # Where schemas lie is no content.
    attributes = {
        etree.QName(name).localname: value
        for name, value in element.attrib.items()
        if not name.startswith("{http://www.w3.org/2001/XMLSchema-instance}")
    }
    return Node(element, local(element), path, text, attributes)


def _check_shape(root: etree._Element) -> None:
    depth = count = 0
    for event, element in etree.iterwalk(root, events=("start", "end")):
        if event == "end":
            depth -= 1
            continue
        depth += 1
        count += 1
        if depth > MAX_DEPTH:
            raise HutongError("HT-XML-03", limit=MAX_DEPTH)
        if count > MAX_ELEMENTS or len(element.attrib) > MAX_ATTRIBUTES:
            raise HutongError("HT-XML-06", elements=MAX_ELEMENTS, attributes=MAX_ATTRIBUTES)
