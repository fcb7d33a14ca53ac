"""The statements that officers write about an item and about their duty. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from google.protobuf.message import Message

from hutong.client.writing import Letter, To, evidence_digest
from hutong.errors import HutongError
from hutong.v1 import body_pb2, codes_pb2, header_pb2, kinds_pb2
from liaison.matter import Matter
from liaison.papers.answer import Addition, Answer

CC = codes_pb2.RECIPIENT_ROLE_CC


def seen(matter: Matter) -> Letter:
    """The owner opened it."""
    return _letter("seen", kinds_pb2.Seen(), matter)


def answer_seen(matter: Matter, agency: str, answer: bytes) -> Letter:
    """Whoever opened the item has looked at ``answer``, the id of what ``agency`` reported, and tells it."""
    return _letter("seen", kinds_pb2.Seen(), matter, to=[To(agency)], about=answer)


def acknowledged(matter: Matter, own: str) -> Letter:
    """签收 by ``own``; whoever passed the item on learns that it is rid of it."""
    return _letter("acknowledged", kinds_pb2.Acknowledged(), matter, to=_back(matter, own))


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


def returned(matter: Matter, own: str, reason: codes_pb2.ReasonCode.ValueType, text: str) -> Letter:
    """退回; ``text`` is sealed. What was passed on goes back to whoever did it."""
    return _letter("return", kinds_pb2.Return(reason=reason), matter, note(text), _back(matter, own))


def supplement(matter: Matter, paper: Addition, agency: str) -> Letter:
    """More material from ``agency`` to every other party that has, or laid, an obligation."""
    others = [To(party) for party in dict.fromkeys((matter.originator, *matter.obliged)) if party != agency]
    return _letter("supplement", paper.facts, matter, paper.body, others)


def progressed(matter: Matter, step: codes_pb2.ProgressStep.ValueType, text: str) -> Letter:
    """办理中: how far the work has come."""
    return _letter("progressed", kinds_pb2.Progressed(step=step), matter, note(text))


def held(matter: Matter, until: int, reason: codes_pb2.HoldReason.ValueType, text: str) -> Letter:
    """挂起 until an instant (ms)."""
    return _letter("held", kinds_pb2.Held(until=until, reason=reason), matter, note(text))


def resumed(matter: Matter) -> Letter:
    """The hold ends early."""
    return _letter("resumed", kinds_pb2.Resumed(), matter)


def extension_asked(matter: Matter, until: int, reason: codes_pb2.ExtensionReason.ValueType, text: str) -> Letter:
    """延期申请 until an instant (ms)."""
    return _letter("extension_asked", kinds_pb2.ExtensionAsked(until=until, reason=reason), matter, note(text))


def extension_decided(matter: Matter, agency: str, own: str, *, granted: bool, text: str) -> Letter:
    """The word of ``own`` on the extension that ``agency`` asks for."""
    said = kinds_pb2.ExtensionDecided(agency=agency, granted=granted)
    return _letter("extension_decided", said, matter, note(text), _other_side(matter, agency, own))


def reviewed(matter: Matter, agency: str, reason: codes_pb2.ReasonCode.ValueType, text: str) -> Letter:
    """复核 of what ``agency`` has done: accepted, or handed back for ``reason``."""
    said = kinds_pb2.Reviewed(agency=agency, accepted=not reason, reason=reason)
    return _letter("reviewed", said, matter, note(text), [To(agency)])


def redirect(
    matter: Matter,
    agency: str,
    reason: codes_pb2.ReasonCode.ValueType,
    body: body_pb2.Body,
    attachments: Sequence[header_pb2.AttachmentRef],
) -> Letter:
    """转办 to ``agency``, which becomes a party by it; whoever opened the item gets it too."""
    to = [To(agency), To(matter.originator, role=CC)]
    facts = kinds_pb2.Redirect(reason=reason)
    return _letter("redirect", facts, matter, body, to, newcomer=agency, attachments=attachments)


def redirect_taken_back(matter: Matter, agency: str) -> Letter:
    """撤回转办: what was passed on to ``agency`` is done here again."""
    return _letter("redirect_taken_back", kinds_pb2.RedirectTakenBack(), matter, to=[To(agency), To(matter.originator)])


def assigned(item: bytes, agency: str, contact: str, matter: Matter | None) -> Letter:
    """The obligation of ``agency`` is ``contact``'s from now on; ``matter``, where the sender may see it."""
    common = _common(matter) if matter else None
    urgency = matter.urgency if matter else codes_pb2.URGENCY_ROUTINE
    said, to = kinds_pb2.Assigned(agency=agency), [To(agency, contact)]
    return Letter("assigned", said, to=to, item=item, in_reply_to=item, urgency=urgency, common=common)


