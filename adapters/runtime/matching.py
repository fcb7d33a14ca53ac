"""Which inquiry an answer from the agency's own system belongs to: by reference, failing that by what it is about."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from adapters.contract import Adapter
from adapters.draft import Draft
from adapters.runtime.arrivals import Verdict
from hutong.errors import HutongError
from hutong.identifiers import people
from hutong.v1 import body_pb2, codes_pb2, header_pb2


@dataclass(frozen=True)
class OpenedInquiry:
    """An inquiry that this agency holds, with its opened body."""

    verdict: Verdict
    header: header_pb2.Header
    body: body_pb2.Body
    sender_type: codes_pb2.AgencyType.ValueType = codes_pb2.AGENCY_TYPE_UNSPECIFIED


_NAMES = (codes_pb2.IDENTIFIER_TYPE_PERSON_NAME, codes_pb2.IDENTIFIER_TYPE_COMPANY)
"""Many bear the same: no answer is told by them."""


class Matcher:
    """Finds inquiries for answers. References that a native form carries are read back through the adapter itself, so
    that whatever it writes, it also recognises."""

    def __init__(self, adapter: Adapter, clock: Callable[[], datetime]) -> None:
        self._adapter = adapter
        self._clock = clock
        self._references: dict[bytes, frozenset[str]] = {}

    def find(self, draft: Draft, inquiries: Sequence[OpenedInquiry]) -> Verdict:
        """The inquiry that ``draft`` answers. HT-NOD-05: none; HT-NOD-06: several, and nothing tells which."""
        reply = draft.body.inquiry_reply
        named = [one for one in inquiries if reply.reference and reply.reference in self._named(one)]
        if len(named) == 1:
            return named[0].verdict
        about = _about(reply)
        # Everything that it is about: what somebody else asked about must not travel along.
        found = [one for one in named or inquiries if about and _covers(_asked(one.body.inquiry), about)]
        if len(found) == 1:
            return found[0].verdict
        if found or named:
            raise HutongError("HT-NOD-06", count=len(found or named))
        raise HutongError("HT-NOD-05", kind=draft.kind)

    def _named(self, inquiry: OpenedInquiry) -> frozenset[str]:
        """Every reference under which the agency's system may know the inquiry."""
        known = self._references.get(inquiry.verdict.message_id)
        if known is None:
            known = frozenset({inquiry.body.inquiry.reference, *self._written(inquiry)} - {""})
            self._references[inquiry.verdict.message_id] = known
        return known

    def _written(self, inquiry: OpenedInquiry) -> set[str]:
        try:
            files = self._adapter.render(inquiry)
        except HutongError:  # it cannot be said in the native format, so it carries no reference there
            return set()
        now = self._clock()
        drafts = (draft for file in files for draft in self._adapter.convert(file.data, name=file.name, now=now).drafts)
        return {draft.body.inquiry.reference for draft in drafts if draft.kind == "inquiry"}


def _about(reply: body_pb2.InquiryReplyBody) -> list[set[str]]:
    """What a reply is about, each thing by all the names that it gives it. Calls are about the number that all of them
    have in common."""
    accounts = [{_number(one.account)} for one in reply.statements]
    subscribers = [{_plain(each.value) for each in one.identifiers} for one in reply.subscribers]
    filings = [{_plain(name) for name in (*one.domains, one.icp_number)} for one in reply.filings]
    calls = (
        [set.intersection(*({_plain(one.caller), _plain(one.callee)} for one in reply.calls))] if reply.calls else []
    )
    return [*(names for names in accounts if names != {""}), *subscribers, *filings, *calls]


def _covers(asked: set[str], about: list[set[str]]) -> bool:
    return all(names & asked for names in about)


def _asked(inquiry: body_pb2.InquiryBody) -> set[str]:
    named = {_number(one.account) for one in inquiry.accounts}
    for subject in inquiry.subjects:
        named |= {_plain(one.value) for one in subject.identifiers if one.type not in _NAMES}
    return named - {""}


def _number(account: body_pb2.Account) -> str:
    return _plain(account.iban or account.other_id)


def _plain(number: str) -> str:
    """A number without the spaces that people write into it, a mobile one without its country code."""
    with suppress(HutongError):
        return people.mobile(number)
    return "".join(number.split()).upper()
