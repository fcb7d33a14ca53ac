"""How an owner goes on with an obligation, and what others decide about it, as drafts: progress (办理), hold (挂起),
more time (延期), review (复核)."""

from __future__ import annotations

from hutong.errors import HutongError
from hutong.v1 import casework_pb2, codes_pb2
from liaison import days, letters
from liaison.drafting import whose
from liaison.matter import Matter
from liaison.office import Draft, Office
from rules import clocks
from rules.records import BY_HEAD, BY_ORIGINATOR


async def progress(office: Office, item: bytes, step: codes_pb2.ProgressStep.ValueType, text: str) -> Draft:
    """办理中: how far the work has come; ``text`` is sealed to whoever opened the item."""
    matter = await office.item(item)
    return office.draft([letters.progressed(matter, step, text)], matter)


async def hold(office: Office, item: bytes, until: str, reason: codes_pb2.HoldReason.ValueType, text: str) -> Draft:
    """挂起 until the end of a day, or a moment of it. HT-DTY-20 beyond what the rules allow."""
    matter = await office.item(item)
    latest = clocks.after(office.directory.records, office.profile.agency, office.now, clocks.span("hold", "most"))
    return office.draft([letters.held(matter, days.end(until, latest), reason, text)], matter)


async def resume(office: Office, item: bytes) -> Draft:
    """恢复办理 before the hold ends by itself."""
    matter = await office.item(item)
    return office.draft([letters.resumed(matter)], matter)


async def extension(
    office: Office, item: bytes, until: str, reason: codes_pb2.ExtensionReason.ValueType, text: str
) -> Draft:
    """延期申请. HT-DTY-26 names the last instant that the rule allows."""
    matter = await office.item(item)
    ends = days.end(until, latest_extension(office, matter))
    return office.draft([letters.extension_asked(matter, ends, reason, text)], matter)


def latest_extension(office: Office, matter: Matter) -> int:
    """The last instant (ms) to which the own obligation's time can be moved; 0 where it cannot."""
    duty = matter.duties.get(office.profile.agency, casework_pb2.Obligation())
    if not duty.complete_rule:
        return 0
    most, _ = clocks.extension(duty.complete_rule, clocks.pace(matter.urgency, matter.drill))
    return clocks.after(office.directory.records, duty.agency, duty.complete_by, most) if most else 0


async def extension_decision(office: Office, item: bytes, agency: str, *, granted: bool, text: str) -> Draft:
    """The head's word on what a colleague asks for, or the word of whoever opened the item."""
    matter = await office.item(item)
    own = office.profile.agency
    stage = BY_ORIGINATOR if own == matter.originator else BY_HEAD
    asked = whose(office, matter, agency, lambda duty: duty.extension_stage == stage)
    return office.draft([letters.extension_decided(matter, asked, own, granted=granted, text=text)], matter)


async def review(office: Office, item: bytes, agency: str, reason: codes_pb2.ReasonCode.ValueType, text: str) -> Draft:
    """复核: close what was reported as done, or hand it back for ``reason``. HT-CLI-85: "other" says nothing without a
    text."""
    if reason == codes_pb2.REASON_CODE_OTHER and not text.strip():
        raise HutongError("HT-CLI-85", option="--text")
    matter = await office.item(item)
    done = whose(office, matter, agency, lambda duty: duty.state == casework_pb2.OBLIGATION_STATE_IN_REVIEW)
    return office.draft([letters.reviewed(matter, done, reason, text)], matter)


def one_of(first: bool, second: bool, options: str) -> bool:
    """Whether the first of two that exclude each other was chosen. HT-CLI-68: both were; HT-CLI-83: neither."""
    if first == second:
        raise HutongError("HT-CLI-68" if first else "HT-CLI-83", options=options)
    return first
