"""Checking an export: its manifest, every file in it, its log, and its statements against the entries."""

from __future__ import annotations

from pathlib import Path

from hutong.errors import HutongError
from hutong.proofs.policy import Judgement, Policy

from .files import Found, digest_file, read_file, walk
from .findings import Findings, Progress
from .logcheck import LogCheck
from .manifest import CLAIMS, MANIFEST, MAX_MANIFEST, FileRecord, Manifest, allowed, statement_index
from .records import RecordCheck, StatementCheck
from .stock import POLICY


class ExportCheck:
    """One check of one export folder; ``log`` and ``records`` hold the counts afterwards."""

    def __init__(
        self,
        folder: Path,
        findings: Findings,
        *,
        check_statements: StatementCheck | None = None,
        progress: Progress | None = None,
    ) -> None:
        self._folder = folder
        self._findings = findings
        self._statements: set[int] = set()
        self.records = RecordCheck(folder, self._statements, findings, check_statements)
        self.log = LogCheck(
            folder / "log", findings, prefix="log/", exact=True, visit=self.records.visit, progress=progress
        )

    def run(self, policy: Policy | None) -> Judgement | None:
        """Check everything; gives what the checkpoint is worth, None when it cannot be read."""
        manifest = self._manifest(policy)
        self._check_files(manifest)
        self.records.origin = manifest.origin if manifest else None
        judgement = self.log.run(policy)
        self.records.finish(judgement.checkpoint.size if judgement else 0)
        if manifest and judgement:
            head = judgement.checkpoint
            for field, same in (
                ("origin", manifest.origin == head.origin),
                ("size", manifest.log_size == head.size),
                ("root", manifest.root == head.root.hex()),
            ):
                if not same:
                    self._findings.add(MANIFEST, "HT-LOG-24", field=field)
        return judgement

    def _manifest(self, policy: Policy | None) -> Manifest | None:
        try:
            manifest = Manifest.parse(read_file(self._folder / MANIFEST, MAX_MANIFEST, MANIFEST))
        except HutongError as error:
            self._findings.caught(MANIFEST, error)
            return None
        if policy and not manifest.signed_by(policy):
            self._findings.add(MANIFEST, "HT-LOG-22", origin=manifest.origin)
        for record in manifest.files:
            if not allowed(record.path):
                self._findings.add(record.path, "HT-LOG-33")
        return manifest

    def _check_files(self, manifest: Manifest | None) -> None:
        """Everything on disk is listed and is what the list says; everything listed (or always needed) is on disk."""
        listed = {record.path: record for record in manifest.files} if manifest else {}
        missing = {POLICY, CLAIMS} | listed.keys()
        for path, found in walk(self._folder):
            index = statement_index(path)
            if index is not None and found is Found.FILE:
                self._statements.add(index)
            missing.discard(path)
            if found is Found.ODD:
                self._findings.add(path, "HT-LOG-03")
            elif found is Found.CLOSED:
                self._findings.add(path, "HT-LOG-04", errno="?")
            elif path in listed:
                self._check_file(path, listed[path])
            elif not self._uncovered(path, manifest):
                self._findings.add(path, "HT-LOG-02")
        for path in sorted(missing):
            if path not in listed or allowed(path):
                self._findings.add(path, "HT-LOG-01")

    def _uncovered(self, path: str, manifest: Manifest | None) -> bool:
        """Whether a file may stand there without being listed; without a manifest whatever the layout has."""
        readme = path.startswith("README") and "/" not in path
        return path == MANIFEST or readme or (manifest is None and allowed(path))

    def _check_file(self, path: str, record: FileRecord) -> None:
        try:
            size, digest = digest_file(self._folder / path, path)
        except HutongError as error:
            self._findings.caught(path, error)
            return
        if size != record.size:
            self._findings.add(path, "HT-LOG-05", size=size, expected=record.size)
        elif digest != record.sha256:
            self._findings.add(path, "HT-LOG-23")
