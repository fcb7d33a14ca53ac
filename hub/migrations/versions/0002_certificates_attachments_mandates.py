"""Certificates keep their chain, tokens what they were used for, attachments who names them, mandates their key"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hutong.v1 import envelope_pb2, header_pb2

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    named = op.create_table(
        "attachments",
        sa.Column("address", sa.LargeBinary(), nullable=False),
        sa.Column("index", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("address", "index"),
    )
    with op.batch_alter_table("enrolment_tokens") as batch_op:
        batch_op.add_column(sa.Column("used_for", sa.LargeBinary(), nullable=False, server_default=""))
    with op.batch_alter_table("certificates") as batch_op:
        batch_op.add_column(sa.Column("chain", sa.String(), nullable=False, server_default=""))
        batch_op.create_index("certificates_keyid", ["keyid"])
    with op.batch_alter_table("mandates") as batch_op:
        batch_op.add_column(sa.Column("keyid", sa.String(), nullable=False, server_default=""))
    connection = op.get_bind()
    statements = sa.table("statements", sa.column("index"), sa.column("envelope"), sa.column("refusal"))
    query = sa.select(statements.c.index, statements.c.envelope).where(statements.c.refusal == "")
    for index, envelope in connection.execute(query):
        header = header_pb2.Header.FromString(envelope_pb2.Envelope.FromString(envelope).payload)
        rows = [{"address": address, "index": index} for address in {ref.address for ref in header.attachments}]
        if rows:
            connection.execute(sa.insert(named), rows)


def downgrade() -> None:
    with op.batch_alter_table("mandates") as batch_op:
        batch_op.drop_column("keyid")
    with op.batch_alter_table("certificates") as batch_op:
        batch_op.drop_index("certificates_keyid")
        batch_op.drop_column("chain")
    with op.batch_alter_table("enrolment_tokens") as batch_op:
        batch_op.drop_column("used_for")
    op.drop_table("attachments")
