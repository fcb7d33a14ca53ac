"""The demo as a user runs it, and what it leaves, judged by tools that we did not write."""

from __future__ import annotations

import hashlib
import json
import os
import random
import re
import shutil
import subprocess
import sys
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest
from securesystemslib.dsse import Envelope as OtherEnvelope
from securesystemslib.exceptions import VerificationError
from securesystemslib.signer import SSlibKey
from tlog_scales.backend import LocalBackend
from tlog_scales.reader import TilesReader
from tlog_scales.tlog import InclusionProof

from audit.log.folder import FolderTiles
from audit.review.duty import DutyCheck
from audit.review.manifest import statement_path
from audit.review.replay import Replay
from audit.review.signatures import SignatureCheck
from audit.review.verify import verify
from hutong.proofs.checkpoint import Checkpoint
from hutong.proofs.policy import Policy
from hutong.proofs.proof import LogProof
from hutong.signing.batch import root_from_path
from hutong.signing.dsse import statement_digest
from hutong.v1 import codes_pb2, entry_pb2, envelope_pb2, header_pb2

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def left(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any], str]:
    """The demo's folder, its summary and what it said on the way."""
    folder = tmp_path_factory.mktemp("demo") / "demo"
    command = [sys.executable, "-m", "hutong", "demo", "--dir", str(folder), "-o", "json"]
    env = os.environ | {"HUTONG_LANG": "en"}
    done = subprocess.run(command, capture_output=True, text=True, timeout=480, env=env, check=False)
    assert done.returncode == 0, done.stderr
    return folder, json.loads(done.stdout), done.stderr


def running_in(folder: Path) -> list[str]:
    """Command lines of live processes that name ``folder``."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            line = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        if str(folder) in line:
            found.append(line)
    return found


def test_what_it_says(left: tuple[Path, dict[str, Any], str]) -> None:
    folder, summary, progress = left
    assert summary["leads"] > 60 and summary["deliveries"] >= summary["leads"]
    assert summary["acknowledgements"] >= 9 and summary["non_responses"] == 2 and summary["inquiry_replies"] == 1
    assert summary["statements"] == summary["log_size"] - summary["refused_entries"]
    assert summary["dead_letters"] == 1, "the object whose marking forbids sharing"
    assert "hub" in progress
    assert not running_in(folder)


def test_every_process_had_keys_of_its_own(left: tuple[Path, dict[str, Any], str]) -> None:
    keys = [path for path in left[0].rglob("*.key") if path.name != "server.key"]
    contents = {hashlib.sha256(path.read_bytes()).digest() for path in keys}
    assert len(keys) > 30 and len(contents) == len(keys)
    assert all(path.stat().st_mode & 0o077 == 0 for path in keys)


def test_another_implementation_reads_the_log(left: tuple[Path, dict[str, Any], str]) -> None:
    folder, summary, _ = left
    reader = TilesReader(LocalBackend(folder / "log"))
    checkpoint = reader.get_checkpoint()
    assert (checkpoint.size, checkpoint.root_hash.hex()) == (summary["log_size"], summary["root"])
    assert reader.calculate_root_hash() == checkpoint.root_hash


def test_another_implementation_accepts_every_proof(left: tuple[Path, dict[str, Any], str]) -> None:
    folder, summary, _ = left
    proofs = sorted((folder / "proofs").glob("*.tlog-proof"))
    assert len(proofs) >= 20
    for path in proofs:
        proof = LogProof.parse(path.read_bytes())
        head = Checkpoint.parse(proof.note.text)
        assert head.size == summary["log_size"]
        leaf = hashlib.sha256(b"\0" + path.with_suffix(".entry").read_bytes()).digest()
        InclusionProof(proof.index, head.size, list(proof.path)).check(leaf, head.root)


def test_another_implementation_verifies_the_officers_signatures(left: tuple[Path, dict[str, Any], str]) -> None:
    folder, summary, _ = left
    directory = [json.loads(path.read_text()) for path in (folder / "export/directory").glob("*.json")]
    spkis = {r["keyid"]: r["spki"] for each in directory for r in each["records"] if r["record"] == "Key"}
    checked = together = 0
    for path in (folder / "export/statements").rglob("*.pb"):
        envelope = envelope_pb2.Envelope.FromString(path.read_bytes())
        header = header_pb2.Header.FromString(envelope.payload)
        (signature,) = envelope.signatures
        if signature.keyid not in spkis:
            assert header.sender.agency == "hub"
            continue
        raw = bytes.fromhex(spkis[signature.keyid])[-32:].hex()
        key = SSlibKey(signature.keyid, "ed25519", "ed25519", {"public": raw})
        signed, kind = envelope.payload, envelope.payload_type
        if signature.HasField("batch"):
            signed, kind = _batch_message(envelope, header), "application/vnd.hutong.batch.v1"
            together += 1
        OtherEnvelope.from_dict(_as_json(envelope, signed, kind)).verify([key], 1)
        with pytest.raises(VerificationError):
            OtherEnvelope.from_dict(_as_json(envelope, bytes([signed[0] ^ 1]) + signed[1:], kind)).verify([key], 1)
        checked += 1
    assert together == summary["batch_signed"] > 60
    assert checked > 150


def _batch_message(envelope: envelope_pb2.Envelope, header: header_pb2.Header) -> bytes:
    """What is signed instead, from the statement and its path; tlog-scales has to agree that the path leads there."""
    (signature,) = envelope.signatures
    batch = signature.batch
    leaf = hashlib.sha256(b"\0hutong/batch-leaf/v1\0" + statement_digest(envelope)).digest()
    root = root_from_path(leaf, batch.index, batch.size, batch.path)
    assert root is not None
    InclusionProof(batch.index, batch.size, list(batch.path)).check(leaf, root)
    names = f"{header.origin}\n{header.sender.agency}\n{signature.keyid}\n{batch.size}\n{b64encode(root).decode()}"
    return f"hutong/batch/v1\n{names}\n".encode()


def _as_json(envelope: envelope_pb2.Envelope, payload: bytes, kind: str) -> dict[str, Any]:
    signatures = [{"keyid": s.keyid, "sig": b64encode(s.sig).decode()} for s in envelope.signatures]
    return {"payload": b64encode(payload).decode(), "payloadType": kind, "signatures": signatures}


def exported(left: tuple[Path, dict[str, Any], str]) -> list[tuple[entry_pb2.Entry, header_pb2.Header]]:
    """Every entry of the export's log, with the header of its statement."""
    export, size = left[0] / "export", left[1]["log_size"]
    entries = FolderTiles(export / "log").entries(0, size)
    envelopes = (envelope_pb2.Envelope.FromString((export / statement_path(at)).read_bytes()) for at in range(size))
    return [
        (entry_pb2.Entry.FromString(entry), header_pb2.Header.FromString(envelope.payload))
        for entry, envelope in zip(entries, envelopes, strict=True)
    ]


