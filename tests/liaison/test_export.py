"""An auditor takes the log along; the offline checker is the judge of what arrived."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, cast

import pytest

from audit.review.verify import verify
from hutong.client.hub import HubClient
from hutong.errors import HutongError
from hutong.v1 import audit_pb2, codes_pb2
from liaison.saving import plain_name
from liaison.taking import take
from tests.worlds import join

Run = Any


def test_an_auditor_exports_and_verifies(town: Any, hutong: Run, tmp_path: Path) -> None:
    world = town.world
    auditor = world.run(join(world.hub, tmp_path, "auditor", codes_pb2.AGENCY_TYPE_AUDITOR))
    target = tmp_path / "out"
    done = hutong("audit", "export", str(target), "-o", "json", profile=auditor.liaison.profile).json
    files = [file for file in target.rglob("*") if file.is_file()]
    assert (done["files"], done["bytes"]) == (len(files), sum(file.stat().st_size for file in files))
    report = verify(target, auditor.liaison.profile.path / "log.policy")
    assert report.ok and report.size >= town.size() - 1, report.faults
    assert "HT-CLI-31" in hutong("audit", "export", str(target), profile=auditor.liaison.profile, code=7).err


class Hub:
    """Stands in for a hub that would write elsewhere."""

    def __init__(self, *pieces: tuple[str, bytes]) -> None:
        self.pieces = pieces

    async def export(self) -> AsyncIterator[audit_pb2.ExportResponse]:
        for path, data in self.pieces:
            yield audit_pb2.ExportResponse(path=path, data=data)


@pytest.mark.parametrize(
    "path", ["../x", "/etc/x", "a/../../x", "a//b", ".hidden", "a/.b", "a\\b", "ok\n", "", "a" * 300 + "/\x00", "first"]
)
def test_a_hub_cannot_write_outside_the_folder(town: Any, tmp_path: Path, path: str) -> None:
    pieces = [(path, b"x")] if not path else [("first", b"1"), ("", b"2"), (path, b"x")]
    with pytest.raises(HutongError) as refused:
        town.world.run(take(cast(HubClient, Hub(*pieces)), tmp_path / "out"))
    assert refused.value.code == "HT-CLI-32"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Windows\\x.exe", "x.exe"),
        (".bashrc", "bashrc"),
        ("照片 1.jpg", "照片 1.jpg"),
        ("a\x1b[2Jb", "a[2Jb"),
        ("..", "file"),
        ("", "file"),
        ("x" * 300 + ".pdf", "x" * 96 + ".pdf"),
    ],
)
def test_attachments_keep_a_harmless_name(name: str, kept: str) -> None:
    assert plain_name(name) == kept


def test_its_help_stands_with_the_auditors_commands(hutong: Any) -> None:
    said = hutong("audit", "export", "--help").out
    assert "hutong audit export ./export-2026-10" in said
    assert "export" in hutong("audit", "--help").out
