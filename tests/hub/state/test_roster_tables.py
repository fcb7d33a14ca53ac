"""The migration makes the tables that the records are written to, and takes them away again."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, inspect

import hub.migrations
from hub.state import case_tables, roster_tables
from hub.state.database import migrate, open_engine
from hub.state.records import table_of

MODELS = [
    roster_tables.RosterRow,
    roster_tables.OverrideRow,
    roster_tables.SwapRow,
    roster_tables.AbsenceRow,
    roster_tables.DelegationRow,
    roster_tables.ChannelRow,
    roster_tables.ChannelTestRow,
    case_tables.DocketRow,
    case_tables.DispositionRow,
    case_tables.TransferRow,
    case_tables.RepatriationRow,
    case_tables.DisputeRow,
    case_tables.LedgerRow,
]


def columns(engine: Engine, table: str) -> list[tuple[str, str, bool]]:
    return [(each["name"], str(each["type"]), bool(each["nullable"])) for each in inspect(engine).get_columns(table)]


def test_the_migration_and_the_models_agree(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/hub.db"
    migrate(url)
    engine = open_engine(url)
    for model in MODELS:
        table = table_of(model)
        wanted = [(each.name, each.type.compile(engine.dialect), bool(each.nullable)) for each in table.columns]
        assert columns(engine, table.name) == wanted, table.name
        assert inspect(engine).get_pk_constraint(table.name)["constrained_columns"] == [
            c.name for c in table.primary_key
        ]
    config = Config()
    config.set_main_option("script_location", str(Path(hub.migrations.__file__).parent))
    config.attributes["url"] = url
    command.downgrade(config, import_module("hub.migrations.versions.0006_rosters").down_revision)
    names = set(inspect(engine).get_table_names())
    assert not names & {table_of(model).name for model in MODELS}
    engine.dispose()
