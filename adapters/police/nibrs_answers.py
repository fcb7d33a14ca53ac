"""What the NIBRS service answers to a submission (accepted, errors, warnings) → Supplement with the reference."""

from __future__ import annotations

from adapters.draft import Draft
from adapters.police import drafts
from adapters.police.nibrs import SOURCE_SYSTEM
from adapters.strict_xml import Node, local, namespace
from hutong.catalogue import say
from hutong.errors import HutongError
from hutong.v1 import body_pb2, codes_pb2, header_pb2, kinds_pb2

MESSAGE = "NIBRS response"

_SPACE = "http://ws.nibrs.ucr.cjis.fbi.gov/"
_SUBJECTS = ("dataElement", "segmentLevel", "sequenceNumber", "propertyLossCode", "badValue")


def is_answer(node: Node) -> bool:
    """Whether ``node`` is the service's response to a submission."""
    return local(node.element) == "SubmitNibrsNIEMDocumentResponse" and namespace(node.element) == _SPACE


def read(node: Node) -> Draft:
    """The draft of one response. HT-ADP-231 if it answers nothing."""
    answers = node.all("return/ingestResponse")
    if not answers:
        raise HutongError("HT-ADP-231", format=MESSAGE)
    references = list(dict.fromkeys(one.take("ddocname") for one in answers))
    statuses = list(dict.fromkeys(one.take("status") for one in answers))
    reference = "、".join(filter(None, references))
    # What officers read in a body is in the language of their files.
    note = body_pb2.NoteBody(
        title=say("police-nibrs-answer", "zh", reference=reference or "?", status="、".join(filter(None, statuses))),
        text="\n".join(_violation(one) for answer in answers for one in answer.all("violations")),
    )
    body = body_pb2.Body(source_system=SOURCE_SYSTEM, source_record=reference, note=note)
    common = header_pb2.CommonFacts(offences=[codes_pb2.OFFENCE_NONE_KNOWN])
    return drafts.draft("supplement", kinds_pb2.Supplement(), common, body, node, MESSAGE, [])


def _violation(node: Node) -> str:
    """One line: level, code, description, and whatever else says where."""
    told = [
        node.take("violationLevel"),
        node.take("violationCode"),
        " ".join(node.take("violationDescription").split()),
    ]
    where = [f"{name} {value}" for name in _SUBJECTS if (value := node.take(name))]
    return " ".join(filter(None, told)) + (f" ({', '.join(where)})" if where else "")
