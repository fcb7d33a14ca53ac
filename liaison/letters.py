"""The statements that officers write about an item: receipts, answers, returns, more material. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from google.protobuf.message import Message

from hutong.client.writing import Letter, To, evidence_digest
from hutong.v1 import body_pb2, casework_pb2, codes_pb2, kinds_pb2
from liaison.papers.answer import Addition, Answer

Item = casework_pb2.GetItemResponse
"""An item as the hub shows it to its parties; it has at least one obligation."""


def seen(item: Item) -> Letter:
    """The owner opened it."""
    return _letter("seen", kinds_pb2.Seen(), item)


def acknowledged(item: Item) -> Letter:
    """签收."""
    return _letter("acknowledged", kinds_pb2.Acknowledged(), item)


def answers(item: Item, paper: Answer) -> list[Letter]:
    """An inquiry's reply, the closing, or one after the other; the first carries the body."""
    letters = []
    if paper.reply is not None:
        letters.append(_letter("inquiry_reply", paper.reply, item, paper.body))
    if paper.outcome:
        evidence = evidence_digest(paper.body.SerializeToString())
        facts = kinds_pb2.Completed(outcome=paper.outcome, evidence_sha256=evidence)
        letters.append(_letter("completed", facts, item, paper.body if paper.reply is None else None))
    return letters


def returned(item: Item, reason: codes_pb2.ReasonCode.ValueType, text: str) -> Letter:
    """退回; ``text`` is sealed."""
    body = body_pb2.Body(note=body_pb2.NoteBody(text=text)) if text else None
    return _letter("return", kinds_pb2.Return(reason=reason), item, body)


def supplement(item: Item, paper: Addition, agency: str) -> Letter:
    """More material from ``agency`` to every other party that has, or laid, an obligation."""
    parties = dict.fromkeys((originator(item), *(duty.agency for duty in item.obligations)))
    others = [To(party) for party in parties if party != agency]
    return _letter("supplement", paper.facts, item, paper.body, others)


def originator(item: Item) -> str:
    """The agency that opened it, to which receipts go."""
    return item.obligations[0].from_agency


def _letter(
    kind: str, facts: Message, item: Item, body: body_pb2.Body | None = None, to: Sequence[To] | None = None
) -> Letter:
    return Letter(
        kind,
        facts,
        to=[To(originator(item))] if to is None else to,
        body=body,
        item=item.item_id,
        in_reply_to=item.item_id,
        urgency=item.obligations[0].urgency,
    )
