"""The outbox: one row for each statement, contact and channel. No address and no name ever stands in it."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, UniqueConstraint
from sqlmodel import Field, SQLModel


class NoticeRow(SQLModel, table=True):
    """One notice. Written by the recorder with its statement, or for an operator's test; the sender's from then on."""

    __tablename__ = "notices"
    __table_args__ = (
        UniqueConstraint("cause", "contact", "channel"),
        Index("notices_due", "state", "next_try"),
        Index("notices_agency", "agency", "id"),
        Index("notices_old", "state", "tried_at"),
    )
    id: int | None = Field(default=None, primary_key=True)
    cause: bytes
    """The message id of the statement, or the id of the order for a test; the mail's own id is made of it."""
    index: int = Field(sa_column=Column("index", BigInteger, nullable=False))
    """The statement's place in the log; 0 for a test (the log's first entry tells nobody)."""
    agency: str
    contact: str
    channel: int
    state: int
    tries: int = 0
    error: str = ""
    answer: int = 0
    """The three digits that the other server answered to the last try that failed; 0: none."""
    made_at: int = Field(sa_column=Column(BigInteger, nullable=False))
    next_try: int = Field(sa_column=Column(BigInteger, nullable=False))
    """When it may be taken up: while it is being sent, the end of the sender's lease."""
    sent_at: int = Field(sa_column=Column(BigInteger, nullable=False))
    tried_at: int = Field(default=0, sa_column=Column(BigInteger, nullable=False))
    """When it was last taken up; 0: not yet."""
    read_at: int = Field(default=0, sa_column=Column(BigInteger, nullable=False))
    """When its agency first looked at it as one that has failed; 0: not yet."""
