"""What the demo leaves for whoever wants to check it: log, policy, proofs, export; and a summary of the log."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path

from sqlalchemy import Engine

from audit.log.reader import TileTree
from audit.review.duty import DutyCheck
from audit.review.manifest import statement_index
from audit.review.punctuality import Summary
from audit.review.verify import verify
from demo.founding import Stage
from hub.export import write
from hub.state.database import reading
from hub.state.log import StoredLog
from hutong.errors import HutongError
from hutong.kinds import kinds
from hutong.proofs.note import Note
from hutong.proofs.policy import Policy
from hutong.proofs.proof import LogProof
from hutong.v1 import entry_pb2, envelope_pb2
from rules.scorecard.collector import Collector
from rules.scorecard.figures import Period, Scorecards

_PROOFS = 40


def leave(stage: Stage, engine: Engine) -> None:
    """DIR/log, DIR/log.policy, DIR/proofs and DIR/export, all under the final checkpoint. The hub has stopped."""
    folder = stage.folder
    shutil.copytree(stage.home.settings.log_folder, folder / "log")
    shutil.copyfile(stage.home.settings.home / "log.policy", folder / "log.policy")
    write(stage.home, engine, folder / "export")
    (folder / "proofs").mkdir()
    with reading(engine) as connection:
        log = StoredLog(connection)
        head = log.head()
        if head is None:
            raise HutongError("HT-NFD-01", what="checkpoint")
        tree, note = TileTree(log), Note.parse(head.note.encode())
        for index in _proved(log, head.size, folder):
            proof = LogProof(index, tuple(tree.inclusion_proof(index, head.size)), note)
            (folder / f"proofs/{index}.tlog-proof").write_bytes(bytes(proof))
            (folder / f"proofs/{index}.entry").write_bytes(next(log.entries(index, index + 1)))


def _proved(log: StoredLog, size: int, folder: Path) -> list[int]:
    """Which entries get their proof: some of all, the first of each kind and event, what was erased, and one statement
    that was signed together with others."""
    chosen = {*range(0, size, max(1, size // _PROOFS)), *batch_signed(folder / "export")[:1]}
    firsts: dict[tuple[int, int], int] = {}
    for index, raw in enumerate(log.entries(0, size)):
        entry = entry_pb2.Entry.FromString(raw)
        firsts.setdefault((entry.event, entry.kind), index)
        if entry.erased_index:
            chosen.add(entry.erased_index - 1)
    return sorted(chosen.union(firsts.values()))


def batch_signed(export: Path) -> list[int]:
    """Indices of the statements of ``export`` that share their signature with others, in order."""
    found = []
    for path in sorted((export / "statements").rglob("*.pb")):
        index = statement_index(path.relative_to(export).as_posix())
        envelope = envelope_pb2.Envelope.FromString(path.read_bytes())
        if index is not None and any(signature.HasField("batch") for signature in envelope.signatures):
            found.append(index)
    return found


def check(folder: Path, period: Period) -> tuple[Scorecards, Summary]:
    """Verify everything just left, offline, replay the export and work out once more what the hub had to say of every
    obligation: the scorecards of ``period``, and how punctual the hub was. HT-DMO-04 names what does not hold."""
    collector, duties = Collector(period), list[DutyCheck]()

    def replaying(trusted: Policy | None) -> DutyCheck:
        duties.append(DutyCheck(trusted, collector))
        return duties[0]

    proofs = sorted((folder / "proofs").glob("*.tlog-proof"))
    reports = [verify(path) for path in (folder / "log", *proofs)]
    reports.append(verify(folder / "export", check_statements=replaying))
    for report in reports:
        if not report.ok:
            raise HutongError("HT-DMO-04", where=report.path.name, fault=report.faults[0].code)
    return collector.scorecards(), duties[0].summary()


def summary(engine: Engine, folder: Path, dead_letters: int) -> dict[str, object]:
    """Counted from the log itself, and from the statements of the export."""
    names = {kind.number: kind.name for kind in kinds().values()}
    counts: Counter[str] = Counter()
    with reading(engine) as connection:
        log = StoredLog(connection)
        head = log.head()
        if head is None:
            raise HutongError("HT-NFD-01", what="checkpoint")
        for raw in log.entries(0, head.size):
            entry = entry_pb2.Entry.FromString(raw)
            if entry.event == entry_pb2.ENTRY_EVENT_RECORDED:
                counts["statements"] += 1
                counts[names[entry.kind]] += 1
            else:
                counts["refused"] += 1
    return {
        "statements": counts["statements"],
        "leads": counts["lead"],
        "deliveries": counts["delivered"],
        "acknowledgements": counts["acknowledged"],
        "completed": counts["completed"],
        "returned": counts["return"],
        "inquiry_replies": counts["inquiry_reply"],
        "non_responses": counts["non_response"],
        "escalations": counts["escalated"],
        "ownership_fell": counts["ownership_fell"],
        "handovers": counts["handover_answered"],
        "batch_signed": len(batch_signed(folder / "export")),
        "erased": counts["erased"],
        "refused_entries": counts["refused"],
        "dead_letters": dead_letters,
        "log_size": head.size,
        "root": head.root.hex(),
    }
