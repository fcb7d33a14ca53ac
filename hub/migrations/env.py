"""Alembic's door to the schema of hub/state/tables.py; the URL comes from the caller."""

from __future__ import annotations

from alembic import context
from sqlmodel import SQLModel

from hub.state import tables
from hub.state.database import open_engine

assert tables.EntryRow.metadata is SQLModel.metadata  # noqa: S101 - importing the tables fills the metadata

engine = open_engine(context.config.attributes["url"])
with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=SQLModel.metadata, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()
engine.dispose()
