"""Whether a sealed body is wrapped to exactly whom it must: every recipient's keys in force and the sender's own.

For each recipient, in header order, its active and then its recovery opening key; at the end the sender's active one.
"""

from __future__ import annotations

from hutong.directory.records import Directory
from hutong.errors import HutongError
from hutong.v1 import codes_pb2, envelope_pb2, header_pb2


def check_wraps(header: header_pb2.Header, sealed: envelope_pb2.Sealed, directory: Directory, now: int) -> None:
    """HT-SEA-03 for the first wrap that is missing, surplus or for a key that is not to be sealed to."""
    wanted = [
        (to.agency, to.desk, use)
        for to in header.recipients
        for use in (codes_pb2.KEY_USE_OPENING, codes_pb2.KEY_USE_OPENING_RECOVERY)
    ]
    wanted.append((header.sender.agency, "", codes_pb2.KEY_USE_OPENING))
    for place, (agency, desk, use) in enumerate(wanted):
        wrap = sealed.wraps[place] if place < len(sealed.wraps) else None
        accepted = directory.sealing_keys(agency, use, desk, now)
        if wrap is None or wrap.agency != agency or all(key.keyid != wrap.keyid for key in accepted):
            name = codes_pb2.KeyUse.Name(use).removeprefix("KEY_USE_").lower()
            raise HutongError("HT-SEA-03", agency=agency, use=name)
    if len(sealed.wraps) > len(wanted):
        raise HutongError("HT-SEA-03", agency=sealed.wraps[len(wanted)].agency, use="–")
