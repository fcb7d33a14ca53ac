"""Signatures on the statements of an export, by the directory as it was at each entry.

The directory is folded from the statements themselves as they pass; nobody is asked.
"""

from __future__ import annotations

from collections.abc import Iterator

from hutong.directory.decide import decide
from hutong.directory.records import Directory
from hutong.directory.signers import hub_keys, signing_key
from hutong.errors import HutongError
from hutong.kinds import kind_of
from hutong.proofs.policy import Policy
from hutong.signing import dsse
from hutong.v1.entry_pb2 import ENTRY_EVENT_RECORDED, ENTRY_EVENT_REFUSED, Entry
from hutong.v1.envelope_pb2 import Envelope
from hutong.v1.header_pb2 import Header


def check_signatures(
    directory: Directory, policy: Policy | None, entry: Entry, envelope: Envelope, header: Header
) -> bytes:
    """The statement's digest, once every signature holds with keys in force at the entry's time; HT-SIG-… otherwise.

    A refused statement may be refused just because a key is no longer in force, and is never the hub's own.
    """
    refused = entry.event == ENTRY_EVENT_REFUSED
    hub = hub_keys(policy, header.origin) if policy and not refused else {}
    at = None if refused else entry.recorded_at
    return dsse.verify(envelope, header, lambda keyid: signing_key(directory, header, keyid, at, hub))


class SignatureCheck:
    """A StatementCheck (records.py) that knows the directory and nothing else."""

    def __init__(self, policy: Policy | None) -> None:
        self._policy = policy
        self._directory = Directory()

    def __call__(self, index: int, entry: Entry, envelope: Envelope, header: Header) -> Iterator[HutongError]:
        """The faults of one statement; a directory statement that holds moves the directory on."""
        try:
            kind = kind_of(header)
            check_signatures(self._directory, self._policy, entry, envelope, header)
            if kind.directory and entry.event == ENTRY_EVENT_RECORDED:
                changes = decide(self._directory, header, index, entry.recorded_at)
                self._directory = self._directory.with_records(changes, index + 1)
        except HutongError as error:
            yield error
