"""An Inquiry → a request to each operator that it names: authorisation and task, in one message."""

from __future__ import annotations

import base64
import re
from typing import Any

from adapters.contract import NativeFile, OpenedStatement
from adapters.telecom.etsi import documents, formats, instruments, requests, schemas
from adapters.telecom.etsi.writing import Writing, endpoint, entry, file, without_nothing
from hutong.errors import HutongError
from hutong.v1 import body_pb2, codes_pb2

_LDID = re.compile(r"[A-Z]{2}-.+-.+")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:Z|[+-]\d\d:\d\d)")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_OPERATOR = re.compile(r"[A-Z]{2}/[^/]{1,200}")
_TYPES = {
    codes_pb2.ASK_TYPE_SUBSCRIBER: ("ETSI", "SubscriberData"),
    codes_pb2.ASK_TYPE_CALL_RECORDS: ("ETSI", "TrafficData"),
    codes_pb2.ASK_TYPE_SITE_OR_APP: (formats.OWN, "IcpLookup"),
}
ASKS = tuple(_TYPES)
_VALUES = "Task/task:RequestDetails/task:RequestValues/task:RequestValue"


def render(statement: OpenedStatement) -> list[NativeFile]:
    """One message for each operator, in the order of the inquiry; one in all where it names none.

    HT-ADP-30 without a subject; HT-ADP-211 for a value that their format does not have; HT-ADP-33 if the schema refuses
    the outcome.
    """
    operators = list(dict.fromkeys(statement.body.inquiry.operators)) or [""]
    name = statement.header.message_id.hex()
    files = []
    for number, operator in enumerate(operators, 1):
        if operator and not _OPERATOR.fullmatch(operator):
            raise HutongError("HT-ADP-211", field="operators", format="EndpointID")
        one = _Question(statement, operator if len(operators) > 1 else "", operator)
        files.append(file(name if len(operators) == 1 else f"{name}-{number}", one.message(), one.takedown))
    return files


