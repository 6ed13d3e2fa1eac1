"""Sign-in: sessions, known devices, counted attempts, second factors."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

VALID_FROM = date(2026, 1, 1)
SOURCE = "平台登录安全规则"
ROLES = (
    "transfer_officer",
    "institution_head",
    "completer",
    "enterprise_user",
    "broker",
    "operator",
    "supervisor",
    "county_supervisor",
    "fund_manager",
    "insurer",
    "auditor",
)
PARAMETERS = (
    ("sign_in.recent_minutes", "15", "minutes"),
    *((f"sign_in.second_factor.{role}", "0", "0/1") for role in ROLES),
)
TABLES = (
    "recovery_code",
    "second_factor",
    "sign_in_counter",
    "sign_in_device",
    "sign_in_session",
)


def upgrade() -> None:
    _sessions()
    _factors()
    table = sa.table(
        "parameter",
        *(sa.column(name, sa.String) for name in ("key", "value", "unit", "source")),
        sa.column("valid_from", sa.Date),
    )
    op.bulk_insert(
        table,
        [
            {"key": key, "value": value, "unit": unit, "source": SOURCE, "valid_from": VALID_FROM}
            for key, value, unit in PARAMETERS
        ],
    )


def downgrade() -> None:
    op.execute("ALTER TABLE parameter DISABLE TRIGGER USER")
    op.execute("DELETE FROM parameter WHERE key LIKE 'sign\\_in.%'")
    op.execute("ALTER TABLE parameter ENABLE TRIGGER USER")
    for table in TABLES:
        op.drop_table(table)


def _sessions() -> None:
    op.create_table(
        "sign_in_session",
        _id(),
        _person(),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("device", sa.String(length=80), nullable=False),
        sa.Column("network", sa.String(length=50), nullable=False),
        sa.Column("method", sa.String(length=20), nullable=False),
        sa.Column("needs_second_factor", sa.Boolean(), server_default="false", nullable=False),
        _moment("created_at"),
        _moment("last_seen_at"),
        _moment("authenticated_at"),
        _moment("ended_at", nullable=True),
        _person_key("sign_in_session"),
        sa.PrimaryKeyConstraint("id", name="pk_sign_in_session"),
        sa.UniqueConstraint("token_hash", name="uq_sign_in_session_token_hash"),
    )
    op.create_index("ix_sign_in_session_person_id", "sign_in_session", ["person_id"])
    op.create_table(
        "sign_in_device",
        _id(),
        _person(),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        _moment("created_at"),
        _person_key("sign_in_device"),
        sa.PrimaryKeyConstraint("id", name="pk_sign_in_device"),
        sa.UniqueConstraint("person_id", "token_hash", name="uq_sign_in_device_person_id_token_hash"),
    )
    op.create_table(
        "sign_in_counter",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        _moment("last_at"),
        _moment("blocked_until", nullable=True),
        sa.PrimaryKeyConstraint("key", name="pk_sign_in_counter"),
    )
    op.create_index("ix_sign_in_counter_last_at", "sign_in_counter", ["last_at"])


def _factors() -> None:
    op.create_table(
        "second_factor",
        _person(),
        sa.Column("secret", sa.String(length=255), nullable=False),
        sa.Column("last_step", sa.BigInteger(), server_default="0", nullable=False),
        _moment("created_at"),
        _moment("confirmed_at", nullable=True),
        _person_key("second_factor"),
        sa.PrimaryKeyConstraint("person_id", name="pk_second_factor"),
    )
    op.create_table(
        "recovery_code",
        _id(),
        _person(),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        _moment("used_at", nullable=True),
        _person_key("recovery_code"),
        sa.PrimaryKeyConstraint("id", name="pk_recovery_code"),
        sa.UniqueConstraint("person_id", "code_hash", name="uq_recovery_code_person_id_code_hash"),
    )


def _id() -> sa.Column[int]:
    return sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False)


def _person() -> sa.Column[int]:
    return sa.Column("person_id", sa.BigInteger(), nullable=False)


def _person_key(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=f"fk_{table}_person_id_person")


def _moment(name: str, *, nullable: bool = False) -> sa.Column[sa.DateTime]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)
