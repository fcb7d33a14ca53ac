"""The directory as the client folds it itself, from statements that carry their signatures and proofs.

The hub only transports: each statement's signature is checked with keys that came before it in the log, each entry with
an inclusion proof, and the agency's first key with the fingerprint that its registration names. A swapped key shows.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from google.protobuf.message import DecodeError

from hutong.client.trust import Trust
from hutong.directory.decide import decide
from hutong.directory.records import Directory
from hutong.directory.signers import hub_keys, signing_key
from hutong.errors import HutongError
from hutong.sealing.disclosure import disclosed_digest
from hutong.signing import dsse
from hutong.v1 import directory_pb2, entry_pb2, header_pb2


@dataclass
class VerifiedDirectory:
    """Directory records with the cards (names, posts) that were disclosed beside them."""

    origin: str
    trust: Trust
    records: Directory = field(default_factory=Directory)
    agency_cards: dict[str, directory_pb2.AgencyCard] = field(default_factory=dict)
    contact_cards: dict[str, directory_pb2.ContactCard] = field(default_factory=dict)
    next_index: int = 0
    """Where the next ``ListStatements`` starts."""

    def take(self, evidence: entry_pb2.Evidence) -> None:
        """Fold one more statement in; HT-DIR-16 when it does not hold."""
        try:
            entry, proof = self.trust.believe(evidence.receipt, evidence.envelope)
            header = header_pb2.Header.FromString(evidence.envelope.payload)
            if proof.index < self.next_index:
                raise HutongError("HT-DIR-16", why=f"entry {proof.index} came out of order")
            if entry.event != entry_pb2.ENTRY_EVENT_RECORDED or header.origin != self.origin:
                raise HutongError("HT-DIR-16", why=f"entry {proof.index} records nothing of this log")
            if entry.directory_index != self.records.index:
                raise HutongError(
                    "HT-DIR-16", why=f"a statement of the directory before entry {proof.index} is missing"
                )
            self.trust.remember(proof.note)
            at, hub = entry.recorded_at, hub_keys(self.trust.policy, self.origin)
            dsse.verify(evidence.envelope, header, lambda keyid: signing_key(self.records, header, keyid, at, hub))
            changes = decide(self.records, header, proof.index, entry.recorded_at)
        except DecodeError as error:
            raise HutongError("HT-DIR-16", why="a statement cannot be parsed") from error
        except HutongError as error:
            if error.code == "HT-DIR-16":
                raise
            raise HutongError("HT-DIR-16", why=str(error), trace_id=error.trace_id) from error
        self.records = self.records.with_records(changes, proof.index + 1)
        self.next_index = proof.index + 1
        self._disclose(header, evidence)

    def _disclose(self, header: header_pb2.Header, evidence: entry_pb2.Evidence) -> None:
        """Keep the card if it is the one that the statement commits to; an erased one is simply not there."""
        if not evidence.HasField("disclosure"):
            return
        disclosure = evidence.disclosure
        if disclosed_digest(disclosure.salt, disclosure.card) != header.disclosed_sha256:
            raise HutongError("HT-DIR-16", why="a disclosed card is not the one that was signed")
        try:
            self._keep_card(header, disclosure.card)
        except DecodeError:
            # The agency's own doing, signed as it is; its people go without names, and nobody else is held up.
            return

    def _keep_card(self, header: header_pb2.Header, card: bytes) -> None:
        if header.WhichOneof("kind") == "agency_registered":
            self.agency_cards[header.agency_registered.agency] = directory_pb2.AgencyCard.FromString(card)
        elif header.WhichOneof("kind") == "contact_nominated":
            self.contact_cards[header.contact_nominated.contact] = directory_pb2.ContactCard.FromString(card)

    def agency_name(self, code: str, lang: str) -> str:
        """The agency's name in ``lang``; its code when none is disclosed."""
        card = self.agency_cards.get(code)
        return (card.name_zh if lang == "zh" else card.name_en) or code if card else code

    def contact_name(self, contact: str) -> str:
        """The person's name; the opaque id when none is disclosed."""
        card = self.contact_cards.get(contact)
        return card.name if card and card.name else contact
