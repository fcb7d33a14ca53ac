"""What banks answer → InquiryReply: camt messages alone, or inside the results of an auth.002."""

from __future__ import annotations

from adapters import strict_xml
from adapters.banking import camt, documents, drafts
from adapters.banking.documents import Document
from adapters.draft import Draft, Note
from hutong.errors import HutongError
from hutong.v1 import body_pb2, codes_pb2, kinds_pb2

_EXTENTS = {
    "COMP": codes_pb2.REPLY_EXTENT_FULL,
    "PART": codes_pb2.REPLY_EXTENT_PARTIAL,
    "NRES": codes_pb2.REPLY_EXTENT_NONE,
}
_MAX_TRANSACTIONS = 100_000_000
_MAX_COUNT = 100_000


def from_camt(document: Document) -> Draft:
    """The answer in one camt message. HT-XML-05 if it reports on no account at all."""
    reader = camt.Reader(document.sort)
    statements = reader.statements(document.node)
    if not statements:
        raise HutongError("HT-XML-05", schema=document.message, where=document.node.path)
    header = next(iter(document.node.children[0].all("GrpHdr")), strict_xml.nothing(document.node))
    reply = body_pb2.InquiryReplyBody(
        reference=header.take("OrgnlBizQry/MsgId"), statements=statements, remark=header.take("AddtlInf")
    )
    notes = _remarks(document, reader)
    facts = _facts(reply, codes_pb2.REPLY_EXTENT_FULL)
    if header.take("MsgPgntn/LastPgInd") in ("false", "0"):
        facts.extent = codes_pb2.REPLY_EXTENT_PARTIAL
        notes.append(Note.of("adapter-more-pages"))
    body = body_pb2.Body(source_record=header.take("MsgId"), inquiry_reply=reply)
    return drafts.draft("inquiry_reply", facts, body, document, notes)


def from_response(document: Document) -> Draft:
    """The answer in an auth.002: its status, and the statements in the results that it carries. HT-XML-04 if one of
    these is refused by its own schema."""
    top = document.node.children[0]
    notes = _remarks(document, None)
    statements: list[body_pb2.FlowStatement] = []
    for node in documents.inside(document.node):
        inner = documents.check(node)
        if inner.sort in camt.SORTS:
            reader = camt.Reader(inner.sort)
            statements += reader.statements(node)
            notes += _remarks(inner, reader)
    status = top.take("RspnSts")
    reply = body_pb2.InquiryReplyBody(
        reference=top.take("InvstgtnId"),
        statements=statements,
        remark="\n".join(one.take_text() for one in top.all("RtrInd/AddtlInf")),
    )
    results = [one.take_text() for one in top.all("RtrInd/InvstgtnRslt/InvstgtnSts")]
    notes += [Note.of("adapter-return-status", status=said) for said in (status, *results) if said]
    facts = _facts(reply, _EXTENTS.get(status, codes_pb2.REPLY_EXTENT_PARTIAL))
    body = body_pb2.Body(source_record=top.take("RspnId"), inquiry_reply=reply)
    return drafts.draft("inquiry_reply", facts, body, document, notes)


def _facts(reply: body_pb2.InquiryReplyBody, extent: codes_pb2.ReplyExtent.ValueType) -> kinds_pb2.InquiryReply:
    """Counts. A message answers for the accounts that it reports on, or for the one thing that it says no more of."""
    accounts = min(len({one.account.iban or one.account.other_id for one in reply.statements}), _MAX_COUNT)
    transactions = sum(max(1, len(entry.transactions)) for one in reply.statements for entry in one.entries)
    return kinds_pb2.InquiryReply(
        extent=extent,
        asked=max(accounts, 1),
        answered=0 if extent == codes_pb2.REPLY_EXTENT_NONE else max(accounts, 1),
        accounts=accounts,
        transactions=min(transactions, _MAX_TRANSACTIONS),
    )


def _remarks(document: Document, reader: camt.Reader | None) -> list[Note]:
    notes = [] if document.checked else [Note.of("adapter-version-unknown", schema=document.message)]
    return notes + [Note.of("adapter-direction-missing", path) for path in (reader.undirected if reader else [])]
