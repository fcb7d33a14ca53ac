"""Obligations carry their clocks and ladders; claims of steps, handovers, approvals on paper"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_DUE = sa.text("next_at > 0")
_MARKED = sa.text("length(dedup_key) > 0")
_TIMES = (
    "complete_by",
    "attention_by",
    "attention_at",
    "completion_at",
    "forced_at",
    "next_at",
    "held_until",
    "extension_until",
    "extension_since",
    "overran_at",
    "received_at",
    "reported_at",
    "pushed_at",
    "answer_seen_at",
    "review_from",
)
_COUNTS = ("steps", "holds", "extension_stage", "extensions", "sent_back", "forced_by_others", "moved")
_LISTS = ("attention", "completion", "forced")
_TEXTS = ("complete_rule", "redirected_to", "redirected_from", "extension_asked_by", "received_on")
_MARKS = ("breach", "red")


def _no_bytes() -> sa.TextClause:
    """Of the column's own type: an empty text is no bytes to SQLite."""
    return sa.text("''::bytea" if op.get_context().dialect.name == "postgresql" else "x''")


def upgrade() -> None:
    with op.batch_alter_table("items") as batch_op:
        batch_op.add_column(sa.Column("dedup_key", sa.LargeBinary(), nullable=False, server_default=_no_bytes()))
    op.create_index(
        "items_marked", "items", ["from_agency", "dedup_key"], sqlite_where=_MARKED, postgresql_where=_MARKED
    )
    with op.batch_alter_table("obligations") as batch_op:
        for name in _TIMES:
            batch_op.add_column(sa.Column(name, sa.BigInteger(), nullable=False, server_default="0"))
        for name in _COUNTS:
            batch_op.add_column(sa.Column(name, sa.Integer(), nullable=False, server_default="0"))
        for name in _LISTS:
            batch_op.add_column(sa.Column(name, sa.String(), nullable=False, server_default="[]"))
        for name in _TEXTS:
            batch_op.add_column(sa.Column(name, sa.String(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("extension_request", sa.LargeBinary(), nullable=False, server_default=""))
        for name in _MARKS:
            batch_op.add_column(sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.drop_index("obligations_due")
        batch_op.create_index("obligations_owner", ["owner", "state"])
    op.create_index("obligations_next", "obligations", ["next_at"], sqlite_where=_DUE, postgresql_where=_DUE)
    op.get_bind().execute(sa.text(_FIRST_ANSWERS))
    _begin_ladders()
    op.create_table(
        "step_claims",
        sa.Column("item", sa.LargeBinary(), nullable=False),
        sa.Column("agency", sa.String(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("node", sa.String(), nullable=False),
        sa.Column("lease_until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("item", "agency", "step"),
    )
    op.create_table(
        "handovers",
        sa.Column("id", sa.LargeBinary(), nullable=False),
        sa.Column("agency", sa.String(), nullable=False),
        sa.Column("giver", sa.String(), nullable=False),
        sa.Column("taker", sa.String(), nullable=False),
        sa.Column("items", sa.String(), nullable=False),
        sa.Column("leaving", sa.Boolean(), nullable=False),
        sa.Column("offered_at", sa.BigInteger(), nullable=False),
        sa.Column("answered_at", sa.BigInteger(), nullable=False),
        sa.Column("accepted", sa.Boolean(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.Column("withdrawn_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("handovers_agency", "handovers", ["agency", "answered_at"])
    op.create_table(
        "approvals",
        sa.Column("id", sa.LargeBinary(), nullable=False),
        sa.Column("item", sa.LargeBinary(), nullable=False),
        sa.Column("agency", sa.String(), nullable=False),
        sa.Column("subject", sa.Integer(), nullable=False),
        sa.Column("granted", sa.Boolean(), nullable=False),
        sa.Column("decided_on", sa.String(), nullable=False),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.Column("entered_by", sa.String(), nullable=False),
        sa.Column("entered_at", sa.BigInteger(), nullable=False),
        sa.Column("request", sa.LargeBinary(), nullable=False),
        sa.Column("checked_by", sa.String(), nullable=False),
        sa.Column("agrees", sa.Boolean(), nullable=False),
        sa.Column("entered_for", sa.String(), nullable=False),
        sa.Column("checked_for", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("approvals_item", "approvals", ["item"])


_FIRST_ANSWERS = """
    UPDATE obligations SET reported_at = COALESCE((
        SELECT MIN(said.recorded_at) FROM statements AS said
        WHERE said.item = obligations.item AND said.agency = obligations.agency
            AND said.kind IN (103, 123) AND said.refusal = ''), 0)
"""
"""Without it an inquiry that was answered before could not be closed: InquiryReply and Completed report."""
_PENDING, _ACKNOWLEDGED, _REPORTED = 1, 2, 3
_CERTIFICATE = '"certificate silence due 0"'
_SILENCE = '"deputy urge 0minute 0","head urge 240working_minute 0","coordinator urge 1working_day 5"'
_STANDSTILL = '"owner reminder due 0","deputy urge 1working_day 0","head urge 240working_minute 0",'
_STANDSTILL += '"coordinator urge 1working_day 5"'
_THREE_DAYS_MS = 3 * 24 * 3600 * 1000


def _begin_ladders() -> None:
    """Whatever is open climbs from its own deadline on, as a routine item does; the rules of then had no ladder that
    could have been copied. Where silence was certified the rest of the ladder follows; what was taken on has three days
    since, because no working time is counted here."""
    ladders = (
        (f"[{_CERTIFICATE},{_SILENCE}]", "acknowledge_by", (_PENDING,), "NOT non_response"),
        (f"[{_SILENCE}]", "acknowledge_by", (_PENDING,), "non_response"),
        (f"[{_STANDSTILL}]", f"acknowledged_at + {_THREE_DAYS_MS}", (_ACKNOWLEDGED, _REPORTED), "1 = 1"),
    )
    for steps, by, states, where in ladders:
        climb = sa.text(
            f"UPDATE obligations SET attention = :steps, attention_by = {by}, attention_at = {by}, next_at = {by}"  # noqa: S608
            f" WHERE state IN :states AND {where}"
        ).bindparams(sa.bindparam("states", expanding=True))
        op.get_bind().execute(climb, {"steps": steps, "states": states})


def downgrade() -> None:
    for name in ("approvals", "handovers", "step_claims"):
        op.drop_table(name)
    op.drop_index("obligations_next", "obligations")
    with op.batch_alter_table("obligations") as batch_op:
        batch_op.drop_index("obligations_owner")
        batch_op.create_index("obligations_due", ["state", "non_response", "acknowledge_by"])
        for name in (*_TIMES, *_COUNTS, *_LISTS, *_TEXTS, *_MARKS, "extension_request"):
            batch_op.drop_column(name)
    op.drop_index("items_marked", "items")
    with op.batch_alter_table("items") as batch_op:
        batch_op.drop_column("dedup_key")
