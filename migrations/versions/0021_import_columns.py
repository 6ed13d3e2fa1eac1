"""Priorities of rights; what a funding project paid; how long before an annual fee and before the end of a term an institution is told."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

VALID_FROM = date(2017, 10, 1)
RULE = "平台台账提醒规则"
PARAMETERS = (
    ("register.fee_notice_days", "60", "days", RULE),
    ("register.expiry_notice_days", "180", "days", RULE),
)


def upgrade() -> None:
    priorities = sa.Column("priority_numbers", sa.ARRAY(sa.String(40)), server_default="{}", nullable=False)
    op.add_column("ip_right", priorities)
    op.add_column("funding_project", sa.Column("amount_fen", sa.BigInteger()))
    op.create_check_constraint(op.f("ck_funding_project_amount_positive"), "funding_project", "amount_fen > 0")
    table = sa.table(
        "parameter",
        *(sa.column(name, sa.String) for name in ("key", "value", "unit", "source")),
        sa.column("valid_from", sa.Date),
    )
    op.bulk_insert(
        table,
        [
            {"key": key, "value": value, "unit": unit, "source": source, "valid_from": VALID_FROM}
            for key, value, unit, source in PARAMETERS
        ],
    )


def downgrade() -> None:
    table = sa.table("parameter", sa.column("key", sa.String))
    op.execute("ALTER TABLE parameter DISABLE TRIGGER USER")
    op.execute(table.delete().where(table.c.key.in_([row[0] for row in PARAMETERS])))
    op.execute("ALTER TABLE parameter ENABLE TRIGGER USER")
    op.drop_constraint(op.f("ck_funding_project_amount_positive"), "funding_project", type_="check")
    op.drop_column("funding_project", "amount_fen")
    op.drop_column("ip_right", "priority_numbers")
