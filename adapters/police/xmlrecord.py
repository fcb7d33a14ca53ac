"""An XML record as a list of paths with values, and back: nothing is lost, whatever its schema.

What a list says: the prefixes, every attribute, the text of every leaf, elements without content, and text between
elements. Only white space between elements, comments and processing instructions are left out.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from lxml import etree

Leaf = tuple[str, str]

_PREFIX = "xmlns:"
_STEP = re.compile(r"(?P<name>[^\[\]/]+)(?:\[\d+\])?")
_XML = "http://www.w3.org/XML/1998/namespace"


def flatten(root: etree._Element) -> Iterator[Leaf]:
    """Paths and values of ``root`` in document order; first the prefixes: ("xmlns:nc", "http://…")."""
    prefixes = _prefixes(root)
    for uri, prefix in prefixes.items():
        yield f"{_PREFIX}{prefix}", uri
    rest: list[tuple[etree._Element, str] | Leaf] = [(root, f"/{_name(str(root.tag), prefixes)}")]
    while rest:
        top, path = rest.pop()
        if isinstance(top, str):
            yield top, path
            continue
        yield from ((f"{path}/@{_name(str(key), prefixes)}", str(value)) for key, value in top.attrib.items())
        if not len(top):
            if top.text or not top.attrib:
                yield path, top.text or ""
            continue
        rest.extend(reversed(list(_below(top, path, prefixes))))


def rebuild(leaves: Iterable[Leaf]) -> etree._Element | None:
    """The element that ``flatten`` made ``leaves`` of; None if they are no such list."""
    uris: dict[str, str] = {}
    made: dict[str, etree._Element] = {}
    for path, value in leaves:
        if path.startswith(_PREFIX):
            uris[path.removeprefix(_PREFIX)] = value
        else:
            try:
                _put(path, value, uris, made)
            except (KeyError, ValueError, IndexError):
                return None
    return next(iter(made.values()), None)


def is_list(leaves: Iterable[Leaf]) -> bool:
    """Whether ``leaves`` are a whole record and not only what was left of one."""
    return next((path.startswith(_PREFIX) for path, _ in leaves), False)


def _below(top: etree._Element, path: str, prefixes: dict[str, str]) -> Iterator[tuple[etree._Element, str] | Leaf]:
    names = [_name(str(child.tag), prefixes) for child in top]
    counts, at = Counter(names), Counter[str]()
    for number, text in enumerate([top.text, *(child.tail for child in top)]):
        if number:
            name = names[number - 1]
            at[name] += 1
            yield top[number - 1], f"{path}/{name}[{at[name]}]" if counts[name] > 1 else f"{path}/{name}"
        if text and text.strip():
            yield f"{path}/text()[{number}]", text


def _prefixes(root: etree._Element) -> dict[str, str]:
    """One prefix for each namespace in use or declared (values may name types by prefix): the document's own where no
    other has it."""
    declared = [(prefix or "", uri) for prefix, uri in root.nsmap.items()]
    declared += [pair for _, pair in etree.iterwalk(root, events=("start-ns",)) if isinstance(pair, tuple)]
    own: dict[str, str] = {}
    for prefix, uri in declared:
        if prefix:
            own.setdefault(uri, prefix)
    used = {name[1:].partition("}")[0] for name in _names(root) if name.startswith("{")} - {_XML}
    found: dict[str, str] = {}
    for uri in (*(uri for _, uri in declared if uri in used or uri in own), *sorted(used)):
        if uri in found:
            continue
        prefix, taken, number = own.get(uri, "ns"), set(found.values()), 1
        while prefix in taken:
            number += 1
            prefix = f"{own.get(uri, 'ns')}{number}"
        found[uri] = prefix
    return found or {"": ""}


def _names(root: etree._Element) -> Iterator[str]:
    for element in root.iter():
        yield str(element.tag)
        yield from map(str, element.attrib)


def _name(tag: str, prefixes: dict[str, str]) -> str:
    uri, _, local = tag[1:].partition("}") if tag.startswith("{") else ("", "", tag)
    if uri == _XML:
        return f"xml:{local}"
    return f"{prefixes[uri]}:{local}" if uri else local


def _tag(name: str, uris: dict[str, str]) -> str:
    prefix, colon, local = name.partition(":")
    if not colon:
        return name
    return f"{{{_XML if prefix == 'xml' else uris[prefix]}}}{local}"


def _put(path: str, value: str, uris: dict[str, str], made: dict[str, etree._Element]) -> None:
    above, _, last = path.rpartition("/")
    if last.startswith("@"):
        _element(above, uris, made).set(_tag(last[1:], uris), value)
    elif last.startswith("text()["):
        element, number = _element(above, uris, made), int(last[7:-1])
        if number:
            element[number - 1].tail = value
        else:
            element.text = value
    else:
        _element(path, uris, made).text = value


def _element(path: str, uris: dict[str, str], made: dict[str, etree._Element]) -> etree._Element:
    """The element at ``path``, made with those above it where it is not there yet."""
    if not path.startswith("/"):
        raise ValueError(path)
    missing: list[str] = []
    at = path
    while at and at not in made:
        missing.append(at)
        at = at.rpartition("/")[0]
    for one in reversed(missing):
        above, _, step = one.rpartition("/")
        found = _STEP.fullmatch(step)
        if found is None or (not above and made):
            raise ValueError(path)
        tag = _tag(found["name"], uris)
        if above:
            made[one] = etree.SubElement(made[above], tag)
        else:
            made[one] = etree.Element(tag, nsmap={prefix: uri for prefix, uri in uris.items() if prefix})
    return made[path]
