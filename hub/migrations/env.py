"""Alembic's door to the schema of hub/state; the URL comes from the caller."""

from __future__ import annotations

from alembic import context
from sqlmodel import SQLModel

from hub.notices.tables import NoticeRow
from hub.state import case_tables, roster_tables, tables
from hub.state.database import open_engine

for model in (tables.EntryRow, roster_tables.RosterRow, case_tables.DocketRow, NoticeRow):
    assert model.metadata is SQLModel.metadata  # noqa: S101 - importing the tables fills the metadata

engine = open_engine(context.config.attributes["url"])
with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=SQLModel.metadata, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()
engine.dispose()
