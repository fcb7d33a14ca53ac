"""What authorities ask banks, from files: auth.001 → Inquiry, auth.003 (its confidentiality changed) → Supplement."""

from __future__ import annotations

from adapters.banking import drafts
from adapters.banking.documents import Document
from adapters.draft import Draft, Note
from adapters.strict_xml import Node
from hutong.catalogue import say
from hutong.v1 import body_pb2, codes_pb2, kinds_pb2

_TRUE = ("true", "1")
_FLOWS = ("camt.053", "camt.054")


def from_opening(document: Document) -> Draft:
    """The inquiry in an auth.001. It lacks the principal's approval, which no such message carries."""
    top = document.node.children[0]
    asked = [one.text for one in top.all("SchCrit/Acct/AuthrtyReqTp/MsgNmId")]
    asked += [one.text for one in top.all("SchCrit/CstmrId/AuthrtyReq/Tp/MsgNmId")]
    flows = any(name.startswith(_FLOWS) for name in asked)
    inquiry = body_pb2.InquiryBody(
        reference=top.take("InvstgtnId"),
        legal_mandate=top.take("LglMndtBsis/Dsclmr") or top.take("LglMndtBsis/Prgrph"),
        confidential=top.take("CnfdtltySts") in _TRUE,
        due_on=top.take("DueDt/DueDt"),
        period_from=top.take("InvstgtnPrd/Dt/FrDt", "InvstgtnPrd/DtTm/FrDtTm")[:10],
        period_to=top.take("InvstgtnPrd/Dt/ToDt", "InvstgtnPrd/DtTm/ToDtTm")[:10],
        remark=top.take("DueDt/AddtlInf", "SchCrit/CstmrId/AuthrtyReq/AddtlInf", "SchCrit/PmtInstrm/AddtlInf"),
        accounts=[_account(one) for one in top.all("SchCrit/Acct")]
        + [_card(one) for one in top.all("SchCrit/PmtInstrm")],
        subjects=[_subject(one) for one in top.all("SchCrit/CstmrId/Pty")],
    )
    facts = kinds_pb2.Inquiry(
        ask=codes_pb2.ASK_TYPE_TRANSACTIONS if flows else codes_pb2.ASK_TYPE_ACCOUNT,
        subjects=[kinds_pb2.SubjectCount(role=codes_pb2.SUBJECT_ROLE_UNKNOWN, count=1)],
        period_from=inquiry.period_from,
        period_to=inquiry.period_to,
    )
    body = body_pb2.Body(source_record=inquiry.reference, inquiry=inquiry)
    return drafts.draft("inquiry", facts, body, document, [*_unchecked(document), Note.of("adapter-approval-needed")])


def from_status_change(document: Document) -> Draft:
    """The change of status in an auth.003, as a note to the inquiry that it names."""
    top = document.node.children[0]
    reference = top.take("OrgnlBizQry")
    key = "adapter-confidential" if top.take("CnfdtltySts") in _TRUE else "adapter-not-confidential"
    # What officers read in a body is in the language of their files.
    note = body_pb2.NoteBody(
        title=say("adapter-confidentiality-changed", "zh"), text=say(key, "zh", reference=reference)
    )
    body = body_pb2.Body(source_record=reference, note=note)
    return drafts.draft("supplement", kinds_pb2.Supplement(), body, document, _unchecked(document))


def _account(node: Node) -> body_pb2.AccountAsked:
    account = body_pb2.Account(
        iban=(iban := node.take("Id/Id/IBAN")),
        other_id="" if iban else node.take("Id/Id/Othr/Id"),
        currency=node.take("Id/Ccy"),
        account_name=node.take("Id/Nm"),
        owner_name=node.take("Id/Ownr/Nm"),
        servicer_bic=node.take("Id/Svcr/FinInstnId/BICFI"),
        servicer_name=node.take("Id/Svcr/FinInstnId/Nm"),
    )
    return body_pb2.AccountAsked(account=account, role=codes_pb2.SUBJECT_ROLE_UNKNOWN)


def _card(node: Node) -> body_pb2.AccountAsked:
    return body_pb2.AccountAsked(
        account=body_pb2.Account(other_id=node.take("CardNb")), role=codes_pb2.SUBJECT_ROLE_UNKNOWN
    )


def _subject(node: Node) -> body_pb2.Subject:
    organisation = bool(node.all("Id/OrgId"))
    name = codes_pb2.IDENTIFIER_TYPE_COMPANY if organisation else codes_pb2.IDENTIFIER_TYPE_PERSON_NAME
    found = [(name, node.take("Nm"))]
    found += [(_number(one), one.take("Id")) for path in ("OrgId", "PrvtId") for one in node.all(f"Id/{path}/Othr")]
    found += [
        (codes_pb2.IDENTIFIER_TYPE_PHONE, node.take("CtctDtls/MobNb")),
        (codes_pb2.IDENTIFIER_TYPE_EMAIL, node.take("CtctDtls/EmailAdr")),
    ]
    identifiers = [body_pb2.Identifier(type=kind, value=value) for kind, value in found if value]
    return body_pb2.Subject(role=codes_pb2.SUBJECT_ROLE_UNKNOWN, organisation=organisation, identifiers=identifiers)


def _number(node: Node) -> codes_pb2.IdentifierType.ValueType:
    """What a party's number is, from the name of its scheme."""
    schemes = {"NIDN": codes_pb2.IDENTIFIER_TYPE_RESIDENT_ID, "USCC": codes_pb2.IDENTIFIER_TYPE_USCC}
    scheme = node.first("SchmeNm/Cd", "SchmeNm/Prtry")
    if scheme is None or scheme.text not in schemes:
        return codes_pb2.IDENTIFIER_TYPE_OTHER
    return schemes[scheme.take_text()]


def _unchecked(document: Document) -> list[Note]:
    return [] if document.checked else [Note.of("adapter-version-unknown", schema=document.message)]
