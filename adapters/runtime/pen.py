"""From drafts to signed and sealed statements, in the name of the contact whose standing mandate covers it.

Pure but for the randomness of sealing; client sequence numbers come from the caller.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from adapters.draft import Draft
from adapters.runtime.arrivals import Verdict
from adapters.runtime.settings import Recipient
from hutong.client.writing import Author, Letter, To, Unsigned, compose, sign, write
from hutong.directory.records import Directory, Mandate
from hutong.errors import HutongError
from hutong.kinds import Kind, kinds
from hutong.signing.keys import SigningKey
from hutong.v1 import codes_pb2, envelope_pb2, header_pb2, kinds_pb2, options_pb2

LIFETIME_MS = 30 * 24 * 3600 * 1000
"""A statement may wait this long for its hub, or for an acknowledgement: as long as the contract allows."""
_PURPOSES = {
    "lead": codes_pb2.PURPOSE_MONITORING,
    "supplement": codes_pb2.PURPOSE_VERIFICATION,
    "inquiry_reply": codes_pb2.PURPOSE_VERIFICATION,
}


@dataclass(frozen=True)
class Pen:
    """The agency system's hand: who it is, its key, and where records go by kind."""

    origin: str
    agency: str
    key: SigningKey
    mandates: Sequence[bytes]
    recipients: dict[str, list[Recipient]]

    def draft(
        self, draft: Draft, directory: Directory, sequence: int, now: int, inquiry: Verdict | None = None
    ) -> Unsigned:
        """``draft`` as a statement for ``sign``; an answer goes to whoever sent ``inquiry``, anything else where the
        settings say.

        HT-DIR-13: the kind needs an officer; HT-DIR-14: no mandate covers it; HT-NOD-03: no recipients are set;
        HT-DIR-15: a recipient has no opening keys; HT-ENV-01: too large.
        """
        kind = kinds()[draft.kind]
        mandate = self._mandate(draft, kind, directory, now)
        letter = Letter(
            draft.kind,
            draft.facts,
            to=[To(inquiry.agency)] if inquiry else self._recipients(draft.kind),
            body=draft.body,
            item=inquiry.item if inquiry else b"",
            in_reply_to=inquiry.message_id if inquiry else b"",
            urgency=draft.urgency,
            handling=draft.handling,
            purpose=_PURPOSES.get(draft.kind, codes_pb2.PURPOSE_COORDINATION),
            common=draft.common,
            mandate=mandate.id,
        )
        return compose(letter, self._author(mandate.contact), directory, sequence, now, LIFETIME_MS)

    def sign(self, statements: Sequence[Unsigned]) -> list[envelope_pb2.Submission]:
        """What ``draft`` made, under one signature of the agency's system; each header names its contact itself."""
        return sign(statements, self._author(""))

    def delivered(
        self,
        verdict: Verdict,
        digest: bytes,
        contact: str,
        directory: Directory,
        sequence: int,
        now: int,
        *,
        drill: bool = False,
    ) -> envelope_pb2.Submission:
        """The receipt for a statement that arrived, to the agency that sent it; ``contact`` answers for it. That of a
        ``drill`` is marked as one."""
        letter = Letter(
            "delivered",
            kinds_pb2.Delivered(statement_sha256=digest, result=verdict.result),
            to=[To(verdict.agency)],
            item=verdict.item,
            in_reply_to=verdict.message_id,
            common=header_pb2.CommonFacts(drill=True) if drill else None,
        )
        return write(letter, self._author(contact), directory, sequence, now, LIFETIME_MS)

    def _author(self, contact: str) -> Author:
        return Author(self.origin, self.agency, contact, self.key, options_pb2.SIGNER_ROLE_AGENCY_SYSTEM)

    def _mandate(self, draft: Draft, kind: Kind, directory: Directory, now: int) -> Mandate:
        if not kind.mandatable:
            raise HutongError("HT-DIR-13", kind=kind.name)
        source = getattr(draft.facts, "source", None)
        for wanted in self.mandates:
            mandate = directory.mandates.get(wanted)
            if mandate is None or mandate.agency != self.agency or mandate.until <= now:
                continue
            if kind.number in mandate.kinds and source in (None, mandate.source):
                return mandate
        raise HutongError("HT-DIR-14")

    def _recipients(self, kind: str) -> list[To]:
        if not self.recipients.get(kind):
            raise HutongError("HT-NOD-03", kind=kind)
        roles = (codes_pb2.RECIPIENT_ROLE_TO, codes_pb2.RECIPIENT_ROLE_CC)
        return [To(to.agency, to.contact, to.desk, roles[to.cc]) for to in self.recipients[kind]]
