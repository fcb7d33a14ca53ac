"""Which inquiry an answer from the agency's own system belongs to: by reference, failing that by account."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from adapters.contract import Adapter
from adapters.draft import Draft
from adapters.runtime.arrivals import Verdict
from hutong.errors import HutongError
from hutong.v1 import body_pb2, codes_pb2, header_pb2


@dataclass(frozen=True)
class OpenedInquiry:
    """An inquiry that this agency holds, with its opened body."""

    verdict: Verdict
    header: header_pb2.Header
    body: body_pb2.Body


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
        accounts = {number for one in reply.statements if (number := _number(one.account))}
        # All of its accounts: what somebody else asked about must not travel along.
        found = [one for one in named or inquiries if accounts and accounts <= _asked(one.body.inquiry)]
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


def _asked(inquiry: body_pb2.InquiryBody) -> set[str]:
    named = {_number(one.account) for one in inquiry.accounts}
    for subject in inquiry.subjects:
        accounts = (one for one in subject.identifiers if one.type == codes_pb2.IDENTIFIER_TYPE_BANK_ACCOUNT)
        named |= {_plain(one.value) for one in accounts}
    return named - {""}


def _number(account: body_pb2.Account) -> str:
    return _plain(account.iban or account.other_id)


def _plain(number: str) -> str:
    """An account's number without the spaces that people write into it."""
    return "".join(number.split()).upper()
