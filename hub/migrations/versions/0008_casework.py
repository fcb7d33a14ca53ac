"""Casework: dockets, dispositions, transfers, repatriations, disputes, ledgers"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.String(), nullable=False)


def _id(name: str) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary(), nullable=False)


def _whole(*names: str) -> list[sa.Column[int]]:
    return [sa.Column(name, sa.Integer(), nullable=False) for name in names]


def _time(*names: str) -> list[sa.Column[int]]:
    return [sa.Column(name, sa.BigInteger(), nullable=False) for name in names]


def _flag(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(), nullable=False)


def upgrade() -> None:
    op.create_table(
        "dockets",
        _id("item"),
        _text("agency"),
        *_whole("stage"),
        *_time("opened_at"),
        *_whole("year", "number", "risk_index", "model_version", "discarded_for"),
        _text("methods"),
        _text("waiting_on"),
        *_whole("finding", "tier_proposed"),
        *_time("verified_at", "reported_at", "disposed_at", "feedback_at"),
        _flag("fresh"),
        _id("case"),
        sa.PrimaryKeyConstraint("item", "agency"),
    )
    op.create_table(
        "dispositions",
        _id("item"),
        _text("agency"),
        sa.Column("party", sa.Integer(), nullable=False, autoincrement=False),
        *_whole("tier"),
        _text("steps"),
        _id("statement"),
        _text("decided_on"),
        *_time("decided_at"),
        _id("transfer"),
        _flag("late"),
        *_whole("superseded"),
        sa.PrimaryKeyConstraint("item", "agency", "party"),
    )
    op.create_table(
        "transfers",
        _id("id"),
        _id("docket"),
        _text("from_agency"),
        _text("to_agency"),
        _text("parties"),
        _text("missing"),
        _flag("with_property"),
        *_time("made_at"),
        _flag("late"),
        *_time("received_at", "decided_at"),
        _flag("filed"),
        *_whole("reason"),
        _id("reconsideration"),
        *_time("reconsidered_at", "handed_back_at", "property_at"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_transfers_docket", "transfers", ["docket"])
    op.create_index("ix_transfers_reconsideration", "transfers", ["reconsideration"])
    op.create_table(
        "repatriations",
        _id("id"),
        _id("about"),
        _text("from_agency"),
        _text("to_agency"),
        *_whole("persons", "arrived"),
        *_time("confirmed_at"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_repatriations_about", "repatriations", ["about"])
    op.create_table(
        "disputes",
        _id("id"),
        _id("about"),
        _text("agency"),
        _text("other"),
        _text("superior"),
        _text("designated"),
        *_time("designated_at"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_disputes_about", "disputes", ["about"])
    op.create_table(
        "ledgers",
        _text("agency"),
        sa.Column("year", sa.Integer(), nullable=False, autoincrement=False),
        *_whole("last"),
        sa.PrimaryKeyConstraint("agency", "year"),
    )


def downgrade() -> None:
    for name in ("ledgers", "disputes", "repatriations", "transfers", "dispositions", "dockets"):
        op.drop_table(name)
