"""What authorities ask operators: each task → Inquiry; changes of tasks, and instruments alone → Supplement.

Interception and the content of communications are not asked for through this hub.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from adapters.draft import DeadLetter, Draft, Note
from adapters.telecom.etsi import documents, drafts, formats, instruments
from adapters.telecom.etsi.documents import TASKS, Action, Message
from adapters.telecom.etsi.reading import Reading
from hutong.catalogue import say
from hutong.errors import HutongError
from hutong.v1 import body_pb2, codes_pb2, kinds_pb2

_CALLS, _SUBSCRIBER, _SITE = (
    codes_pb2.ASK_TYPE_CALL_RECORDS,
    codes_pb2.ASK_TYPE_SUBSCRIBER,
    codes_pb2.ASK_TYPE_SITE_OR_APP,
)
ASKS = {
    "SubscriberData": _SUBSCRIBER,
    "UserIdentifyingData": _SUBSCRIBER,
    "SubscriberDataAndUserIdentifyingData": _SUBSCRIBER,
    "TrafficData": _CALLS,
    "TrafficDataAndStoredContentData": _CALLS,
    "IcpLookup": _SITE,
}
"""RequestType (TS 103 120 table 8.19), and what this hub adds to it."""
CONTENT = "StoredContentData"
SUBJECTS, REMARK, DUE_ON, CONFIDENTIAL, PARTIAL = (
    "hutong:Subjects",
    "hutong:Remark",
    "hutong:DueOn",
    "hutong:Confidential",
    "hutong:PartialAllowed",
)
"""What the national parameters of a task say where this hub wrote it."""
NATIONAL = {
    "LDTaskObject": "task:NationalLDTaskingParameters",
    "LPTaskObject": "task:NationalLPTaskingParameters",
    "TDTaskObject": "task:NationalTDTaskingParameters",
}

_DATE = re.compile(r"(?:19|20)[0-9]{2}-[01][0-9]-[0-3][0-9]")
_MAX_ROLES = 16


def read(message: Message) -> Iterator[Draft | DeadLetter]:
    """One draft for each task, each change, and each instrument that comes without a task; an action for which no
    statement stands is a dead letter. Deliveries and notices are read elsewhere (answers.py)."""
    beside = _Beside(message)
    for action in message.actions:
        try:
            if _is_new_task(action):
                yield _Task(message, action, beside.given(action), beside).draft()
            elif action.verb == "UPDATE" and action.sort in TASKS:
                yield _changed(message, action)
            elif action.sort == "AuthorisationObject" and action.verb in ("CREATE", "UPDATE"):
                if id(action) not in beside.bound:
                    yield _instrument(message, action, beside)
            elif not beside.belongs(action):
                yield DeadLetter.of(action.where, _no_statement(action))
        except HutongError as error:
            yield DeadLetter.of(error.params.get("where", action.where), error)


class _Beside:
    """What stands beside the tasks of a message, by the ids that tie it to them: authorisations and documents."""

    def __init__(self, message: Message) -> None:
        self._given = {_id(one): one for one in message.actions if one.sort == "AuthorisationObject"}
        self._papers: dict[Any, list[Action]] = {}
        for one in message.actions:
            if one.sort == "DocumentObject":
                for owner in documents.associated(one.object or {}):
                    self._papers.setdefault(owner, []).append(one)
        self._owners = {_id(one) for one in message.actions if one.sort != "DocumentObject"}
        tasks = filter(_is_new_task, message.actions)
        self.bound = {id(found) for task in tasks if (found := self.given(task))}
        """Authorisations that some task has, by identity."""

    def given(self, task: Action) -> Action | None:
        """The authorisation that the task names; the only one there is where it names none."""
        named = list(documents.associated(task.object or {}))
        found = next((self._given[one] for one in named if one in self._given), None)
        alone = next(iter(self._given.values())) if len(self._given) == 1 and not named else None
        return found or alone

    def papers(self, *owners: Action | None) -> list[Action]:
        """The documents that belong to one of ``owners``, each once."""
        found = {id(paper): paper for one in owners if one for paper in self._papers.get(_id(one), [])}
        return list(found.values())

    def belongs(self, action: Action) -> bool:
        """Whether it is a document of something in the message."""
        named = documents.associated(action.object or {}) if action.sort == "DocumentObject" else ()
        return any(one in self._owners for one in named)


def _is_new_task(action: Action) -> bool:
    return action.sort in TASKS and action.verb == "CREATE"


def _id(action: Action) -> Any:
    return (action.object or {}).get("ObjectIdentifier", action.where)


def _no_statement(action: Action) -> HutongError:
    if action.sort == "LITaskObject":
        return HutongError("HT-ADP-202", object=action.sort)
    # Types are named only where the standard knows them; anything else is content of the file.
    return HutongError("HT-ADP-204", action=action.verb if action.verb.isupper() else "-", object=_known(action.sort))


def _known(sort: str) -> str:
    known = (*documents.OBJECTS, "TrafficPolicyObject", "TrafficRuleObject", "LDDestinationObject", "ConfigObject")
    return sort if sort in known else "-"


class _Task:
    """One task being read."""

    def __init__(self, message: Message, action: Action, given: Action | None, beside: _Beside) -> None:
        self.message = message
        self.action = action
        self.task = Reading(action.object, "Task")
        self.authorisation = Reading(given.object, "Authorisation") if given and given.object else None
        self.papers = beside.papers(action, given)
        self.parts = [action.outside("Actions/Task"), self.task]
        if given and self.authorisation:
            self.parts += [given.outside("Actions/Authorisation"), self.authorisation]
        for number, one in enumerate(self.papers):
            self.parts += [one.outside(f"Actions/Documents[{number}]"), Reading(one.object, f"Documents[{number}]")]
        self.national = self.task.at(NATIONAL[action.sort])
        self.notes: list[Note] = []

    def draft(self) -> Draft:
        details = self.task.at("task:RequestDetails")
        ask = self.asked(details)
        found = self.instrument()
        inquiry = body_pb2.InquiryBody(
            reference=self.reference(),
            legal_mandate=found.mandate,
            subjects=self.subjects(details),
            period_from=_day(details.at("task:StartTime").value),
            period_to=_day(details.at("task:EndTime").value),
            preserve_until=self.task.take("task:DesiredPreservationExpiration"),
            operators=self.operators(),
        )
        if found.instrument.ByteSize():
            inquiry.instrument.CopyFrom(found.instrument)
        if self.action.sort == "TDTaskObject":
            inquiry.takedown.CopyFrom(self.takedown(details))
        self.own(inquiry)
        facts = kinds_pb2.Inquiry(
            ask=ask,
            subjects=_counted(inquiry),
            period_from=inquiry.period_from,
            period_to=inquiry.period_to,
            approval=found.approval,
            partial_allowed=self.national_yes(PARTIAL),
        )
        number = inquiry.reference or str((self.action.object or {}).get("ObjectIdentifier", ""))
        body = body_pb2.Body(source_record=number, inquiry=inquiry)
        urgency = codes_pb2.URGENCY_URGENT if found.urgent else codes_pb2.URGENCY_ROUTINE
        return drafts.draft("inquiry", facts, body, self.message, self.parts, self.notes, urgency)

    def asked(self, details: Reading) -> codes_pb2.AskType.ValueType:
        """What is asked for. HT-ADP-203 for content alone. Where nobody says, a period means call records: the reading
        that asks more of the asker."""
        if self.action.sort == "TDTaskObject":
            self.notes.append(Note.of("telecom-takedown"))
            return _SITE
        said = details.word("task:Type")
        if said == CONTENT:
            raise HutongError("HT-ADP-203", type=CONTENT)
        if said in ASKS:
            if CONTENT in said:
                self.notes.append(Note.of("telecom-partly-content", details.at("task:Type").path))
            return ASKS[said]
        period = details.at("task:StartTime").value or details.at("task:EndTime").value
        self.notes.append(Note.of("telecom-read-as-calls" if period else "telecom-read-as-subscriber", details.path))
        return _CALLS if period else _SUBSCRIBER

    def instrument(self) -> instruments.Given:
        found = (
            instruments.given(self.authorisation, [one.object or {} for one in self.papers])
            if self.authorisation
            else instruments.none()
        )
        self.notes += found.notes
        return found

    def reference(self) -> str:
        for key in ("task:Reference", "task:RequesterReference", "ExternalIdentifier"):
            if said := self.task.take(key):
                return said
        return ""

    def subjects(self, details: Reading) -> list[body_pb2.Subject]:
        """One for each value, unless this hub has noted which belong together. HT-ADP-205 if there is none."""
        found = [_value(one) for one in details.each("task:RequestValues", "task:RequestValue")]
        values = [one for one in found if one.value]
        if not values:
            raise HutongError("HT-ADP-205")
        grouped = self.grouped(values)
        return grouped or [body_pb2.Subject(role=codes_pb2.SUBJECT_ROLE_UNKNOWN, identifiers=[one]) for one in values]

    def grouped(self, values: list[body_pb2.Identifier]) -> list[body_pb2.Subject]:
        listed = self.national.each(SUBJECTS)
        subjects: list[body_pb2.Subject] = []
        at = 0
        for one in listed:
            count = one.at("values").value
            size = int(count) if str(count).isascii() and str(count).isdigit() and len(str(count)) < 6 else 0
            role = codes_pb2.SubjectRole.DESCRIPTOR.values_by_name.get(f"SUBJECT_ROLE_{one.at('role').value}")
            remark = one.at("remark").value
            subjects.append(
                body_pb2.Subject(
                    role=codes_pb2.SubjectRole.ValueType(role.number or codes_pb2.SUBJECT_ROLE_UNKNOWN)
                    if role
                    else codes_pb2.SUBJECT_ROLE_UNKNOWN,
                    organisation=one.at("organisation").value is True,
                    identifiers=values[at : at + size],
                    remark=remark if isinstance(remark, str) else "",
                )
            )
            at += size
        if not listed or at != len(values) or not all(one.identifiers for one in subjects):
            return []
        self.national.at(SUBJECTS).all_used()
        return subjects

    def takedown(self, details: Reading) -> body_pb2.Takedown:
        deadline = next(iter(self.task.each("task:Deadlines", "task:TakedownDeadline")), details.at("-"))
        return body_pb2.Takedown(
            refinement=details.take("task:RequestValueRefinement"),
            observed_at=[
                said for one in details.each("task:ObservedTimes", "task:ObservedTime") if (said := one.take())
            ],
            due_at=deadline.take("task:DateTime"),
        )

    def operators(self) -> list[str]:
        country = self.task.at("task:CSPID", "CountryCode").value
        name = self.task.at("task:CSPID", "UniqueIdentifier").value
        if not isinstance(country, str) or not isinstance(name, str):
            return []
        self.task.at("task:CSPID").all_used()
        return [f"{country}/{name}"]

    def own(self, inquiry: body_pb2.InquiryBody) -> None:
        """What this hub itself has written into the national parameters."""
        if self.national.at("task:CountryCode").value != instruments.NATION:
            inquiry.remark = self.task.take("task:ManualInformation")
            return
        inquiry.remark = self.national.take(REMARK) or self.task.take("task:ManualInformation")
        inquiry.due_on = self.national.take(DUE_ON)
        inquiry.confidential = self.national_yes(CONFIDENTIAL)
        self.national.at("task:CountryCode").all_used()

    def national_yes(self, key: str) -> bool:
        return self.national.at("task:CountryCode").value == instruments.NATION and self.national.take_yes(key)


def _value(found: Reading) -> body_pb2.Identifier:
    owner = found.at("task:FormatType", "task:FormatOwner").value
    name = found.at("task:FormatType", "task:FormatName").value
    value = found.at("task:Value").value
    if not all(isinstance(one, str) for one in (owner, name, value)):
        return body_pb2.Identifier()
    one = formats.identifier(str(owner), str(name), str(value))
    try:
        again = formats.written(one)
    except HutongError:
        again = None
    if again == (owner, name, value):
        found.all_used()
    else:
        found.take("task:Value")
    return one


def _counted(inquiry: body_pb2.InquiryBody) -> list[kinds_pb2.SubjectCount]:
    roles = Counter(one.role for one in inquiry.subjects)
    return [kinds_pb2.SubjectCount(role=role, count=count) for role, count in sorted(roles.items())[:_MAX_ROLES]]


def _day(said: Any) -> str:
    found = _DATE.match(said) if isinstance(said, str) else None
    return found[0] if found else ""


def _changed(message: Message, action: Action) -> Draft:
    """A task changed, mostly withdrawn: news for whoever deals with it."""
    task = Reading(action.object, "Task")
    status = task.word("task:DesiredStatus") or task.word("task:Status")
    reference = task.take("task:Reference") or task.take("task:RequesterReference") or task.take("ExternalIdentifier")
    note = body_pb2.NoteBody(title=say("telecom-update-title", "zh", status=status), text=reference)
    body = body_pb2.Body(source_record=_record(action, reference), note=note)
    parts = [action.outside("Actions/Task"), task]
    return drafts.draft("supplement", kinds_pb2.Supplement(), body, message, parts, [])


def _instrument(message: Message, action: Action, beside: _Beside) -> Draft:
    """An authorisation that comes without a task, or anew: its number and time for people, the rest by path."""
    one = Reading(action.object, "Authorisation")
    found = instruments.given(one, []).instrument
    status = one.word("auth:AuthorisationStatus") or one.word("auth:AuthorisationDesiredStatus") or "-"
    text = say(
        "telecom-authorisation-text",
        "zh",
        reference=found.reference or "-",
        start=found.valid_from or "-",
        end=found.valid_to or "-",
        status=status,
    )
    title = say("telecom-authorisation-title", "zh", reference=found.reference or "-")
    body = body_pb2.Body(source_record=_record(action, found.reference), note=body_pb2.NoteBody(title=title, text=text))
    # Nothing counts as used up: a note holds it for people only.
    parts = [action.outside("Actions/Authorisation"), Reading(action.object, "Authorisation")]
    for number, paper in enumerate(beside.papers(action)):
        parts += [paper.outside(f"Actions/Documents[{number}]"), Reading(paper.object, f"Documents[{number}]")]
    return drafts.draft("supplement", kinds_pb2.Supplement(), body, message, parts, [])


def _record(action: Action, reference: str) -> str:
    """The object's own id and what was done: a second change of one object is another record."""
    identity = str((action.object or {}).get("ObjectIdentifier", "")) or reference
    generation = str((action.object or {}).get("Generation", ""))
    return "/".join(filter(None, (identity, action.verb, generation)))
