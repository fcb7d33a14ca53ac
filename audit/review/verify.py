"""Checking a log folder, a proof file or an export offline: ``verify`` goes on to the end and names every fault."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

from audit.log.folder import CHECKPOINT, FolderTiles
from audit.log.reader import TileTree
from audit.log.tiles import MAX_ENTRY
from hutong.errors import HutongError
from hutong.proofs.policy import MAX_POLICY, Judgement, Policy
from hutong.proofs.proof import MAX_PROOF, LogProof
from hutong.proofs.reference import Reference
from hutong.proofs.tree import leaf_hash, verify_inclusion

from .exportcheck import ExportCheck
from .files import read_file
from .findings import Findings, Kind, Progress, Report
from .logcheck import LogCheck
from .manifest import CLAIMS, MANIFEST
from .records import StatementCheck
from .replay import Replay
from .stock import POLICY

PROOF = ".tlog-proof"
ENTRY = ".entry"


def verify(
    path: Path,
    policy: Path | None = None,
    *,
    check_statements: Callable[[Policy | None], StatementCheck] | None = None,
    progress: Progress | None = None,
    jobs: int = 1,
    reference: Reference | None = None,
) -> Report:
    """Check what stands at ``path``, under the policy file ``policy`` or the log.policy in or beside it.

    Nothing in the material raises: whatever is wrong with it is a fault in the report. A check of an export's
    statements plugs in with ``check_statements``, which makes it for the policy trusted; without it everything else is
    checked all the same. ``reference``, as a slip bears it, is held against what is there. A long log is hashed by
    ``jobs`` processes; more than one only for a program that has no threads of its own.
    """
    path = path.resolve()
    findings, kind = Findings(), kind_of(path)
    report = Report(path, kind, policy_given=policy is not None)
    if kind == "unknown":
        findings.add(".", "HT-LOG-34")
    else:
        report.policy = policy or find_policy(path)
        trusted = _policy(report.policy, findings)
        if kind == "proof":
            _check_proof(path, trusted, findings, report)
        elif kind == "log":
            log = LogCheck(path, findings, progress=progress, jobs=jobs)
            _fill(report, log.run(trusted))
            report.entries, report.unpublished = log.entries, log.unpublished
        else:
            check = check_statements(trusted) if check_statements else None
            export = ExportCheck(path, findings, check_statements=check, progress=progress)
            judgement = export.run(trusted)
            _fill(report, judgement)
            if isinstance(check, Replay) and judgement:
                check.compare(path, judgement.checkpoint.origin, judgement.checkpoint.size, findings)
            report.entries, report.statements = export.log.entries, export.records.statements
        if reference is not None and not _holds(path, report, reference):
            findings.add(path.name, "HT-LOG-48", origin=reference.origin, index=reference.index)
    report.faults = tuple(findings)
    return report


def _holds(path: Path, report: Report, reference: Reference) -> bool:
    """Whether the entry that ``reference`` points at stands in what ``report`` is about."""
    if report.origin != reference.origin or not 0 <= reference.index < report.size:
        return False
    try:
        if report.kind == "proof":
            entry = read_file(path.with_suffix(ENTRY), MAX_ENTRY, path.with_suffix(ENTRY).name)
            return report.index == reference.index and leaf_hash(entry) == reference.leaf
        tiles = FolderTiles(path / "log" if report.kind == "export" else path)
        return TileTree(tiles).leaf(reference.index, report.size) == reference.leaf
    except (HutongError, OSError):
        return False


def kind_of(path: Path) -> Kind:
    """What stands at ``path``, by names alone; a folder that lacks its main file is still known by the others."""
    if path.is_dir():
        if any(os.path.lexists(path / name) for name in (MANIFEST, CLAIMS, "statements")):
            return "export"
        return "log" if any(os.path.lexists(path / name) for name in (CHECKPOINT, "tile")) else "unknown"
    return "proof" if path.suffix == PROOF else "unknown"


def check_is_export(path: Path) -> None:
    """HT-RPL-06 unless an export stands at ``path``: nothing else can be replayed."""
    if kind_of(path) != "export":
        raise HutongError("HT-RPL-06")


def find_policy(path: Path) -> Path | None:
    """The log.policy in the folder ``path`` (or the file's folder), or in the folder above."""
    inside = path if path.is_dir() else path.parent
    return next((folder / POLICY for folder in (inside, inside.parent) if os.path.lexists(folder / POLICY)), None)


def _policy(path: Path | None, findings: Findings) -> Policy | None:
    if path is None:
        findings.add(POLICY, "HT-LOG-12")
        return None
    try:
        return Policy.parse(_regular(path))
    except HutongError as error:
        findings.caught(path.name, error)
    except OSError as error:
        findings.add(path.name, "HT-LOG-44", errno=error.errno)
    return None


def _regular(path: Path) -> bytes:
    """The policy's bytes. The caller chose the path, so links are followed; pipes and devices are not waited for."""
    if not stat.S_ISREG(path.stat().st_mode):
        raise HutongError("HT-LOG-44", errno=0)
    return read_file(path.resolve(), MAX_POLICY, path.name)


def _check_proof(path: Path, policy: Policy | None, findings: Findings, report: Report) -> None:
    entry_path = path.with_suffix(ENTRY)
    entry, proof = None, None
    try:
        entry = read_file(entry_path, MAX_ENTRY, entry_path.name)
    except HutongError as error:
        findings.caught(entry_path.name, error)
    try:
        proof = LogProof.parse(read_file(path, MAX_PROOF, path.name))
        report.index = proof.index
        # Without a policy (named already) the path can still be followed to the root that the checkpoint claims.
        judgement = (policy or Policy(())).judge(proof.note)
        for fault in judgement.faults if policy else ():
            findings.caught(path.name, fault)
        _fill(report, judgement)
        if entry is not None:
            head = judgement.checkpoint
            verify_inclusion(leaf_hash(entry), proof.index, head.size, proof.path, head.root)
            report.entries = 1
    except HutongError as error:
        findings.caught(path.name, error)


def _fill(report: Report, judgement: Judgement | None) -> None:
    if judgement:
        head = judgement.checkpoint
        report.origin, report.size, report.root = head.origin, head.size, head.root
        report.cosigned, report.unknown = dict(judgement.cosigned), judgement.unknown
