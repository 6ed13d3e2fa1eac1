"""What organisations state of themselves and the bureau confirms; related parties that no longer are."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
TABLE = "organisation_statement"


def upgrade() -> None:
    op.add_column("organisation_relation", sa.Column("ended_at", MOMENT))
    op.create_table(
        TABLE,
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("other_id", sa.BigInteger()),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("rd_fte", sa.Numeric(10, 2)),
        sa.Column("valid_from", sa.Date()),
        sa.Column("name", sa.String(200), server_default="", nullable=False),
        sa.Column("reason", sa.String(200), server_default="", nullable=False),
        sa.Column("source", sa.String(200), nullable=False),
        sa.Column("source_date", sa.Date(), nullable=False),
        sa.Column("proposed_by_id", sa.BigInteger(), nullable=False),
        sa.Column("proposed_for_id", sa.BigInteger(), nullable=False),
        sa.Column("proposed_at", MOMENT, nullable=False),
        sa.Column("decided_by_id", sa.BigInteger()),
        sa.Column("decided_at", MOMENT),
        sa.Column("decision_reason", sa.String(500), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{TABLE}")),
        *(_points_at(column, "organisation") for column in ("organisation_id", "other_id", "proposed_for_id")),
        *(_points_at(column, "person") for column in ("proposed_by_id", "decided_by_id")),
        _check("kind_known", "kind IN ('staff', 'former_name', 'related', 'unrelated')"),
        _check("state_known", "state IN ('proposed', 'confirmed', 'rejected')"),
        _check("two_persons", "decided_by_id <> proposed_by_id"),
        _check("decided_when_closed", "(state = 'proposed') = (decided_at IS NULL)"),
        _check("staff_number", "(kind = 'staff') = (rd_fte IS NOT NULL)"),
        _check("staff_day", "(kind = 'staff') = (valid_from IS NOT NULL)"),
        _check("rd_fte_positive", "rd_fte > 0"),
        _check("name_given", "(kind = 'former_name') = (name <> '')"),
        _check("other_given", "(kind IN ('related', 'unrelated')) = (other_id IS NOT NULL)"),
        _check("other_is_another", "other_id <> organisation_id"),
    )
    for name in ("organisation_id", "other_id"):
        op.create_index(op.f(f"ix_{TABLE}_{name}"), TABLE, [name])
    op.create_index(f"ix_{TABLE}_state_kind", TABLE, ["state", "kind"])


def _points_at(column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{TABLE}_{column}_{target}"))


def _check(name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{TABLE}_{name}"))


def downgrade() -> None:
    op.drop_table(TABLE)
    relation = sa.table("organisation_relation", sa.column("ended_at", MOMENT))
    op.execute(relation.delete().where(relation.c.ended_at.is_not(None)))
    op.drop_column("organisation_relation", "ended_at")