def escalation_forced(matter: Matter, agency: str, own: str) -> Letter:
    """催: the next step of the ladder of ``agency`` now."""
    said = kinds_pb2.EscalationForced(agency=agency)
    return _letter("escalation_forced", said, matter, to=_other_side(matter, agency, own))


def handover_offered(items: Iterable[bytes], own: str, taker: str, *, leaving: bool) -> Letter:
    """工作交接 to the colleague ``taker``."""
    said = kinds_pb2.HandoverOffered(items=sorted(items), leaving=leaving)
    return Letter("handover_offered", said, to=[To(own, taker)])


def handover_answered(offer: bytes, own: str, *, accepted: bool) -> Letter:
    """The taker's answer to a handover, by the offer's id."""
    said = kinds_pb2.HandoverAnswered(accepted=accepted)
    return Letter("handover_answered", said, to=[To(own)], in_reply_to=offer)


def handover_withdrawn(offer: bytes, own: str) -> Letter:
    """The giver's or the head's word that an offer does not stand any more, by its id."""
    return Letter("handover_withdrawn", kinds_pb2.HandoverWithdrawn(), to=[To(own)], in_reply_to=offer)


def approval_recorded(matter: Matter, said: kinds_pb2.ApprovalRecorded) -> Letter:
    """The head's decision on paper is entered."""
    return _letter("approval_recorded", said, matter)


def received_on_paper(matter: Matter, said: kinds_pb2.ReceivedOnPaper) -> Letter:
    """纸质回执: the day on which the own agency had it on paper."""
    return _letter("received_on_paper", said, matter)


def approval_checked(matter: Matter, entry: bytes, *, agrees: bool) -> Letter:
    """Somebody else has held ``entry`` (an ApprovalRecorded's id) against the paper."""
    return _letter("approval_checked", kinds_pb2.ApprovalChecked(agrees=agrees), matter, about=entry)


def note(text: str) -> body_pb2.Body | None:
    """Words for people, to be sealed; None for no words."""
    return body_pb2.Body(note=body_pb2.NoteBody(text=text)) if text.strip() else None


def _back(matter: Matter, own: str) -> list[To]:
    """Whoever opened the item, and whoever passed it on to ``own``."""
    duty = matter.duties.get(own)
    passed_by = duty.redirected_from if duty else ""
    return [To(agency) for agency in dict.fromkeys((matter.originator, passed_by)) if agency]


def _other_side(matter: Matter, agency: str, own: str) -> list[To]:
    """For what the agency that owes and the one that opened the item say to each other."""
    return [To(matter.originator if own == agency else agency)]


def _common(matter: Matter) -> header_pb2.CommonFacts | None:
    """演练 stands in every statement of a drill."""
    return header_pb2.CommonFacts(drill=True) if matter.drill else None


def _letter(
    kind: str,
    facts: Message,
    matter: Matter,
    body: body_pb2.Body | None = None,
    to: Sequence[To] | None = None,
    *,
    about: bytes = b"",
    newcomer: str = "",
    attachments: Sequence[header_pb2.AttachmentRef] = (),
) -> Letter:
    """HT-EVD-02 for a body while nothing but the hub's word says to whom to seal it; ``newcomer`` is the officer's own
    choice."""
    addressed = [To(matter.originator)] if to is None else to
    if body is not None and any(each.agency not in {*matter.named, newcomer} for each in addressed):
        raise HutongError("HT-EVD-02")
    return Letter(
        kind,
        facts,
        to=addressed,
        body=body,
        item=matter.item,
        in_reply_to=about or matter.item,
        urgency=matter.urgency,
        common=_common(matter),
        attachments=attachments,
    )
