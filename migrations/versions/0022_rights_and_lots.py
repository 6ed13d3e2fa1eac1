"""Suspensions of lots: since when and why a lot takes no bids, how it went on. Applicants say whether they are abroad."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

TABLE = "lot_suspension"
MOMENT = sa.DateTime(timezone=True)
PERSONS = ("suspended_by_id", "end_asked_by_id", "ended_by_id")
CHECKS = {
    "cause_known": "cause IN ('burden', 'ownership', 'fault', 'objection')",
    "outcome_known": "outcome IN ('resumed', 'terminated')",
    "reason_given": "reason <> ''",
    "end_asked_whole": "(end_asked_at IS NULL) = (end_asked_by_id IS NULL)",
    "end_asked_with_reason": "(end_asked_at IS NULL) = (end_reason IS NULL)",
    "ended_whole": "(ended_at IS NULL) = (outcome IS NULL)",
}


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("lot_id", sa.BigInteger(), nullable=False),
        sa.Column("cause", sa.String(12), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("suspended_at", MOMENT, nullable=False),
        sa.Column("suspended_by_id", sa.BigInteger()),
        sa.Column("end_asked_at", MOMENT),
        sa.Column("end_asked_by_id", sa.BigInteger()),
        sa.Column("end_reason", sa.Text()),
        sa.Column("ended_at", MOMENT),
        sa.Column("ended_by_id", sa.BigInteger()),
        sa.Column("outcome", sa.String(12)),
        sa.Column("paper", sa.String(300), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{TABLE}")),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name=op.f(f"fk_{TABLE}_lot_id_lot")),
        *(sa.ForeignKeyConstraint([one], ["person.id"], name=op.f(f"fk_{TABLE}_{one}_person")) for one in PERSONS),
        *(sa.CheckConstraint(rule, name=op.f(f"ck_{TABLE}_{name}")) for name, rule in CHECKS.items()),
    )
    op.create_index(f"uq_{TABLE}_open", TABLE, ["lot_id"], unique=True, postgresql_where=sa.text("ended_at IS NULL"))
    op.create_index(f"ix_{TABLE}_lot_id_ended_at", TABLE, ["lot_id", "ended_at"])
    op.add_column("application", sa.Column("is_abroad", sa.Boolean(), server_default=sa.text("false"), nullable=False))


def downgrade() -> None:
    op.drop_column("application", "is_abroad")
    op.drop_table(TABLE)
