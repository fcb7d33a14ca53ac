"""Victims, offenders and arrestees of a NIBRS report: numbered, with age and sex, and without names."""

from __future__ import annotations

from adapters.police import codelists
from adapters.strict_xml import Node
from hutong.catalogue import say
from hutong.v1 import body_pb2, codes_pb2

_ADULT = 18
_INFANTS = frozenset({"NN", "NB", "BB", "NEONATAL", "NEWBORN", "BABY"})
_PERSONS = frozenset({"I", "L"})
_TOLD = (
    ("PersonSexCode", "sex"),
    ("PersonRaceNDExCode", "race"),
    ("PersonEthnicityCode", "ethnicity"),
    ("PersonResidentCode", "resident"),
)


class People:
    """Everybody in ``report``; ``minors``: whether anybody is under 18. ``by_id`` finds elements by their
    structures:id."""

    def __init__(self, report: Node, by_id: dict[str, Node]) -> None:
        self.report, self.by_id = report, by_id
        self.subjects: list[body_pb2.Subject] = []
        self.minors = False
        self._read()

    def _read(self) -> None:
        for victim in self.report.all("Victim"):
            category = victim.take("VictimCategoryCode")
            alone = category in _PERSONS or not category
            told = ["" if alone else codelists.words("victim").get(category, category)]
            told.append(_said("injury", [one.take("InjuryCategoryCode") for one in victim.all("VictimInjury")]))
            number = victim.take("VictimSequenceNumberText")
            self._person(victim, "victim", number, codes_pb2.SUBJECT_ROLE_VICTIM, told, organisation=not alone)
        for subject in self.report.all("Subject"):
            number = subject.take("SubjectSequenceNumberText")
            self._person(subject, "offender", number, codes_pb2.SUBJECT_ROLE_UNKNOWN, [])
        for arrestee in self.report.all("Arrestee"):
            number = arrestee.take("ArrestSequenceID")
            self._person(arrestee, "arrestee", number, codes_pb2.SUBJECT_ROLE_UNKNOWN, [])

    def _person(
        self,
        role: Node,
        name: str,
        number: str,
        code: codes_pb2.SubjectRole.ValueType,
        told: list[str],
        *,
        organisation: bool = False,
    ) -> None:
        person = self.by_id.get(reference(role.first("RoleOfPerson")), None) or role.first("RoleOfPerson")
        if person is not None:
            told = [self._age(person), *(_said(key, [person.take(field)]) for field, key in _TOLD), *told]
        # What officers read in a body is in the language of their files.
        words = [say(f"police-nibrs-{name}", "zh", number=number or "?"), *filter(None, told)]
        subject = body_pb2.Subject(role=code, organisation=organisation, remark="；".join(words))
        self.subjects.append(subject)

    def _age(self, person: Node) -> str:
        exact = person.take("PersonAgeMeasure/MeasureIntegerValue", "PersonAgeMeasure/MeasureValueText")
        low = person.take("PersonAgeMeasure/MeasureIntegerRange/RangeMinimumIntegerValue")
        high = person.take("PersonAgeMeasure/MeasureIntegerRange/RangeMaximumIntegerValue")
        oldest = high or exact
        if oldest.upper() in _INFANTS or (oldest.isdecimal() and len(oldest) < 4 and int(oldest) < _ADULT):
            self.minors = True
        return _said("age", ["–".join(filter(None, (low, high))) if low or high else exact])


def reference(node: Node | None) -> str:
    """The id that an element refers to; "" if it refers to none."""
    return node.attributes.get("ref", "") if node else ""


def _said(key: str, found: list[str]) -> str:
    values = [value for value in found if value]
    return say(f"police-nibrs-{key}", "zh", value="、".join(values)) if values else ""