def proved(left: tuple[Path, dict[str, Any], str], index: int) -> bool:
    """Whether the demo leaves a proof of entry ``index``, and it verifies."""
    return verify(left[0] / f"proofs/{index}.tlog-proof").ok


def test_every_kind_of_entry_has_a_proof(left: tuple[Path, dict[str, Any], str]) -> None:
    entries = [entry for entry, _ in exported(left)]
    left_out = {(entry.event, entry.kind) for entry in entries}
    assert len(left_out) >= 15
    for path in (left[0] / "proofs").glob("*.entry"):
        entry = entry_pb2.Entry.FromString(path.read_bytes())
        left_out.discard((entry.event, entry.kind))
    assert left_out == set()


def test_an_authentic_statement_that_policy_refuses_is_an_entry(left: tuple[Path, dict[str, Any], str]) -> None:
    found = [
        (index, entry, header)
        for index, (entry, header) in enumerate(exported(left))
        if entry.event == entry_pb2.ENTRY_EVENT_REFUSED
    ]
    assert len(found) == left[1]["refused_entries"] == 2 and all(proved(left, index) for index, _, _ in found)
    ((_, entry, header),) = [each for each in found if each[1].refusal == "HT-PRM-03"]
    assert header.sender.agency == "education" and header.inquiry.ask == codes_pb2.ASK_TYPE_SUBSCRIBER
    assert entry.message_id == header.message_id


def test_an_erasure_is_an_entry_that_names_what_was_erased(left: tuple[Path, dict[str, Any], str]) -> None:
    whole = exported(left)
    ((index, entry, header),) = [(i, e, h) for i, (e, h) in enumerate(whole) if h.HasField("erased")]
    gone, lead = whole[entry.erased_index - 1]
    assert header.erased.reason == codes_pb2.ERASURE_REASON_RECALLED and left[1]["erased"] == 1
    assert gone.message_id == header.in_reply_to and lead.sender.agency == "education" and lead.HasField("lead")
    assert proved(left, index) and proved(left, entry.erased_index - 1)


