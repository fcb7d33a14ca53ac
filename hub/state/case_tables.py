"""The rows of casework (rules/casework/records.py), one table for each record under the same field names."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column
from sqlmodel import Field, SQLModel


def _big() -> Column[int]:
    return Column(BigInteger, nullable=False)


class DocketRow(SQLModel, table=True):
    """rules: rules.casework.records.Docket."""

    __tablename__ = "dockets"
    item: bytes = Field(primary_key=True)
    agency: str = Field(primary_key=True)
    stage: int
    opened_at: int = Field(sa_column=_big())
    year: int
    number: int
    risk_index: int
    model_version: int
    discarded_for: int
    methods: str
    waiting_on: str
    finding: int
    tier_proposed: int
    verified_at: int = Field(sa_column=_big())
    reported_at: int = Field(sa_column=_big())
    disposed_at: int = Field(sa_column=_big())
    feedback_at: int = Field(sa_column=_big())
    fresh: bool
    case: bytes


class DispositionRow(SQLModel, table=True):
    """rules: rules.casework.records.Disposition."""

    __tablename__ = "dispositions"
    item: bytes = Field(primary_key=True)
    agency: str = Field(primary_key=True)
    party: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    tier: int
    steps: str
    statement: bytes
    decided_on: str
    decided_at: int = Field(sa_column=_big())
    transfer: bytes
    late: bool
    superseded: int


class TransferRow(SQLModel, table=True):
    """rules: rules.casework.records.Transfer."""

    __tablename__ = "transfers"
    id: bytes = Field(primary_key=True)
    docket: bytes = Field(index=True)
    from_agency: str
    to_agency: str
    parties: str
    missing: str
    with_property: bool
    made_at: int = Field(sa_column=_big())
    late: bool
    received_at: int = Field(sa_column=_big())
    decided_at: int = Field(sa_column=_big())
    filed: bool
    reason: int
    reconsideration: bytes = Field(index=True)
    reconsidered_at: int = Field(sa_column=_big())
    handed_back_at: int = Field(sa_column=_big())
    property_at: int = Field(sa_column=_big())


class RepatriationRow(SQLModel, table=True):
    """rules: rules.casework.records.Repatriation."""

    __tablename__ = "repatriations"
    id: bytes = Field(primary_key=True)
    about: bytes = Field(index=True)
    from_agency: str
    to_agency: str
    persons: int
    arrived: int
    confirmed_at: int = Field(sa_column=_big())


class DisputeRow(SQLModel, table=True):
    """rules: rules.casework.records.Dispute."""

    __tablename__ = "disputes"
    id: bytes = Field(primary_key=True)
    about: bytes = Field(index=True)
    agency: str
    other: str
    superior: str
    designated: str
    designated_at: int = Field(sa_column=_big())


class LedgerRow(SQLModel, table=True):
    """rules: rules.casework.records.Ledger."""

    __tablename__ = "ledgers"
    agency: str = Field(primary_key=True)
    year: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    last: int
