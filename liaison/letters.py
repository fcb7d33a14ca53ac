"""The statements that officers write about an item: receipts, answers, returns, more material. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from google.protobuf.message import Message

from hutong.client.writing import Letter, To, evidence_digest
from hutong.errors import HutongError
from hutong.v1 import body_pb2, codes_pb2, kinds_pb2
from liaison.matter import Matter
from liaison.papers.answer import Addition, Answer


def seen(matter: Matter) -> Letter:
    """The owner opened it."""
    return _letter("seen", kinds_pb2.Seen(), matter)


def acknowledged(matter: Matter) -> Letter:
    """签收."""
    return _letter("acknowledged", kinds_pb2.Acknowledged(), matter)


def answers(matter: Matter, paper: Answer) -> list[Letter]:
    """An inquiry's reply, the closing, or one after the other; the first carries the body."""
    letters = []
    if paper.reply is not None:
        letters.append(_letter("inquiry_reply", paper.reply, matter, paper.body))
    if paper.outcome:
        evidence = evidence_digest(paper.body.SerializeToString())
        facts = kinds_pb2.Completed(outcome=paper.outcome, evidence_sha256=evidence)
        letters.append(_letter("completed", facts, matter, paper.body if paper.reply is None else None))
    return letters


def returned(matter: Matter, reason: codes_pb2.ReasonCode.ValueType, text: str) -> Letter:
    """退回; ``text`` is sealed."""
    body = body_pb2.Body(note=body_pb2.NoteBody(text=text)) if text else None
    return _letter("return", kinds_pb2.Return(reason=reason), matter, body)


def supplement(matter: Matter, paper: Addition, agency: str) -> Letter:
    """More material from ``agency`` to every other party that has, or laid, an obligation."""
    others = [To(party) for party in dict.fromkeys((matter.originator, *matter.obliged)) if party != agency]
    return _letter("supplement", paper.facts, matter, paper.body, others)


def _letter(
    kind: str, facts: Message, matter: Matter, body: body_pb2.Body | None = None, to: Sequence[To] | None = None
) -> Letter:
    """HT-EVD-02 for a body while nothing but the hub's word says to whom to seal it."""
    if body is not None and not matter.proved:
        raise HutongError("HT-EVD-02")
    return Letter(
        kind,
        facts,
        to=[To(matter.originator)] if to is None else to,
        body=body,
        item=matter.item,
        in_reply_to=matter.item,
        urgency=matter.urgency,
    )
