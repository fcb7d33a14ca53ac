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
_KEYS = ("outcome", *_NOTE, *_REPLY, "body", "complete", "attachments")


@dataclass
class Answer:
    """What the paper says: a reply, an outcome, or both one after the other."""

    reply: kinds_pb2.InquiryReply | None
    outcome: codes_pb2.OutcomeCode.ValueType
    body: body_pb2.Body
    files: tuple[Path, ...] = ()


def answer(paper: dict[str, Plain], folder: Path) -> Answer:
    """What ``paper`` answers. HT-CLI-27: it answers nothing, or a field is wrong.

    With ``extent`` it replies to an inquiry (``complete: yes`` closes the obligation as well); with ``outcome`` it
    closes.
    """
    only(paper, _KEYS)
    outcome = codes_pb2.OUTCOME_CODE_UNSPECIFIED
    if text(paper, "outcome"):
        outcome = words.parse(codes_pb2.OutcomeCode, text(paper, "outcome"), "outcome")
    attached = tuple(files(paper.get("attachments", ""), folder))
    if not text(paper, "extent"):
        if not outcome:
            raise wrong("outcome", ", ".join(words.choices(codes_pb2.OutcomeCode)))
        return Answer(None, outcome, note(paper), attached)
    reply = kinds_pb2.InquiryReply()
    fill(reply, {name: paper[name] for name in _REPLY if name in paper}, "")
    body = body_pb2.Body()
    body.inquiry_reply.SetInParent()
    fill(body.inquiry_reply, paper.get("body", {}), "body")
    if text(paper, "text"):
        body.inquiry_reply.remark = text(paper, "text")
    if not outcome and truth(text(paper, "complete") or "no", "complete"):
        outcome = codes_pb2.OUTCOME_CODE_ANSWERED
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
    fill(facts, {name: paper[name] for name in ("requested", "identifiers") if name in paper}, "")
    return Addition(facts, note(paper), tuple(files(paper.get("attachments", ""), folder)))


def note(paper: dict[str, Plain]) -> body_pb2.Body:
    """Title and text for people."""
    return body_pb2.Body(note=body_pb2.NoteBody(title=text(paper, "title"), text=text(paper, "text")))
