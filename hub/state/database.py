"""Opening the database: SQLite in WAL with synchronous=FULL by default, PostgreSQL by URL.

A commit that returns is durable. On SQLite every writing transaction starts with BEGIN IMMEDIATE, so that the head lock
is taken before anything is read.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError

_BUSY_MS = 30_000
_FORGET_MS = 1_000
_NAP_SECONDS = 0.001


def open_engine(url: str) -> Engine:
    """An engine whose connections commit durably; the schema is ``migrate``'s business.

    Values never stand in its error messages: they would carry names and ciphertext into the log files.
    """
    if make_url(url).get_backend_name() != "sqlite":
        return create_engine(url, pool_pre_ping=True, hide_parameters=True)
    engine = create_engine(
        url, hide_parameters=True, connect_args={"check_same_thread": False, "timeout": _BUSY_MS / 1000}
    )
    event.listen(engine, "connect", _prepare)
    return engine


def _prepare(connection: sqlite3.Connection, _record: Any) -> None:
    """WAL with a full sync at each commit; transactions begin only where the code says so."""
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute(f"PRAGMA busy_timeout={_BUSY_MS}")
    cursor.execute("PRAGMA secure_delete=ON")
    cursor.close()


def pragmas(connection: Connection) -> dict[str, Any]:
    """What the durability of this connection rests on, for status and benchmarks."""
    if connection.dialect.name != "sqlite":
        shown = connection.exec_driver_sql("SHOW synchronous_commit").scalar_one()
        return {"synchronous_commit": shown}
    names = ("journal_mode", "synchronous", "busy_timeout")
    return {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in names}


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction that holds the writer's lock from its start; commits at the end, rolls back on any exception."""
    with engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            _take_turn(connection)
        try:
            yield connection
        except BaseException:
            _end(connection, commit=False)
            raise
        _end(connection, commit=True)


def _take_turn(connection: Connection) -> None:
    """BEGIN IMMEDIATE as soon as nobody else writes. SQLite's own waiting soon sleeps for 100 ms at a time, in which a
    busy neighbour, thread or process, ends one transaction and begins the next again and again."""
    driver: Any = connection.connection.dbapi_connection
    end = time.monotonic() + _BUSY_MS / 1000
    driver.execute("PRAGMA busy_timeout=0")
    try:
        while True:
            try:
                driver.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > end:
                    raise OperationalError("BEGIN IMMEDIATE", {}, error) from error
            else:
                return
            time.sleep(_NAP_SECONDS)
    finally:
        driver.execute(f"PRAGMA busy_timeout={_BUSY_MS}")


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A consistent snapshot for several reads."""
    with engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN")
        try:
            yield connection
        finally:
            _end(connection, commit=False)


def _end(connection: Connection, *, commit: bool) -> None:
    """End the transaction on both layers: SQLite's own, which we began by hand, and SQLAlchemy's book of it."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("COMMIT" if commit else "ROLLBACK")
    if commit:
        connection.commit()
    else:
        connection.rollback()


def forget(engine: Engine) -> bool:
    """Take what was deleted out of SQLite's write-ahead log too; the pages themselves were overwritten (secure_delete).

    False while a reader still holds an older picture: come again. On PostgreSQL it is VACUUM's and the archives'.
    """
    if engine.dialect.name != "sqlite":
        return True
    with engine.connect() as connection:
        connection.exec_driver_sql(f"PRAGMA busy_timeout={_FORGET_MS}")
        try:
            (busy, _, _) = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()
        finally:
            connection.exec_driver_sql(f"PRAGMA busy_timeout={_BUSY_MS}")
    return not busy


def migrate(url: str) -> None:
    """Bring the schema to this version; safe to repeat."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent.parent / "migrations"))
    config.attributes["url"] = url
    command.upgrade(config, "head")