class _Question:
    """One request being written."""

    def __init__(self, statement: OpenedStatement, salt: str, operator: str) -> None:
        self.inquiry = statement.body.inquiry
        self.facts = statement.header.inquiry
        self.takedown = self.inquiry.HasField("takedown")
        self.sort = (
            "TDTaskObject" if self.takedown else "LPTaskObject" if self.inquiry.preserve_until else "LDTaskObject"
        )
        self.theirs = statement.body.source_system == documents.SOURCE_SYSTEM
        self.kept = {extra.path for extra in statement.body.extras} if self.theirs else set()
        approved = self.facts.HasField("approval") or self.inquiry.HasField("instrument")
        parts: dict[str, Any] = {"Task": self.task(statement.header.sender.agency, statement.header.message_id)}
        if approved:
            parts["Authorisation"] = self.authorisation()
        parts["Documents"] = []
        self.writing = Writing(statement, parts, salt)
        self.operator = operator or self.writing.recipient()

    def message(self) -> dict[str, Any]:
        writing, listed = self.writing, []
        task = writing.parts["Task"]
        if "Authorisation" in writing.parts:
            given = writing.identify("Authorisation", "AuthorisationObject", "auth")
            self.complete(writing.parts["Authorisation"])
            task.setdefault("AssociatedObjects", {"AssociatedObject": [given]})
            listed.append(writing.action("Authorisation", "CREATE", 0))
        writing.identify("Task", self.sort, "task")
        self.finish(task)
        listed.append(writing.action("Task", "CREATE", len(listed)))
        listed += self.documents(len(listed))
        version = schemas.TAKEDOWN_VERSION if self.takedown else schemas.WRITTEN_VERSION
        payload = {"RequestPayload": {"ActionRequests": {"ActionRequest": listed}}}
        return writing.message(payload, version, self.operator)

    def documents(self, number: int) -> list[dict[str, Any]]:
        """Documents that came with their request (warrants), as they were."""
        kept = self.writing.parts["Actions"].get("Documents")
        around = kept if isinstance(kept, list) else []
        listed = []
        for at, one in enumerate(self.writing.parts["Documents"]):
            said = dict(around[at]) if at < len(around) and isinstance(around[at], dict) else {}
            said.setdefault("ActionIdentifier", number + at)
            listed.append({**said, "CREATE": {"HI1Object": one}})
        return listed

    def task(self, agency: str, message_id: bytes) -> dict[str, Any]:
        """What the contract says of the task."""
        values, subjects = self.values()
        fallback = base64.b32encode(message_id).decode().rstrip("=")
        reference = self.inquiry.reference.strip() or fallback
        own = _LDID.fullmatch(reference) is not None or self.sort != "LDTaskObject"
        national = {
            requests.SUBJECTS: subjects,
            requests.REMARK: self.inquiry.remark if self.sort == "LPTaskObject" else "",
            requests.DUE_ON: self.inquiry.due_on,
            requests.CONFIDENTIAL: self.inquiry.confidential or None,
            requests.PARTIAL: self.facts.partial_allowed or None,
        }
        said: dict[str, Any] = {"task:RequestDetails": {"task:RequestValues": {"task:RequestValue": values}}}
        if kept := without_nothing(national):
            said[requests.NATIONAL[self.sort]] = {"task:CountryCode": instruments.NATION, **kept}
        if self.inquiry.remark and self.sort != "LPTaskObject":
            said["task:ManualInformation"] = self.inquiry.remark
        if self.sort == "LDTaskObject":
            said["task:Reference"] = reference if own else f"{instruments.NATION}-{agency or 'hutong'}-{reference}"
        elif self.sort == "LPTaskObject":
            said["ExternalIdentifier"] = reference
            said["task:DesiredPreservationExpiration"] = _moment(self.inquiry.preserve_until, last=True)
        else:
            said["task:RequesterReference"] = reference
            self.take_down(said)
        return said

    def take_down(self, said: dict[str, Any]) -> None:
        wanted = self.inquiry.takedown
        details = said["task:RequestDetails"]
        details["task:RequestValueRefinement"] = wanted.refinement
        details["task:ObservedTimes"] = {"task:ObservedTime": [_moment(one) for one in wanted.observed_at]}
        if wanted.due_at:
            said["task:Deadlines"] = {"task:TakedownDeadline": [{"task:DateTime": _moment(wanted.due_at, last=True)}]}
        said["task:RequestDetails"] = without_nothing(details)

    def values(self) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """The request values, and which of them are about whom."""
        values: list[dict[str, Any]] = []
        subjects: list[dict[str, Any]] = []
        for subject in self.inquiry.subjects:
            found = [one for one in subject.identifiers if one.value.strip()]
            for one in found:
                values.append(self.value(one, len(values)))
            if found:
                subjects.append(_noted(subject, len(found)))
        if not values:
            raise HutongError("HT-ADP-30", format=schemas.NAME, field="subjects")
        plain = [{"role": "UNKNOWN", "values": 1}] * len(values)
        return values, [] if subjects == plain else subjects

    def value(self, one: body_pb2.Identifier, at: int) -> dict[str, Any]:
        """A request value; where their message had it in another format, that one is among the extras."""
        if f"{_VALUES}[{at}]/task:FormatType/task:FormatName" in self.kept:
            phone = one.type == codes_pb2.IDENTIFIER_TYPE_PHONE
            return {"task:Value": formats.e164(one.value) if phone else one.value}
        owner, name, value = formats.written(one)
        return {"task:FormatType": {"task:FormatOwner": owner, "task:FormatName": name}, "task:Value": value}

    def authorisation(self) -> dict[str, Any]:
        """The instrument, and the approval of the header in national parameters."""
        given = self.inquiry.instrument
        approver = {
            "common:ApproverDetails": {
                "common:ApproverName": given.approver_name,
                "common:ApproverRole": given.approver_role,
            },
            "common:ApprovalTimestamp": given.approved_at,
            "common:ApprovalIsEmergency": given.emergency or None,
        }
        details = without_nothing(approver)
        said = {
            "auth:AuthorisationReference": given.reference,
            "auth:AuthorisationLegalType": {"common:Value": given.sort},
            "auth:AuthorisationTimespan": {"auth:StartTime": given.valid_from, "auth:EndTime": given.valid_to},
            "auth:AuthorisationApprovalDetails": [details] if details else [],
            "auth:AuthorisationLegalEntity": given.issued_by,
            "auth:AuthorisationJurisdiction": given.jurisdiction,
            "auth:AuthorisationTypeOfCase": {"common:Value": given.sort_of_case},
            "auth:AuthorisationManualInformation": self.inquiry.legal_mandate,
            "auth:NationalAuthorisationParameters": self.approval(),
        }
        return without_nothing(said)

    def approval(self) -> dict[str, Any]:
        # An instrument of theirs goes back as it was: it is what the approval's digest is about.
        if not self.facts.HasField("approval") or self.theirs:
            return {}
        approval = self.facts.approval
        return {
            "auth:CountryCode": instruments.NATION,
            instruments.LEVEL: codes_pb2.Level.Name(approval.level).removeprefix("LEVEL_").lower(),
            instruments.APPROVED_ON: approval.approved_on,
            instruments.ON_PAPER: approval.on_paper,
            instruments.DIGEST: approval.document_sha256.hex(),
        }

    def complete(self, given: dict[str, Any]) -> None:
        """Dictionary entries of which the contract knows the value alone."""
        for key, name in (
            ("auth:AuthorisationLegalType", "AuthorisationLegalType"),
            ("auth:AuthorisationTypeOfCase", "AuthorisationTypeOfCase"),
        ):
            if isinstance(given.get(key), dict):
                given[key] = {**entry(name, "", formats.OWN), **given[key]}

    def finish(self, task: dict[str, Any]) -> None:
        """What their own request has said in its way, or this one in ours."""
        details = task["task:RequestDetails"]
        if self.sort != "TDTaskObject":
            _period(details, "task:StartTime", self.inquiry.period_from, last=False)
            _period(details, "task:EndTime", self.inquiry.period_to, last=True)
            owner, value = _TYPES[self.facts.ask]
            details.setdefault("task:Type", entry("RequestType", value, owner))
        if self.inquiry.operators or not self.theirs:
            task.setdefault("task:CSPID", endpoint(self.operator))
        if self.theirs:
            return
        status = {"LDTaskObject": "AwaitingDisclosure", "LPTaskObject": "Preserved", "TDTaskObject": "Pending"}[
            self.sort
        ]
        task["task:DesiredStatus"] = entry(f"{self.sort.removesuffix('Object')}DesiredStatus", status)
        if self.sort == "LDTaskObject":
            back = {"task:DeliveryAddress": {"task:EndpointID": endpoint(f"CN/{self.writing.header.sender.agency}")}}
            task["task:DeliveryDetails"] = {"task:LDDeliveryDestination": [back]}


def _noted(subject: body_pb2.Subject, count: int) -> dict[str, Any]:
    said = {
        "role": codes_pb2.SubjectRole.Name(subject.role or codes_pb2.SUBJECT_ROLE_UNKNOWN).removeprefix(
            "SUBJECT_ROLE_"
        ),
        "values": count,
        "organisation": subject.organisation or None,
        "remark": subject.remark,
    }
    return without_nothing(said)


def _period(details: dict[str, Any], key: str, day: str, last: bool) -> None:
    """The day that the contract names, with their own time of day where that still is the day."""
    if day and str(details.get(key, ""))[:10] != day:
        details[key] = _moment(day, last)


def _moment(said: str, last: bool = False) -> str:
    """A QualifiedDateTime; a day alone counts in China's time, from its beginning or to its end. HT-ADP-211."""
    if _TIME.fullmatch(said):
        return said
    if not _DAY.fullmatch(said):
        raise HutongError("HT-ADP-211", field="date", format="QualifiedDateTime")
    return f"{said}T23:59:59+08:00" if last else f"{said}T00:00:00+08:00"
