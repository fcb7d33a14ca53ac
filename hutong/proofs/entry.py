"""What an entry says of its statement (hutong.v1.Entry against Envelope and Header): both must say the same."""

from __future__ import annotations

from collections.abc import Iterable

from hutong.kinds import by_number
from hutong.signing.dsse import statement_digest
from hutong.v1.entry_pb2 import ENTRY_EVENT_REFUSED, Entry
from hutong.v1.envelope_pb2 import Envelope
from hutong.v1.header_pb2 import Header


def is_about(entry: Entry, envelope: Envelope) -> bool:
    """Whether ``entry`` records exactly the statement in ``envelope``."""
    return entry.statement_sha256 == statement_digest(envelope)


def disagreements(entry: Entry, header: Header, origin: str | None) -> list[str]:
    """The fields in which an entry is not what the signed header says; ``origin`` None: not known."""
    name = header.WhichOneof("kind")
    # A kind newer than this program shows as none; its number cannot be compared.
    kind = Header.DESCRIPTOR.fields_by_name[name].number if name else 0
    blank = entry.event == ENTRY_EVENT_REFUSED
    agencies = [header.sender.agency, *(party.agency for party in header.recipients)]
    contacts = [header.sender.contact, *(party.contact for party in header.recipients)]
    pairs = {
        "origin": origin is None or header.origin == origin,
        "message_id": entry.message_id == header.message_id,
        "agencies": _same(entry.agencies, agencies, blank),
        "contacts": _same(entry.contacts, contacts, blank),
        "kind": entry.kind == kind if name else entry.kind not in by_number(),
        "keyids": [keyid.hex() for keyid in entry.keyids] == [signer.keyid for signer in header.signers],
        "commitment": entry.commitment == header.commitment,
        "item_id": _same_id(entry.item_id, header.item_id, blank),
        "case_id": _same_id(entry.case_id, header.case_id, blank),
        "client_sequence": entry.client_sequence == header.client_sequence,
    }
    return [field for field, agrees in pairs.items() if not agrees]


def _same_id(entered: bytes, said: bytes, blank: bool) -> bool:
    """A refusal keeps an id only where the hub knows what it names."""
    return entered == said or (blank and not entered)


def _same(entered: Iterable[str], said: list[str], blank: bool) -> bool:
    """With ``blank`` an entry may leave out codes: a refusal's are kept only where the directory gave them out."""
    found = list(entered)
    return len(found) == len(said) and all(a == b or (blank and not a) for a, b in zip(found, said, strict=True))
