"""Notices to people"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "notices",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("cause", sa.LargeBinary(), nullable=False),
        sa.Column("index", sa.BigInteger(), nullable=False),
        sa.Column("agency", sa.String(), nullable=False),
        sa.Column("contact", sa.String(), nullable=False),
        sa.Column("channel", sa.Integer(), nullable=False),
        sa.Column("state", sa.Integer(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(), nullable=False),
        sa.Column("answer", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("next_try", sa.BigInteger(), nullable=False),
        sa.Column("sent_at", sa.BigInteger(), nullable=False),
        sa.Column("tried_at", sa.BigInteger(), nullable=False),
        sa.Column("read_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("cause", "contact", "channel"),
    )
    op.create_index("notices_due", "notices", ["state", "next_try"])
    op.create_index("notices_agency", "notices", ["agency", "id"])
    op.create_index("notices_old", "notices", ["state", "tried_at"])


def downgrade() -> None:
    op.drop_table("notices")
