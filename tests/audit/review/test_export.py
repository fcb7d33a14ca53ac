"""Exports verify alone, every byte but the README's is covered, and what they say is compared with the entries."""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from audit.log.tiles import tiles_of
from audit.review.findings import Report
from audit.review.manifest import FileRecord, Manifest, allowed, statement_index, statement_path
from audit.review.verify import verify
from hutong.errors import HutongError


def codes(report: Report) -> list[tuple[str, str]]:
    return sorted((fault.code, fault.where) for fault in report.faults)


def every_file(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def resign(folder: Path, log: Any, **changes: Any) -> None:
    """What a dishonest hub would do: sign a manifest of whatever the folder holds now."""
    manifest = Manifest.parse((folder / "manifest.json").read_bytes())
    listed = [path for path in every_file(folder) if path.name not in ("manifest.json", "README.md")]
    fields = {"origin": manifest.origin, "log_size": manifest.log_size, "root": manifest.root, **changes}
    files = [
        FileRecord(
            path.relative_to(folder).as_posix(), path.stat().st_size, hashlib.sha256(path.read_bytes()).hexdigest()
        )
        for path in listed
    ]
    files = sorted(changes.pop("files", files))
    made = Manifest(fields["origin"], fields["log_size"], fields["root"], tuple(files)).signed(log.key, log.sign)
    (folder / "manifest.json").write_bytes(bytes(made))


@pytest.mark.parametrize("count", [0, 1, 4, 300])
def test_whole_exports(record: Callable[[int], Any], tmp_path: Path, count: int) -> None:
    recorded = record(count)
    report = verify(recorded.export(tmp_path / "export"))
    assert report.ok, report.faults[:3]
    assert (report.kind, report.size, report.entries) == ("export", count, count)
    assert report.statements == len(recorded.statements) == count
    names = {path.relative_to(tmp_path / "export/log").as_posix() for path in every_file(tmp_path / "export/log")}
    assert names == {tile.path for tile in tiles_of(count)} | {"checkpoint"}
    assert [path.name for path in tmp_path.iterdir()] == ["export"]


def test_every_byte_is_covered(record: Callable[[int], Any], tmp_path: Path) -> None:
    """Each byte of the small files, and a seeded sample of the larger ones."""
    folder, chance = record(2).export(tmp_path / "export"), random.Random(7)
    for path in every_file(folder):
        good = path.read_bytes()
        places = range(len(good)) if len(good) < 100 else sorted(chance.sample(range(len(good)), 100))
        for at in places:
            path.write_bytes(good[:at] + bytes([good[at] ^ chance.choice((1, 0x20, 0x80))]) + good[at + 1 :])
            assert verify(folder).ok == path.name.startswith("README"), (path.name, at)
        path.write_bytes(good)
    assert verify(folder).ok


def test_missing_surplus_and_odd_files(record: Callable[[int], Any], tmp_path: Path) -> None:
    folder = record(5).export(tmp_path / "export")
    for path in every_file(folder):
        if path.name == "README.md":
            continue
        kept, where = path.read_bytes(), path.relative_to(folder).as_posix()
        path.unlink()
        found = [one for one in codes(verify(folder)) if one[1] == where or where == "log.policy"]
        assert found and found[0][0] in ("HT-LOG-01", "HT-LOG-25"), where
        path.symlink_to(tmp_path / "nowhere")
        assert ("HT-LOG-03", where) in codes(verify(folder)) or where in ("manifest.json", "log.policy")
        assert not verify(folder).ok
        path.unlink()
        path.write_bytes(kept)
    (folder / "README.zh.md").write_text("one more")
    (folder / "README.md").unlink()
    assert verify(folder).ok
    (folder / "more").write_bytes(b"")
    (folder / "log/README.md").write_bytes(b"")
    (folder / "statements/999.pb").write_bytes(b"")
    (folder / "log/tile/0/000.p/1").write_bytes(b"")
    (folder / "hollow").mkdir()
    os.mkfifo(folder / "README.pipe")
    assert codes(verify(folder)) == [
        ("HT-LOG-02", "log/README.md"),
        ("HT-LOG-02", "log/tile/0/000.p/1"),
        ("HT-LOG-02", "more"),
        ("HT-LOG-02", "statements/999.pb"),
        ("HT-LOG-03", "README.pipe"),
        ("HT-LOG-42", "statements/999.pb"),
    ]


def test_without_a_manifest_the_rest_is_checked(record: Callable[[int], Any], tmp_path: Path) -> None:
    folder = record(5).export(tmp_path / "export")
    (folder / "manifest.json").unlink()
    (folder / "statements/001.pb").unlink()
    assert codes(verify(folder)) == [("HT-LOG-01", "manifest.json"), ("HT-LOG-25", "statements/001.pb")]


def test_a_manifest_has_one_form(record: Callable[[int], Any], tmp_path: Path) -> None:
    folder = record(2).export(tmp_path / "export")
    path = folder / "manifest.json"
    good = path.read_bytes()
    document = json.loads(good)
    changed = [
        {**document, "version": 2},
        {**document, "version": True},
        {**document, "more": 1},
        {**document, "log_size": 2.0},
        {**document, "files": document["files"][::-1]},
        {**document, "files": [*document["files"], document["files"][-1]]},
        {**document, "files": [{**document["files"][0], "size": -1}]},
        {**document, "files": [{**document["files"][0], "sha256": "AB" * 32}]},
        {**document, "files": {}},
        {**document, "signature": {"key": "", "sig": "*"}},
        {**document, "signature": "none"},
    ]
    wrong = [json.dumps(one, sort_keys=True, indent=1).encode() + b"\n" for one in changed]
    wrong += [
        b"",
        b"{}",
        b"[]\n",
        b"null",
        b"[" * 100_000,
        b"\xff",
        b'{"version": ' + b"9" * 5000 + b"}",
        good.rstrip(),
        good + b"\n",
        json.dumps(document).encode(),
        json.dumps(document, sort_keys=True, indent=2).encode() + b"\n",
        b"\xef\xbb\xbf" + good,
    ]
    for data in wrong:
        path.write_bytes(data)
        assert ("HT-LOG-21", "manifest.json") in codes(verify(folder))
    path.write_bytes(good)
    assert verify(folder).ok


def test_only_the_log_s_key_signs_a_manifest(
    record: Callable[[int], Any], tmp_path: Path, keys: Any, private: Any
) -> None:
    folder = record(2).export(tmp_path / "export")
    manifest = Manifest.parse((folder / "manifest.json").read_bytes())
    for forged in (
        manifest.signed(keys("hutong.example/log", "other"), private("other").sign),
        manifest.signed(keys("other.example/log", "log"), private("log").sign),
        manifest.signed(keys("hutong.example/log", "log"), private("other").sign),
    ):
        (folder / "manifest.json").write_bytes(bytes(forged))
        assert codes(verify(folder)) == [("HT-LOG-22", "manifest.json")]


@pytest.mark.parametrize(
    "path", ["../outside", "/etc/passwd", "log/../x", "README.md", "manifest.json", "a\\b", "log/tile/0/x000/001"]
)
def test_paths_that_may_not_be(record: Callable[[int], Any], tmp_path: Path, path: str) -> None:
    assert not allowed(path)
    recorded = record(2)
    folder = recorded.export(tmp_path / "export")
    (tmp_path / "outside").write_bytes(b"")
    listed = Manifest.parse((folder / "manifest.json").read_bytes()).files
    resign(folder, recorded.log(), files=[*listed, FileRecord(path, 0, "00" * 32)])
    assert "HT-LOG-33" in [code for code, _ in codes(verify(folder))]


def test_a_signed_manifest_of_another_head(record: Callable[[int], Any], tmp_path: Path) -> None:
    recorded = record(2)
    folder = recorded.export(tmp_path / "export")
    for field, changes in (("size", {"log_size": 3}), ("root", {"root": "00" * 32})):
        resign(folder, recorded.log(), **changes)
        report = verify(folder)
        assert [(fault.code, dict(fault.params)["field"]) for fault in report.faults] == [("HT-LOG-24", field)]
        shutil.rmtree(folder)
        recorded.export(folder)


def change_statement(recorded: Any) -> None:
    recorded.statements[1].payload += b"\x08\x01"


def swap_statements(recorded: Any) -> None:
    recorded.statements[0], recorded.statements[1] = recorded.statements[1], recorded.statements[0]


def leave_out(recorded: Any) -> None:
    del recorded.statements[2]


def leave_out_a_refused_one(recorded: Any) -> None:
    del recorded.statements[3]


def other_refused(recorded: Any) -> None:
    recorded.statements[3] = recorded.statements[2]


def invented_refusal(recorded: Any) -> None:
    recorded.entries[3].statement_sha256 = bytes(32)


def refused_in_a_case(recorded: Any) -> None:
    recorded.entries[3].case_sequence = 2


def add_beyond(recorded: Any) -> None:
    recorded.statements[77] = recorded.statements[1]


def drop_signature(recorded: Any) -> None:
    recorded.statements[1].ClearField("signatures")


def other_type(recorded: Any) -> None:
    recorded.statements[1].payload_type = "text/plain"


def back_in_time(recorded: Any) -> None:
    recorded.entries[4].recorded_at -= 5000


def gap_in_case(recorded: Any) -> None:
    recorded.entries[2].case_sequence += 1


def count_without_case(recorded: Any) -> None:
    recorded.entries[3].case_id, recorded.entries[3].case_sequence = b"", 1


def future_version(recorded: Any) -> None:
    recorded.entries[1].version = 2


def no_event(recorded: Any) -> None:
    recorded.entries[1].event = 0


def other_message(recorded: Any) -> None:
    recorded.entries[1].message_id = bytes(16)


def other_recipient(recorded: Any) -> None:
    recorded.entries[1].agencies[1] = "pbc-310000"


def other_sender(recorded: Any) -> None:
    recorded.entries[1].contacts[0] = "cffffffffffff"


def other_kind(recorded: Any) -> None:
    recorded.entries[1].kind = 101


def other_signer(recorded: Any) -> None:
    recorded.entries[1].keyids[0] = bytes(32)


def other_commitment(recorded: Any) -> None:
    recorded.entries[1].commitment = bytes(32)


LIES: dict[Callable[[Any], None], list[tuple[str, str]]] = {
    change_statement: [("HT-LOG-28", "")],
    swap_statements: [("HT-LOG-28", ""), ("HT-LOG-28", "")],
    leave_out: [("HT-LOG-25", "")],
    leave_out_a_refused_one: [("HT-LOG-25", "")],
    other_refused: [("HT-LOG-28", ""), ("HT-LOG-32", "message_id")],
    invented_refusal: [("HT-LOG-28", "")],
    refused_in_a_case: [("HT-LOG-31", "")],
    add_beyond: [("HT-LOG-42", "")],
    drop_signature: [("HT-LOG-32", "signatures")],
    other_type: [("HT-LOG-27", ""), ("HT-LOG-28", "")],
    back_in_time: [("HT-LOG-30", "")],
    gap_in_case: [("HT-LOG-31", "")],
    count_without_case: [("HT-LOG-31", "")],
    future_version: [("HT-LOG-29", "version")],
    no_event: [("HT-LOG-29", "event")],
    other_message: [("HT-LOG-32", "message_id")],
    other_recipient: [("HT-LOG-32", "agencies")],
    other_sender: [("HT-LOG-32", "contacts")],
    other_kind: [("HT-LOG-32", "kind")],
    other_signer: [("HT-LOG-32", "keyids")],
    other_commitment: [("HT-LOG-32", "commitment")],
}


@pytest.mark.parametrize("lie", sorted(LIES, key=lambda lie: lie.__name__))
def test_what_a_hub_signed_is_compared(
    record: Callable[[int], Any], tmp_path: Path, lie: Callable[[Any], None]
) -> None:
    """Everything is signed and hashed rightly here; only what it says does not fit together."""
    recorded = record(8)
    lie(recorded)
    report = verify(recorded.export(tmp_path / "export"))
    found = [(fault.code, dict(fault.params).get("field", "")) for fault in report.faults]
    for fault in LIES[lie]:
        assert fault in found
    # Swapped or altered statements also disagree in their fields; nothing but that may come on top.
    assert {code for code, _ in found} <= {code for code, _ in LIES[lie]} | {"HT-LOG-32"} | {"HT-LOG-31"}


def test_unparsable_entries_and_statements(record: Callable[[int], Any], tmp_path: Path) -> None:
    recorded = record(3)
    log = recorded.log()
    raw = list(log.raw)
    fresh = type(log)()
    fresh.append([raw[0], b"\xff\xff", raw[2]])
    recorded.log = lambda: fresh
    folder = recorded.export(tmp_path / "export")
    assert codes(verify(folder)) == [("HT-LOG-29", "log#1")]
    (folder / "statements/000.pb").write_bytes(b"\xff\xff")
    resign(folder, fresh)
    assert ("HT-LOG-27", "statements/000.pb") in codes(verify(folder))


@pytest.mark.parametrize(
    "surplus", [b"\xfa\x3e\x0b13800000000", b"\x08\x01", b"\x9a\x01\x00"], ids=["unknown", "twice", "empty"]
)
def test_an_entry_has_one_encoding(record: Callable[[int], Any], tmp_path: Path, surplus: bytes) -> None:
    """Nothing stands in an entry that its fields do not say: bytes beside them would be nobody's to compare."""
    recorded = record(3)
    raw = list(recorded.log().raw)
    fresh = type(recorded.log())()
    fresh.append([raw[0], raw[1] + surplus, raw[2]])
    recorded.log = lambda: fresh
    report = verify(recorded.export(tmp_path / "export"))
    assert [(fault.code, fault.where) for fault in report.faults] == [("HT-LOG-29", "log#1")]
    assert dict(report.faults[0].params)["field"] == "encoding"


def test_a_statement_that_no_entry_is_about(record: Callable[[int], Any], tmp_path: Path) -> None:
    recorded = record(0)
    recorded.statements[0] = record(1).statements[0]
    assert ("HT-LOG-26", "statements/000.pb") in codes(verify(recorded.export(tmp_path / "export")))


def test_statement_checks_plug_in(record: Callable[[int], Any], tmp_path: Path) -> None:
    folder, seen = record(8).export(tmp_path / "export"), []

    def refuse_one(index: int, entry: Any, envelope: Any, header: Any) -> list[HutongError]:
        seen.append(index)
        assert entry.message_id == header.message_id and envelope.signatures
        return [HutongError("HT-SIG-03", keyid="ab")] if index == 4 else []

    report = verify(folder, check_statements=lambda _policy: refuse_one)
    assert codes(report) == [("HT-SIG-03", "statements/004.pb")]
    assert seen == list(range(8)), "what was refused is judged as well"


def test_the_target_is_never_overwritten(record: Callable[[int], Any], tmp_path: Path) -> None:
    recorded = record(2)
    (tmp_path / "export").mkdir()
    (tmp_path / ".export.new").mkdir()
    (tmp_path / ".export.new/left over").write_bytes(b"")
    assert verify(recorded.export(tmp_path / "export")).ok
    with pytest.raises(HutongError, match="HT-LOG-45"):
        recorded.export(tmp_path / "export")
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(HutongError, match="HT-LOG-45"):
        recorded.export(tmp_path / "file")


def test_statement_paths() -> None:
    assert statement_path(7) == "statements/007.pb"
    assert statement_path(1_234_067) == "statements/x001/x234/067.pb"
    for index in (0, 999, 1000, 10**9):
        assert statement_index(statement_path(index)) == index
    for path in ("statements/7.pb", "statements/x000/007.pb", "statements/007.pb/x", "statements/x001.pb"):
        assert statement_index(path) is None
