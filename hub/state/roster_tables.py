"""The tables of who is on duty, away, acting for whom and reached how: the fold of the log, like the rest of the
directory; and beside it the tests of channels that are under way (hub/channels.py)."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column
from sqlmodel import Field, SQLModel


def _big() -> Column[int]:
    return Column(BigInteger, nullable=False)


class RosterRow(SQLModel, table=True):
    """rules: hutong.directory.duties.Roster."""

    __tablename__ = "rosters"
    id: bytes = Field(primary_key=True)
    agency: str
    desk: str
    begins: int = Field(sa_column=_big())
    ends: int = Field(sa_column=_big())
    contacts: str
    shift_minutes: int
    temporary: bool
    since: int = Field(sa_column=_big())
    order: int = Field(sa_column=_big())


class OverrideRow(SQLModel, table=True):
    """rules: hutong.directory.duties.Override."""

    __tablename__ = "duty_overrides"
    id: bytes = Field(primary_key=True)
    agency: str
    desk: str
    begins: int = Field(sa_column=_big())
    ends: int = Field(sa_column=_big())
    contact: str
    replaces: str
    order: int = Field(sa_column=_big())


class SwapRow(SQLModel, table=True):
    """rules: hutong.directory.duties.Swap."""

    __tablename__ = "shift_swaps"
    id: bytes = Field(primary_key=True)
    agency: str
    desk: str
    offerer: str
    begins: int = Field(sa_column=_big())
    ends: int = Field(sa_column=_big())
    other: str
    other_begins: int = Field(sa_column=_big())
    other_ends: int = Field(sa_column=_big())
    order: int = Field(sa_column=_big())
    answered_at: int = Field(sa_column=_big())
    answer_order: int = Field(sa_column=_big())
    accepted: bool


class AbsenceRow(SQLModel, table=True):
    """rules: hutong.directory.duties.Absence."""

    __tablename__ = "absences"
    id: bytes = Field(primary_key=True)
    agency: str
    contact: str
    begins: int = Field(sa_column=_big())
    ends: int = Field(sa_column=_big())
    order: int = Field(sa_column=_big())


class DelegationRow(SQLModel, table=True):
    """rules: hutong.directory.duties.Delegation."""

    __tablename__ = "delegations"
    id: bytes = Field(primary_key=True)
    agency: str
    principal: str
    deputy: str
    begins: int = Field(sa_column=_big())
    ends: int = Field(sa_column=_big())
    keyid: str
    order: int = Field(sa_column=_big())


class ChannelRow(SQLModel, table=True):
    """rules: hutong.directory.duties.Channel."""

    __tablename__ = "channels"
    id: bytes = Field(primary_key=True)
    agency: str
    contact: str
    kind: int
    named_at: int = Field(sa_column=_big())
    order: int = Field(sa_column=_big())
    challenge_sha256: bytes
    tested_at: int = Field(sa_column=_big())
    confirmed_at: int = Field(sa_column=_big())
    ended_at: int = Field(sa_column=_big())


class ChannelTestRow(SQLModel, table=True):
    """A test of a channel: ``cause`` is that of the hub's statement, ``code`` goes once it was sent or given up."""

    __tablename__ = "channel_tests"
    channel: bytes = Field(primary_key=True)
    cause: bytes
    code: bytes
    made_at: int = Field(sa_column=_big())
    attempts: int
    next_at: int = Field(sa_column=_big())
    """When it is tried (again); 0: it was sent or given up."""
