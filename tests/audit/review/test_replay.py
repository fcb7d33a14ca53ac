"""Replay of what a real hub exported: equal to its claims, and unequal as soon as one claim or the database is bent."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from audit.review.export import write_export
from audit.review.findings import Report
from audit.review.replay import Replay
from audit.review.signatures import SignatureCheck
from audit.review.verify import verify
from hub.export import write
from hub.state import tables
from hub.state.database import open_engine, writing
from hub.state.records import table_of
from hutong.client.writing import Letter, To
from hutong.proofs.note import Note
from hutong.v1 import codes_pb2, kinds_pb2


def replayed(folder: Path) -> Report:
    return verify(folder, check_statements=Replay)


def codes(report: Report) -> set[str]:
    return {fault.code for fault in report.faults}


@pytest.fixture(scope="module")
def history(shared_world: Any) -> Any:
    """A lead that was acknowledged and completed, one that was returned, and a refused second acknowledgement."""
    world = shared_world

    async def story() -> None:
        police, liaison = await world.client(world.police.liaison.profile), world.police.officer()
        market = await world.client(world.market.liaison.profile)
        for last in ("completed", "return"):
            lead = await world.lead()
            item = (await market.send(lead)).entry.message_id
            ends = {
                "completed": kinds_pb2.Completed(
                    outcome=codes_pb2.OUTCOME_CODE_UNSUBSTANTIATED, evidence_sha256=hashlib.sha256(item).digest()
                ),
                "return": kinds_pb2.Return(reason=codes_pb2.REASON_CODE_INCOMPLETE),
            }
            for kind, facts in (("acknowledged", kinds_pb2.Acknowledged()), (last, ends[last])):
                letter = Letter(kind, facts, to=[To("market")], item=item, in_reply_to=item)
                await police.send(await world.write(letter, liaison, world.police.liaison.profile))

    world.run(story())
    return world


@pytest.fixture
def export(history: Any, tmp_path: Path) -> Path:
    write(history.hub.home, history.hub.engine, tmp_path / "export")
    return tmp_path / "export"


def test_an_honest_hub_replays_equal(export: Path) -> None:
    report = replayed(export)
    assert report.ok, report.faults
    assert report.statements > 20
    assert verify(export, check_statements=SignatureCheck).ok


def resigned(history: Any, export: Path, target: Path, name: str, old: bytes, new: bytes) -> Path:
    """The export with one file changed and signed anew by the hub, as a dishonest operator could."""
    from audit.log.folder import FolderTiles

    log, home = FolderTiles(export / "log"), history.hub.home
    parts = {p.relative_to(export).as_posix(): p.read_bytes() for p in export.rglob("*.json")}
    assert old in parts[name]
    parts[name] = parts[name].replace(old, new, 1)
    statements = sorted(
        (int("".join(p.relative_to(export / "statements").with_suffix("").parts).replace("x", "")), p.read_bytes())
        for p in (export / "statements").rglob("*.pb")
    )
    write_export(
        target,
        log=log,
        note=Note.parse((export / "log/checkpoint").read_bytes()),
        policy=home.policy,
        statements=statements,
        directory={Path(n).stem: data for n, data in parts.items() if n.startswith("directory/")},
        claims=parts["claims.json"],
        key=home.vkey,
        sign=home.key.sign,
        readme={},
    )
    return target


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("claims.json", b'"state":4', b'"state":2'),
        ("claims.json", b'"outcome":2', b'"outcome":1'),
        ("directory/police.json", b'"revoked_at":0', b'"revoked_at":1'),
    ],
)
def test_a_bent_claim_is_named(history: Any, export: Path, tmp_path: Path, name: str, old: bytes, new: bytes) -> None:
    bent = resigned(history, export, tmp_path / "bent", name, old, new)
    assert verify(bent, check_statements=SignatureCheck).ok, "everything but the claim is honest"
    report = replayed(bent)
    assert codes(report) == {"HT-RPL-03"}
    assert {fault.where for fault in report.faults} == {name}


def test_a_database_edited_by_hand_is_named(history: Any, tmp_path: Path) -> None:
    """The operator moves an obligation to another owner with SQL; the log says otherwise."""
    copy = shutil.copy(history.hub.home.settings.home / "hub.sqlite", tmp_path / "hub.sqlite")
    for suffix in ("-wal", "-shm"):
        file = history.hub.home.settings.home / f"hub.sqlite{suffix}"
        if file.exists():
            shutil.copy(file, f"{copy}{suffix}")
    engine = open_engine(f"sqlite:///{copy}")
    with writing(engine) as connection:
        connection.execute(update(table_of(tables.ObligationRow)).values(owner="c000000000000"))
    write(history.hub.home, engine, tmp_path / "export")
    engine.dispose()
    assert codes(replayed(tmp_path / "export")) == {"HT-RPL-03"}
