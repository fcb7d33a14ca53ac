"""Persons and organisations in a NIEM message, each once, with names, numbers and contacts, whatever holds them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from adapters.strict_xml import Node, namespace
from hutong.catalogue import say
from hutong.errors import HutongError
from hutong.identifiers import people
from hutong.v1 import body_pb2, codes_pb2

NUMBERS = {
    "PersonPassportIdentification": codes_pb2.IDENTIFIER_TYPE_PASSPORT,
    "PassportDocumentIdentification": codes_pb2.IDENTIFIER_TYPE_PASSPORT,
    "PassportIdentification": codes_pb2.IDENTIFIER_TYPE_PASSPORT,
    "ConveyanceRegistrationPlateIdentification": codes_pb2.IDENTIFIER_TYPE_VEHICLE_PLATE,
    "VehicleRegistrationPlateIdentification": codes_pb2.IDENTIFIER_TYPE_VEHICLE_PLATE,
}
_CORE = re.compile(r"(?:niemopen/ns/model|release\.niem\.gov/niem)/niem-core/")
_STRUCTURES = re.compile(r"(?:niemopen/ns/model|release\.niem\.gov/niem)/structures/")
_CJK = re.compile("[\u3400-\u9fff]")
_WORDS = re.compile("(?<=[a-z0-9])(?=[A-Z])")
_CONTACTS = {
    "TelephoneNumberFullID": codes_pb2.IDENTIFIER_TYPE_PHONE,
    "ContactEmailID": codes_pb2.IDENTIFIER_TYPE_EMAIL,
}
_NAMES = ("PersonGivenName", "PersonMiddleName", "PersonSurName")
_VICTIM = re.compile("Victim")


class People:
    """Everybody that ``nodes`` speak of, as ``subjects``; ``parents`` tells what holds a node, by its id()."""

    def __init__(self, nodes: list[Node], parents: dict[int, Node]) -> None:
        self.nodes, self.parents = nodes, parents
        self.subjects: list[body_pb2.Subject] = []
        self._read()

    def _read(self) -> None:
        """Everybody once: elements that name each other by id, ref or uri are about the same one
        (NIEM Naming and Design Rules, references)."""
        groups: defaultdict[str, list[Node]] = defaultdict(list)
        for number, node in enumerate(self.nodes):
            if _person(node) or _organisation(node):
                groups[_identity(node) or f"#/{number}"].append(node)
        for same in groups.values():
            self._subject(same)

    def _subject(self, same: list[Node]) -> None:
        organisation = not any(map(_person, same))
        found: dict[tuple[int, str], body_pb2.Identifier] = {}
        for node in same:
            for one in (*self._name(node, organisation), *self._numbers(node)):
                if one.value:
                    found.setdefault((one.type, one.value), one)
        if not found:
            return
        roles = [name for node in same for name in self._roles(node)]
        victim = any(_VICTIM.search(name) for name in roles)
        who = body_pb2.Subject(
            role=codes_pb2.SUBJECT_ROLE_VICTIM if victim else codes_pb2.SUBJECT_ROLE_UNKNOWN,
            organisation=organisation,
            identifiers=found.values(),
            remark="；".join([*dict.fromkeys(spaced(node.name) for node in same), *self._birth(same)]),
        )
        self.subjects.append(who)

    def _roles(self, node: Node) -> Iterator[str]:
        yield node.name
        if parent := self.parents.get(id(node)):
            yield parent.name

    def _name(self, node: Node, organisation: bool) -> Iterator[body_pb2.Identifier]:
        if organisation:
            for one in node.all("OrganizationName"):
                yield body_pb2.Identifier(type=codes_pb2.IDENTIFIER_TYPE_COMPANY, value=one.take_text())
            return
        for one in node.all("PersonName"):
            if full := one.take("PersonFullName"):
                yield body_pb2.Identifier(type=codes_pb2.IDENTIFIER_TYPE_PERSON_NAME, value=full)
                continue
            parts = {name: [part.take_text() for part in one.all(name)] for name in _NAMES}
            given, middle, last = (" ".join(parts[name]) for name in _NAMES)
            chinese = bool(_CJK.search(last + given))
            value = last + given if chinese else " ".join(filter(None, (given, middle, last)))
            yield body_pb2.Identifier(type=codes_pb2.IDENTIFIER_TYPE_PERSON_NAME, value=value)

    def _birth(self, same: list[Node]) -> list[str]:
        days = [day for node in same if (day := node.take("PersonBirthDate/Date"))]
        # What officers read in a body is in the language of their files.
        return [say("police-niem-born", "zh", day=day) for day in dict.fromkeys(days)]

    def _numbers(self, top: Node) -> Iterator[body_pb2.Identifier]:
        """Numbers and contacts inside of somebody, but for those of somebody else further inside."""
        rest = list(top.children)
        while rest:
            node = rest.pop(0)
            if _person(node) or _organisation(node):
                continue
            if node.name in _CONTACTS and node.text:
                yield body_pb2.Identifier(type=_CONTACTS[node.name], value=node.take_text())
            elif node.name.endswith("Identification") and (number := node.take("IdentificationID")):
                yield _numbered(node.name, number)
            else:
                rest = node.children + rest


def spaced(name: str) -> str:
    """An element's name as words: "Crash Driver"."""
    return _WORDS.sub(" ", name)


def _person(node: Node) -> bool:
    """Whether it is a human being: something that niem-core says of persons stands directly in it."""
    return any(
        child.name.startswith("Person")
        and not child.name.endswith(("Association", "Augmentation"))
        and _CORE.search(namespace(child.element))
        and (child.text or child.children)
        and not _organisation(child)
        and child.name != "Person"
        for child in node.children
    )


def _organisation(node: Node) -> bool:
    return any(child.name == "OrganizationName" for child in node.children)


def _identity(node: Node) -> str:
    """Which object an element is or stands for: structures:uri, else id or ref as a fragment of the document."""
    for name in ("uri", "id", "ref"):
        for key, value in node.element.attrib.items():
            key = str(key)
            if key.endswith("}" + name) and _STRUCTURES.search(key):
                return str(value) if name == "uri" else f"#{value}"
    return ""


def _numbered(name: str, number: str) -> body_pb2.Identifier:
    """A number by what its element is called. One that is a resident id, check digit and all, is one."""
    kind = NUMBERS.get(name, codes_pb2.IDENTIFIER_TYPE_OTHER)
    if kind == codes_pb2.IDENTIFIER_TYPE_OTHER:
        try:
            return body_pb2.Identifier(type=codes_pb2.IDENTIFIER_TYPE_RESIDENT_ID, value=people.resident_id(number))
        except HutongError:
            pass
    return body_pb2.Identifier(type=kind, value=number)
