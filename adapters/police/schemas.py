"""The schemas that are carried here, by the root element that each is for. Nothing is fetched: they lie in schemas/."""

from __future__ import annotations

from functools import cache
from importlib.resources import as_file, files

from lxml import etree

from adapters import xsd
from hutong.errors import HutongError

NIBRS = "http://fbi.gov/cjis/nibrs/2019"

_FILES = {
    f"{{{NIBRS}}}Submission": "nibrs/nibrs/2019/nibrs.xsd",
    "{http://example.com/CrashDriver/1.2/}CrashDriverInfo": "niem6/CrashDriver.xsd",
}


def load(tag: str) -> etree.XMLSchema | None:
    """The schema for a root element (Clark notation), or None when there is none here."""
    return _read(_FILES[tag]) if tag in _FILES else None


def check(root: etree._Element, name: str) -> bool:
    """Whether a schema has accepted ``root``; False where none is carried. HT-XML-04 if the one carried refuses it."""
    schema = load(str(root.tag))
    if schema is None:
        return False
    # What a schema refuses is the document alone, whatever envelope it came in.
    own = root if root.getparent() is None else etree.fromstring(etree.tostring(root, with_tail=False))
    if found := xsd.first_fault(schema, own):
        raise HutongError("HT-XML-04", schema=name, line=found.line, rule=found.rule, where=found.where)
    return True


def checked(root: etree._Element, name: str) -> bytes:
    """``root`` as a file, after its schema has accepted what others will read. HT-ADP-33 if it does not."""
    data = etree.tostring(root, encoding="utf-8", xml_declaration=True, pretty_print=True)
    schema = load(str(root.tag))
    if schema is not None and (found := xsd.first_fault(schema, etree.fromstring(data))):
        raise HutongError("HT-ADP-33", schema=name, where=found.where, rule=found.rule)
    return data


@cache
def _read(path: str) -> etree.XMLSchema:
    with as_file(files("adapters.police") / "schemas") as folder:
        return etree.XMLSchema(etree.parse(folder / path, etree.XMLParser(no_network=True, load_dtd=False)))