def test_a_batch_signature_stands_in_the_export_with_its_proof(left: tuple[Path, dict[str, Any], str]) -> None:
    export, found = left[0] / "export", []
    for index in range(left[1]["log_size"]):
        (signature,) = envelope_pb2.Envelope.FromString((export / statement_path(index)).read_bytes()).signatures
        if signature.HasField("batch"):
            found.append((index, signature.batch.size))
    assert len(found) == left[1]["batch_signed"] and all(size > 1 for _, size in found)
    assert proved(left, found[0][0])
    whole = exported(left)
    assert {whole[index][1].sender.agency for index, _ in found} == {"market"}


def test_the_export_verifies_replays_and_every_step_was_said(left: tuple[Path, dict[str, Any], str]) -> None:
    export = left[0] / "export"
    assert verify(export, check_statements=SignatureCheck).faults == ()
    assert verify(export, check_statements=Replay).faults == ()
    checks: list[DutyCheck] = []

    def watching(trusted: Policy | None) -> DutyCheck:
        checks.append(DutyCheck(trusted))
        return checks[0]

    assert verify(export, check_statements=watching).faults == ()
    found = checks[0].summary()
    said = left[1]["non_responses"] + left[1]["escalations"] + left[1]["ownership_fell"]
    assert (found.missed, found.surplus, found.differing) == (0, 0, 0) and found.said == said
    assert found.silences == (), "time was moved on in steps that leave nothing lying"


class Log:
    """The export's statements, and who is who by the nominations among them."""

    def __init__(self, left: tuple[Path, dict[str, Any], str]) -> None:
        self.entries = exported(left)
        self.roles = {
            header.contact_nominated.contact: (header.sender.agency, tuple(header.contact_nominated.roles))
            for _, header in self.entries
            if header.HasField("contact_nominated")
        }

    def holder(self, agency: str, role: codes_pb2.ContactRole.ValueType) -> str:
        """The one contact of ``agency`` with ``role``."""
        (found,) = [contact for contact, (where, roles) in self.roles.items() if where == agency and role in roles]
        return found

    def find(self, kind: str, **fields: Any) -> list[int]:
        """Indices of the recorded statements of ``kind`` whose facts are those."""
        return [
            index
            for index, (entry, header) in enumerate(self.entries)
            if entry.event == entry_pb2.ENTRY_EVENT_RECORDED
            and header.HasField(kind)  # type: ignore[arg-type]
            and all(getattr(getattr(header, kind), name) == value for name, value in fields.items())
        ]

    def about(self, item: bytes) -> list[tuple[int, str, header_pb2.Header]]:
        """What was said of ``item``, from its opening on, but for the receipts that nodes and first looks give."""
        told = ((index, str(header.WhichOneof("kind")), header) for index, (_, header) in enumerate(self.entries))
        return [
            (index, kind, header)
            for index, kind, header in told
            if item in (header.message_id, header.item_id) and kind not in ("delivered", "seen")
        ]

    def at(self, index: int) -> int:
        """The hub's time of recording, ms."""
        return self.entries[index][0].recorded_at


@pytest.fixture(scope="module")
def log(left: tuple[Path, dict[str, Any], str]) -> Log:
    return Log(left)


