"""The first schema"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "agencies",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("type", sa.Integer(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("region", sa.String(), nullable=False),
        sa.Column("parent", sa.String(), nullable=False),
        sa.Column("desks", sa.String(), nullable=False),
        sa.Column("head_contact", sa.String(), nullable=False),
        sa.Column("head_keyid", sa.String(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("code"),
    )
    op.create_table(
        "batches",
        sa.Column("size", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("size"),
    )
    op.create_table(
        "bound_keys",
        sa.Column("keyid", sa.String(), nullable=False),
        sa.Column("agency", sa.String(), nullable=False),
        sa.Column("holder", sa.String(), nullable=False),
        sa.Column("use", sa.Integer(), nullable=False),
        sa.Column("algorithm", sa.Integer(), nullable=False),
        sa.Column("spki", sa.LargeBinary(), nullable=False),
        sa.Column("not_before", sa.BigInteger(), nullable=False),
        sa.Column("not_after", sa.BigInteger(), nullable=False),
        sa.Column("desk", sa.String(), nullable=False),
        sa.Column("order", sa.BigInteger(), nullable=False),
        sa.Column("revoked_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("keyid"),
    )
    with op.batch_alter_table("bound_keys", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_bound_keys_agency"), ["agency"], unique=False)

    op.create_table(
        "cases",
        sa.Column("case_id", sa.LargeBinary(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("case_id"),
    )
    op.create_table(
        "certificates",
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("agency", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("keyid", sa.String(), nullable=False),
        sa.Column("not_before", sa.BigInteger(), nullable=False),
        sa.Column("not_after", sa.BigInteger(), nullable=False),
        sa.Column("revoked_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("fingerprint"),
    )
    with op.batch_alter_table("certificates", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_certificates_agency"), ["agency"], unique=False)

    op.create_table(
        "clients",
        sa.Column("certificate", sa.LargeBinary(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("certificate"),
    )
    op.create_table(
        "contacts",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("agency", sa.String(), nullable=False),
        sa.Column("roles", sa.String(), nullable=False),
        sa.Column("desks", sa.String(), nullable=False),
        sa.Column("term_from", sa.BigInteger(), nullable=False),
        sa.Column("term_to", sa.BigInteger(), nullable=False),
        sa.Column("order", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("contacts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_contacts_agency"), ["agency"], unique=False)

    op.create_table(
        "deliveries",
        sa.Column("agency", sa.String(), nullable=False),
        sa.Column("index", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("agency", "index"),
    )
    op.create_table(
        "enrolment_tokens",
        sa.Column("token_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("agency", sa.String(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("token_sha256"),
    )
    op.create_table(
        "entries",
        sa.Column("index", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("entry", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("index"),
    )
    op.create_table(
        "items",
        sa.Column("id", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.Integer(), nullable=False),
        sa.Column("from_agency", sa.String(), nullable=False),
        sa.Column("from_contact", sa.String(), nullable=False),
        sa.Column("urgency", sa.Integer(), nullable=False),
        sa.Column("parties", sa.String(), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("drill", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("items", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_items_from_agency"), ["from_agency"], unique=False)

    op.create_table(
        "mandates",
        sa.Column("id", sa.LargeBinary(), nullable=False),
        sa.Column("agency", sa.String(), nullable=False),
        sa.Column("contact", sa.String(), nullable=False),
        sa.Column("kinds", sa.String(), nullable=False),
        sa.Column("source", sa.Integer(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "obligations",
        sa.Column("item", sa.LargeBinary(), nullable=False),
        sa.Column("agency", sa.String(), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("state", sa.Integer(), nullable=False),
        sa.Column("available_at", sa.BigInteger(), nullable=False),
        sa.Column("acknowledge_by", sa.BigInteger(), nullable=False),
        sa.Column("delivered_at", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("acknowledged_at", sa.BigInteger(), nullable=False),
        sa.Column("closed_at", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.Integer(), nullable=False),
        sa.Column("returned_for", sa.Integer(), nullable=False),
        sa.Column("non_response", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("item", "agency"),
    )
    with op.batch_alter_table("obligations", schema=None) as batch_op:
        batch_op.create_index("obligations_agency", ["agency", "state"], unique=False)
        batch_op.create_index("obligations_due", ["state", "non_response", "acknowledge_by"], unique=False)

    op.create_table(
        "orders",
        sa.Column("id", sa.LargeBinary(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("details", sa.String(), nullable=False),
        sa.Column("ordered_at", sa.BigInteger(), nullable=False),
        sa.Column("done_at", sa.BigInteger(), nullable=False),
        sa.Column("error", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "statements",
        sa.Column("index", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("message_id", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.Integer(), nullable=False),
        sa.Column("agency", sa.String(), nullable=False),
        sa.Column("contact", sa.String(), nullable=False),
        sa.Column("item", sa.LargeBinary(), nullable=False),
        sa.Column("recipients", sa.String(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("refusal", sa.String(), nullable=False),
        sa.Column("refusal_params", sa.String(), nullable=False),
        sa.Column("conflict", sa.Boolean(), nullable=False),
        sa.Column("envelope", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("tokens", sa.LargeBinary(), nullable=True),
        sa.Column("disclosure", sa.LargeBinary(), nullable=True),
        sa.Column("erased", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("index"),
    )
    with op.batch_alter_table("statements", schema=None) as batch_op:
        batch_op.create_index("statements_item", ["item"], unique=False)
        batch_op.create_index(
            "statements_message_id",
            ["message_id"],
            unique=True,
            sqlite_where=sa.text("NOT conflict"),
            postgresql_where=sa.text("NOT conflict"),
        )

    op.create_table(
        "tiles",
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("index", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("level", "index"),
    )


def downgrade() -> None:
    op.drop_table("tiles")
    with op.batch_alter_table("statements", schema=None) as batch_op:
        batch_op.drop_index(
            "statements_message_id", sqlite_where=sa.text("NOT conflict"), postgresql_where=sa.text("NOT conflict")
        )
        batch_op.drop_index("statements_item")

    op.drop_table("statements")
    op.drop_table("orders")
    with op.batch_alter_table("obligations", schema=None) as batch_op:
        batch_op.drop_index("obligations_due")
        batch_op.drop_index("obligations_agency")

    op.drop_table("obligations")
    op.drop_table("mandates")
    with op.batch_alter_table("items", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_items_from_agency"))

    op.drop_table("items")
    op.drop_table("entries")
    op.drop_table("enrolment_tokens")
    op.drop_table("deliveries")
    with op.batch_alter_table("contacts", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_contacts_agency"))

    op.drop_table("contacts")
    op.drop_table("clients")
    with op.batch_alter_table("certificates", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_certificates_agency"))

    op.drop_table("certificates")
    op.drop_table("cases")
    with op.batch_alter_table("bound_keys", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_bound_keys_agency"))

    op.drop_table("bound_keys")
    op.drop_table("batches")
    op.drop_table("agencies")
