"""By which rules, policies and calendar an export's entries were decided, against the texts that it carries."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from hutong.directory.timekeeping import Timekeeping
from hutong.errors import HutongError
from hutong.v1.entry_pb2 import ENTRY_EVENT_RECORDED, Entry
from rules.data import DIGEST as RULES_DIGEST
from rules.data import digest_of
from rules.permit.policy_set import Policies

from .files import read_file
from .findings import Findings
from .manifest import CALENDAR, statement_path

_MAX_TEXT = 1 << 22
_PERMITS = re.compile(r'^@id\("([^"]+)"\)\s*permit\b', re.MULTILINE)
_CARRIED = {"rules_sha256": RULES_DIGEST, "policy_sha256": Policies.shipped().digest}
"""What this program decides by; by other policies it cannot ask for a permission once more, and says so."""


class Versions:
    """Every version that entries name, with the first one that does."""

    def __init__(self) -> None:
        self._first: dict[tuple[str, bytes], int] = {}
        self._permits: dict[tuple[bytes, str], int] = {}
        self._calendars: dict[tuple[bytes, bytes], tuple[int, Timekeeping]] = {}

    def note(self, index: int, entry: Entry, timekeeping: Timekeeping) -> None:
        """Keep what ``entry`` was decided by; the hub's own statements, brought by no certificate, need no policy.

        ``timekeeping``: with the calendars published before it, which its calendar's digest covers too.
        """
        for field in ("rules_sha256", "policy_sha256"):
            self._first.setdefault((field, getattr(entry, field)), index)
        self._calendars.setdefault((entry.calendar_sha256, timekeeping.digest), (index, timekeeping))
        if entry.event == ENTRY_EVENT_RECORDED and entry.certificate_sha256:
            self._permits.setdefault((entry.policy_sha256, entry.permitted_by), index)

    def compare(self, folder: Path, findings: Findings) -> None:
        """Name versions that the export or this program does not carry, and policies that there are not."""
        policies = _texts(folder, "policies", findings)
        exported = {
            "rules_sha256": digest_of(_texts(folder, "rules", findings)),
            "policy_sha256": digest_of(policies),
        }
        for (field, digest), index in self._first.items():
            if digest != exported[field]:
                findings.add(f"log#{index}", "HT-RPL-09", index=index, field=field)
            if digest != _CARRIED.get(field, digest):
                findings.add(f"log#{index}", "HT-RPL-05", index=index, field=field)
        shipped = hashlib.sha256(_text(folder, CALENDAR, findings)).digest()
        for (digest, carried), (index, timekeeping) in self._calendars.items():
            if digest != timekeeping.digest_over(shipped):
                findings.add(f"log#{index}", "HT-RPL-09", index=index, field="calendar_sha256")
            if digest != carried:
                findings.add(f"log#{index}", "HT-RPL-05", index=index, field="calendar_sha256")
        known = set(_PERMITS.findall(b"\n".join(policies.values()).decode("utf-8", "replace")))
        for (digest, permitted_by), index in self._permits.items():
            if digest == exported["policy_sha256"] and permitted_by not in known:
                findings.add(statement_path(index), "HT-RPL-01", index=index, field="permitted_by")


def _texts(folder: Path, part: str, findings: Findings) -> dict[str, bytes]:
    """The texts in one folder of the export, by name."""
    return {path.name: _text(folder, f"{part}/{path.name}", findings) for path in sorted((folder / part).glob("*"))}


def _text(folder: Path, name: str, findings: Findings) -> bytes:
    try:
        return read_file(folder / name, _MAX_TEXT, name)
    except HutongError as error:
        findings.caught(name, error)
        return b""