def test_a_missed_acknowledgement_climbs_the_whole_ladder(log: Log) -> None:
    (certificate,) = [i for i in log.find("non_response") if not log.entries[i][1].facts.drill]
    item = log.entries[certificate][1].item_id
    said = log.about(item)
    told = [(each.to, tuple(each.told), each.last) for each in (h.escalated for _, k, h in said if k == "escalated")]
    deputy = log.holder("telecom", codes_pb2.CONTACT_ROLE_DEPUTY)
    head = log.holder("telecom", codes_pb2.CONTACT_ROLE_HEAD)
    above = log.holder("government", codes_pb2.CONTACT_ROLE_COORDINATOR)
    assert [kind for _, kind, _ in said] == [
        *("lead", "escalated", "non_response"),
        *["escalated"] * 7,
        *("acknowledged", "progressed", "completed"),
    ]
    assert told == [
        (codes_pb2.ESCALATION_TARGET_DEPUTY, (deputy,), False),
        (codes_pb2.ESCALATION_TARGET_HEAD, (head,), False),
        *[(codes_pb2.ESCALATION_TARGET_COORDINATOR, (above,), False)] * 5,
        (codes_pb2.ESCALATION_TARGET_COORDINATOR, (above,), True),
    ]
    opened, at_once = said[0][0], said[1][0]
    assert at_once == opened + 1, "the deputy is told directly after the lead"
    start = log.at(opened)
    due = [h.non_response.due_at or h.escalated.due_at for _, _, h in said[1:10]]
    assert [(at - start) // 60_000 for at in due] == [0, 30, 45, 60, 75, 90, 105, 120, 135]
    late_by = [log.at(index) - at for (index, _, _), at in zip(said[1:10], due, strict=True)]
    assert all(0 <= by < 5 * 60_000 for by in late_by), "each when it was due"
    late = said[10]
    assert log.at(late[0]) > due[-1] and late[2].sender.contact == deputy
    owner = said[2][2].non_response.owner
    assert log.roles[owner][0] == "telecom" and owner not in (deputy, head), "whose week it was by the roster"
    (published,) = [log.entries[i][1].roster_published for i in log.find("roster_published")]
    assert list(published.contacts) == [owner, deputy]


def test_who_leaves_hands_over_first(log: Log) -> None:
    ((refused, entry),) = [(i, e) for i, (e, _) in enumerate(log.entries) if e.refusal == "HT-DTY-42"]
    assert entry.event == entry_pb2.ENTRY_EVENT_REFUSED
    leaver = log.entries[refused][1].contact_withdrawn.contact
    (offer,), (answer,) = log.find("handover_offered", leaving=True), log.find("handover_answered", accepted=True)
    (gone,) = log.find("contact_withdrawn", contact=leaver, voluntary=True)
    assert refused < offer < answer < gone
    offered, answered = log.entries[offer][1], log.entries[answer][1]
    assert offered.sender.contact == leaver and answered.in_reply_to == offered.message_id
    assert answered.sender.contact == offered.recipients[0].contact != leaver
    (item,) = offered.handover_offered.items
    said = [(kind, header.sender.contact) for _, kind, header in log.about(item)]
    assert said[1:] == [("acknowledged", leaver), ("completed", answered.sender.contact)]
    assert not log.find("ownership_fell", owner=leaver), "nothing fell"


def test_what_somebody_gone_owned_falls_to_the_head_at_once(log: Log) -> None:
    (fell,) = log.find("ownership_fell")
    cause, said = log.entries[fell - 1][1], log.entries[fell][1].ownership_fell
    assert cause.contact_withdrawn.contact == said.owner and not cause.contact_withdrawn.voluntary
    head, deputy = (log.holder("police", role) for role in (codes_pb2.CONTACT_ROLE_HEAD, codes_pb2.CONTACT_ROLE_DEPUTY))
    assert said.head == head and cause.sender.contact == head
    item = log.entries[fell][1].item_id
    after = [(kind, h.sender.agency, h.sender.contact) for index, kind, h in log.about(item) if index > fell]
    market = log.entries[log.about(item)[0][0]][1].sender.contact
    hub = log.entries[fell][1].sender.contact
    assert after == [
        ("assigned", "police", head),
        ("extension_asked", "police", deputy),
        ("extension_decided", "police", head),
        ("extension_decided", "market", market),
        ("held", "police", deputy),
        ("escalated", "hub", hub),
        ("completed", "police", deputy),
    ]
    held, resumed = (next(h for _, k, h in log.about(item) if k == kind and _ > fell) for kind in ("held", "escalated"))
    assert resumed.escalated.form == codes_pb2.ESCALATION_FORM_RESUME
    assert resumed.escalated.due_at == held.held.until, "the hub ends the hold, when it is over"


def test_a_supervision_is_closed_by_review(log: Log) -> None:
    (opened,) = log.find("supervision")
    header = log.entries[opened][1]
    assert log.entries[log.find("non_response")[0]][1].item_id == header.supervision.about_item
    said = [(kind, h.sender.agency) for _, kind, h in log.about(header.message_id)]
    assert said == [
        ("supervision", "government"),
        ("acknowledged", "telecom"),
        ("completed", "telecom"),
        ("reviewed", "government"),
    ]
    assert log.find("reviewed", accepted=True)


def test_a_drill_is_marked_in_every_statement_and_is_quick(log: Log) -> None:
    marked = [index for index, (_, header) in enumerate(log.entries) if header.facts.drill]
    item = log.entries[marked[0]][1].message_id
    assert marked == [i for i, (_, h) in enumerate(log.entries) if item in (h.message_id, h.item_id)]
    said = log.about(item)
    assert [kind for _, kind, _ in said[:4]] == ["lead", "escalated", "non_response", "escalated"]
    assert [kind for _, kind, _ in said[-2:]] == ["acknowledged", "completed"]
    assert log.at(said[-1][0]) - log.at(said[0][0]) < 20 * 60_000


def test_the_report_is_what_the_command_makes_of_the_export(left: tuple[Path, dict[str, Any], str], log: Log) -> None:
    (table,) = left[0].glob("report-*.csv")
    month = table.stem.removeprefix("report-")
    assert table.with_suffix(".xlsx").stat().st_size > 0
    command = [sys.executable, "-m", "hutong", "audit", "report", str(left[0] / "export"), "--month", month, "-o"]
    env = os.environ | {"HUTONG_LANG": "en"}
    again = subprocess.run([*command, "csv"], capture_output=True, text=True, timeout=120, env=env, check=True)
    assert again.stdout == table.read_text()
    told = json.loads(subprocess.run([*command, "json"], capture_output=True, timeout=120, env=env, check=True).stdout)
    figures = {row["agency"]: row for row in told["recipients"] if row["contact"] is None}
    assert (told["drills"]["items"], figures["telecom"]["turned_red"], figures["police"]["fallen"]) == (1, 1, 1)
    certified = [log.entries[i][1] for i in log.find("non_response")]
    practised = sum(header.facts.drill for header in certified)
    assert sum(row["non_response"] for row in figures.values()) == len(certified) - practised == 1


_BLOCK = re.compile(r"^```(sh|python)\n(.*?)^```", re.M | re.S)
_NOT_HERE = ("make ", "apt ", "cd ", "GO111MODULE", "~/judge")
"""Lines that set up, or call a program that must be installed first (tests/audit/judges)."""


def shown(page: str, language: str) -> list[str]:
    """The page's blocks of one language: shell line by line, where it is about what the demo left."""
    text = (ROOT / page).read_text(encoding="utf-8")
    blocks = [block for kind, block in _BLOCK.findall(text) if kind == language and "var/demo" in block]
    lines = [line.strip() for block in blocks for line in block.splitlines()]
    return blocks if language == "python" else [line for line in lines if line and not line.startswith(_NOT_HERE)]


@pytest.mark.parametrize("page", ["README.md", "README.zh.md", "docs/auditor.md"])
def test_what_the_pages_show_runs_on_what_the_demo_leaves(
    page: str, left: tuple[Path, dict[str, Any], str], tmp_path: Path
) -> None:
    (tmp_path / "var").mkdir()
    (tmp_path / "var" / "demo").symlink_to(left[0])
    (tmp_path / ".venv").symlink_to(Path(sys.prefix))
    env = os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    lines = shown(page, "sh")
    assert len(lines) >= 5
    for command in [*(["bash", "-o", "pipefail", "-c", line] for line in lines), *_programs(page)]:
        done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, f"{command[-1]}\n{done.stdout}\n{done.stderr}"


def _programs(page: str) -> list[list[str]]:
    return [[sys.executable, "-c", block] for block in shown(page, "python")]


def test_any_flipped_byte_is_refused(left: tuple[Path, dict[str, Any], str], tmp_path: Path) -> None:
    """One byte in each of sixty files of the export, chosen with a fixed seed."""
    copy = Path(shutil.copytree(left[0] / "export", tmp_path / "export"))
    files = sorted(p for p in copy.rglob("*") if p.is_file() and not p.name.startswith("README"))
    chance = random.Random(7)
    for path in chance.sample(files, 60):
        honest = path.read_bytes()
        bent = bytearray(honest)
        bent[chance.randrange(len(bent))] ^= 1 << chance.randrange(8)
        path.write_bytes(bent)
        assert not verify(copy).ok, path.relative_to(copy)
        path.write_bytes(honest)
    assert verify(copy).ok


def test_a_folder_of_somebody_else_is_not_emptied(tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("x")
    command = [sys.executable, "-m", "hutong", "demo", "--dir", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2 and "HT-DMO-05" in done.stderr
    assert (tmp_path / "precious").read_text() == "x"
