"""InquiryReply → auth.002 (the answer, with its camt inside), Supplement → auth.003 (confidentiality changed)."""

from __future__ import annotations

from lxml import etree

from adapters.banking import flows
from adapters.banking.writing import MAX_ID, MEDIA_TYPE, Writer, own_id
from adapters.contract import NativeFile, OpenedStatement
from hutong.catalogue import say
from hutong.errors import HutongError
from hutong.v1 import codes_pb2

_STATUS = {
    codes_pb2.REPLY_EXTENT_FULL: "COMP",
    codes_pb2.REPLY_EXTENT_PARTIAL: "PART",
    codes_pb2.REPLY_EXTENT_NONE: "NRES",
}
_NOTES = {"adapter-confidential": "true", "adapter-not-confidential": "false"}


def can_answer(statement: OpenedStatement) -> bool:
    """Whether auth.002 can say this answer: it names the inquiry, reports on one account, and its extent has a code."""
    header, reply = statement.header, statement.body.inquiry_reply
    return (
        0 < len(reply.reference.strip()) <= MAX_ID
        and header.inquiry_reply.extent in _STATUS
        and len(flows.accounts(reply.statements)) == 1
    )


def response(statement: OpenedStatement) -> NativeFile:
    """The auth.002 of an answer that ``can_answer`` accepts. HT-ADP-30 to -33 as for every message."""
    header, reply = statement.header, statement.body.inquiry_reply
    to = Writer("auth.002.001.01")
    if not can_answer(statement):
        raise HutongError("HT-ADP-30", format=to.message, field="reference / account / extent")
    report = flows.write(statement)
    report.finished()
    top = to.put(to.root, "InfReqRspn")
    to.text(top, "RspnId", own_id(header.message_id), MAX_ID)
    to.text(top, "InvstgtnId", reply.reference, MAX_ID)
    to.text(top, "RspnSts", _STATUS[header.inquiry_reply.extent])
    account = to.put(to.put(top, "SchCrit"), "Acct")
    (asked,) = flows.accounts(reply.statements)
    to.own_account(to.put(to.put(account, "Id"), "Id"), asked)
    to.text(to.put(account, "InvstgtdPties"), "Cd", "ALLP")
    _requested(to, account, report.message)
    result = to.put(top, "RtrInd")
    _requested(to, result, report.message)
    to.put(to.put(result, "InvstgtnRslt"), "Rslt").append(report.root)
    to.text(result, "AddtlInf", reply.remark, 500)
    return NativeFile(f"{header.message_id.hex()}.xml", MEDIA_TYPE, to.finished())


def confidentiality(statement: OpenedStatement) -> NativeFile | None:
    """The auth.003 of a supplement that says what requests.from_status_change says; None for any other."""
    body = statement.body
    reference = body.source_record
    for key, status in _NOTES.items():
        if body.note.text == say(key, "zh", reference=reference) and 0 < len(reference.strip()) <= MAX_ID:
            to = Writer("auth.003.001.01")
            top = to.put(to.root, "InfReqStsChngNtfctn")
            to.text(top, "OrgnlBizQry", reference, MAX_ID)
            to.text(top, "CnfdtltySts", status)
            return NativeFile(f"{statement.header.message_id.hex()}.xml", MEDIA_TYPE, to.finished())
    return None


def _requested(to: Writer, parent: etree._Element, message: str) -> None:
    to.text(to.put(parent, "AuthrtyReqTp"), "MsgNmId", message, MAX_ID)
