"""What an auditor takes away, from one consistent snapshot of the database (audit/review/export.py lays it out)."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Connection, Engine, select

from audit.review.export import write_export
from audit.review.manifest import CALENDAR
from hub.home import Home
from hub.state import tables
from hub.state.casework import load_all_casework
from hub.state.database import reading
from hub.state.log import StoredLog
from hub.state.records import load_all, load_directory, newest_directory_index, table_of
from hutong.catalogue import say
from hutong.errors import HutongError
from hutong.proofs.note import Note
from hutong.worktime.calendar import SOURCE as CALENDAR_SOURCE
from rules.claims import claims, directory_of
from rules.data import texts as rules_texts
from rules.permit.policy_set import policy_texts
from rules.records import Approval, Handover, Item, Obligation
from rules.state import State

_STATEMENTS = table_of(tables.StatementRow)
_PIECE = 1 << 20


def write(home: Home, engine: Engine, target: Path) -> int:
    """Write an export to ``target`` (new or empty); returns the log size that it covers."""
    with reading(engine) as connection:
        log = StoredLog(connection)
        head = log.head()
        if head is None:
            raise HutongError("HT-NFD-01", what="checkpoint")
        state = current_state(connection)
        origin = home.settings.origin
        write_export(
            target,
            log=log,
            note=Note.parse(head.note.encode()),
            policy=home.policy,
            statements=_statements(connection),
            texts=_texts(),
            directory=directory_of(state),
            claims=claims(state, origin, head.size),
            key=home.vkey,
            sign=home.key.sign,
            readme={
                "README.md": say("export.readme", "en", origin=origin, size=head.size),
                "README.zh.md": say("export.readme", "zh", origin=origin, size=head.size),
            },
        )
        return head.size


def current_state(connection: Connection) -> State:
    """The hub's tables as the pure core sees them."""
    state = State(directory=load_directory(connection, newest_directory_index(connection)))
    state.items = {item.id: item for item in load_all(connection, Item)}
    state.obligations = {(o.item, o.agency): o for o in load_all(connection, Obligation)}
    state.handovers = {handover.id: handover for handover in load_all(connection, Handover)}
    state.approvals = {approval.id: approval for approval in load_all(connection, Approval)}
    state.casework = load_all_casework(connection)
    return state


def _statements(connection: Connection) -> Iterator[tuple[int, bytes]]:
    query = select(_STATEMENTS.c.index, _STATEMENTS.c.envelope).order_by(_STATEMENTS.c.index)
    for row in connection.execute(query).mappings():
        yield int(row["index"]), bytes(row["envelope"])


def _texts() -> dict[str, bytes]:
    """Everything that statements are decided by, as this program carries it."""
    rules = {f"rules/{name}": text for name, text in rules_texts().items()}
    policies = {f"policies/{name}": text.encode() for name, text in policy_texts().items()}
    return rules | policies | {CALENDAR: CALENDAR_SOURCE}


def export_files(home: Home, engine: Engine) -> Iterator[tuple[str, bytes]]:
    """An export as pieces of files: (relative path in a file's first piece, bytes)."""
    with tempfile.TemporaryDirectory(prefix="hutong-export-") as scratch:
        folder = Path(scratch) / "export"
        write(home, engine, folder)
        for file in sorted(path for path in folder.rglob("*") if path.is_file()):
            name = file.relative_to(folder).as_posix()
            with file.open("rb") as source:
                first = source.read(_PIECE)
                yield name, first
                while piece := source.read(_PIECE):
                    yield "", piece
