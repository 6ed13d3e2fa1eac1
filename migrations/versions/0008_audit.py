"""Anchors of the record, append-only, and break-glass requests."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

APPEND_ONLY = ("audit_anchor", "audit_anchor_head")


def upgrade() -> None:
    op.create_table(
        "audit_anchor",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stream_count", sa.Integer(), nullable=False),
        sa.Column("event_count", sa.Integer(), nullable=False),
        sa.Column("previous_root", sa.String(length=64), nullable=False),
        sa.Column("root", sa.String(length=64), nullable=False),
        sa.CheckConstraint("event_count >= 0 AND stream_count >= 0", name=op.f("ck_audit_anchor_counts_not_negative")),
        sa.CheckConstraint("root ~ '^[0-9a-f]{64}$'", name=op.f("ck_audit_anchor_root_format")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_anchor")),
        sa.UniqueConstraint("day", name=op.f("uq_audit_anchor_day")),
    )
    op.create_table(
        "audit_anchor_head",
        sa.Column("anchor_id", sa.BigInteger(), nullable=False),
        sa.Column("stream", sa.String(length=80), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("ids_digest", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["anchor_id"], ["audit_anchor.id"], name=op.f("fk_audit_anchor_head_anchor_id_audit_anchor")
        ),
        sa.PrimaryKeyConstraint("anchor_id", "stream", name=op.f("pk_audit_anchor_head")),
    )
    op.create_table(
        "break_glass_request",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("lot_id", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("requested_by_id", sa.BigInteger(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by_id", sa.BigInteger(), nullable=True),
        sa.Column("is_approved", sa.Boolean(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("decided_by_id <> requested_by_id", name=op.f("ck_break_glass_request_two_persons")),
        sa.CheckConstraint(
            "(is_approved IS NULL) = (decided_at IS NULL) AND (is_approved IS NULL) = (decided_by_id IS NULL)",
            name=op.f("ck_break_glass_request_decided_whole"),
        ),
        sa.CheckConstraint("used_at IS NULL OR is_approved", name=op.f("ck_break_glass_request_used_after_approval")),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name=op.f("fk_break_glass_request_lot_id_lot")),
        sa.ForeignKeyConstraint(
            ["requested_by_id"], ["person.id"], name=op.f("fk_break_glass_request_requested_by_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["person.id"], name=op.f("fk_break_glass_request_decided_by_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_break_glass_request")),
    )
    op.create_index("ix_break_glass_request_lot_id", "break_glass_request", ["lot_id"])
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_is_append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_is_never_emptied BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    op.drop_table("break_glass_request")
    op.drop_table("audit_anchor_head")
    op.drop_table("audit_anchor")
