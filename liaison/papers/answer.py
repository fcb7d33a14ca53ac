"""A paper that answers an item: a reply to an inquiry, the outcome of a lead, or more material for either."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from hutong.v1 import body_pb2, codes_pb2, kinds_pb2
from liaison import words
from liaison.papers.fill import fill, only, text, truth, wrong
from liaison.papers.opening import files
from liaison.papers.yaml import Plain

_NOTE = ("title", "text")
_REPLY = ("extent", "asked", "answered", "refusal", "accounts", "transactions")
_CLOSING_KEYS = ("outcome", *_NOTE, "attachments")
_REPLY_KEYS = (*_REPLY, "outcome", "complete", "body", "text", "attachments")


@dataclass
class Answer:
    """What the paper says: a reply, an outcome, or both one after the other."""

    reply: kinds_pb2.InquiryReply | None
    outcome: codes_pb2.OutcomeCode.ValueType
    body: body_pb2.Body
    files: tuple[Path, ...] = ()


def answer(paper: dict[str, Plain], folder: Path) -> Answer:
    """What ``paper`` answers. HT-CLI-27: it answers nothing, or a field is wrong or belongs to the other form.

    With ``extent`` it replies to an inquiry (``complete: yes``, or an ``outcome``, closes the obligation as well);
    without it closes with ``outcome``.
    """
    return _reply(paper, folder) if text(paper, "extent") else _closing(paper, folder)


def _closing(paper: dict[str, Plain], folder: Path) -> Answer:
    known = (*_CLOSING_KEYS, *_REPLY_KEYS)
    only(paper, tuple(dict.fromkeys(known)))
    for name in paper:
        if name not in _CLOSING_KEYS and paper[name]:
            raise wrong(name, "reply-form", known=", ".join(_CLOSING_KEYS))
    if not text(paper, "outcome"):
        raise wrong("outcome", "outcome", known=words.spoken(codes_pb2.OutcomeCode))
    outcome = words.parse(codes_pb2.OutcomeCode, text(paper, "outcome"), "outcome")
    if not text(paper, "text"):
        raise wrong("text", "text-for-closing")
    return Answer(None, outcome, note(paper), tuple(files(paper.get("attachments", ""), folder)))


def _reply(paper: dict[str, Plain], folder: Path) -> Answer:
    if text(paper, "title"):
        raise wrong("title", "title-in-reply")
    only({name: value for name, value in paper.items() if name != "title"}, _REPLY_KEYS)
    reply = kinds_pb2.InquiryReply()
    fill(reply, {name: paper[name] for name in _REPLY if paper.get(name)}, "")
    body = body_pb2.Body()
    body.inquiry_reply.SetInParent()
    fill(body.inquiry_reply, paper.get("body") or {}, "body")
    if text(paper, "text"):
        if body.inquiry_reply.remark:
            raise wrong("text", "text-twice")
        body.inquiry_reply.remark = text(paper, "text")
    attached = tuple(files(paper.get("attachments", ""), folder))
    says = [field.name for field, _ in body.inquiry_reply.ListFields() if field.name != "reference"]
    if not (says or attached):
        raise wrong("text", "text-for-reply")
    outcome = codes_pb2.OUTCOME_CODE_UNSPECIFIED
    if text(paper, "outcome"):
        outcome = words.parse(codes_pb2.OutcomeCode, text(paper, "outcome"), "outcome")
    if text(paper, "complete"):
        closes = truth(text(paper, "complete"), "complete")
        if outcome and not closes:
            raise wrong("complete", "complete-with-outcome")
        outcome = outcome or (codes_pb2.OUTCOME_CODE_ANSWERED if closes else outcome)
    return Answer(reply, outcome, body, attached)


@dataclass
class Addition:
    """More material for an item."""

    facts: kinds_pb2.Supplement
    body: body_pb2.Body
    files: tuple[Path, ...] = ()


def addition(paper: dict[str, Plain], folder: Path) -> Addition:
    """The Supplement that ``paper`` describes: text, identifiers counted, files. HT-CLI-27."""
    only(paper, (*_NOTE, "requested", "identifiers", "attachments"))
    facts = kinds_pb2.Supplement()
    fill(facts, {name: paper[name] for name in ("requested", "identifiers") if paper.get(name)}, "")
    attached = tuple(files(paper.get("attachments", ""), folder))
    if not (text(paper, "text") or attached):
        raise wrong("text", "text-for-supplement")
    return Addition(facts, note(paper), attached)


def note(paper: dict[str, Plain]) -> body_pb2.Body:
    """Title and text for people."""
    return body_pb2.Body(note=body_pb2.NoteBody(title=text(paper, "title"), text=text(paper, "text")))
