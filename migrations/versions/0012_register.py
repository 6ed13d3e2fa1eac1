"""The register: shares, maturity with evidence, funding, fees, encumbrances, implementation, the open list."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

TABLES = (
    "open_list_entry",
    "implementation",
    "encumbrance",
    "funding_project",
    "ownership_share",
    "achievement_document",
    "completer",
)
ACHIEVEMENT_COLUMNS = (
    "register_number",
    "completed_on",
    "county_code",
    "applied_industries",
    "trl",
    "trl_evidence",
    "ownership_form",
    "long_term_use_from",
    "long_term_use_years",
)
RIGHT_COLUMNS = (
    "publication_date",
    "grant_date",
    "further_classes",
    "cpc_classes",
    "legal_status_on",
    "legal_status_source",
    "annual_fee_paid_until",
    "fee_reminded_for",
    "expiry_reminded_for",
    "evaluation_report_on",
    "evaluation_report_number",
)


def upgrade() -> None:
    _widen_achievement()
    _widen_right()
    _people_and_shares()
    _money_and_use()


def _widen_achievement() -> None:
    columns = (
        sa.Column("register_number", sa.String(40)),
        sa.Column("completed_on", sa.Date()),
        sa.Column("county_code", sa.String(6)),
        sa.Column("applied_industries", ARRAY(sa.String(5)), server_default="{}", nullable=False),
        sa.Column("trl", sa.Integer()),
        _text("trl_evidence"),
        sa.Column("ownership_form", sa.String(16)),
        sa.Column("long_term_use_from", sa.Date()),
        sa.Column("long_term_use_years", sa.Integer()),
    )
    for column in columns:
        op.add_column("achievement", column)
    checks = {
        "ownership_form_known": _in("ownership_form", "sole", "co_owned", "empowered", "long_term_use"),
        "trl_between": "trl BETWEEN 1 AND 9",
        "long_term_use_long": "long_term_use_years >= 10",
        "long_term_use_whole": "(long_term_use_from IS NULL) = (long_term_use_years IS NULL)",
    }
    for name, condition in checks.items():
        op.create_check_constraint(op.f(f"ck_achievement_{name}"), "achievement", condition)
    op.create_index(
        "uq_achievement_register_number",
        "achievement",
        ["organisation_id", "register_number"],
        unique=True,
        postgresql_where=sa.text("register_number IS NOT NULL"),
    )


def _widen_right() -> None:
    columns = (
        sa.Column("publication_date", sa.Date()),
        sa.Column("grant_date", sa.Date()),
        sa.Column("further_classes", ARRAY(sa.String(40)), server_default="{}", nullable=False),
        sa.Column("cpc_classes", ARRAY(sa.String(40)), server_default="{}", nullable=False),
        sa.Column("legal_status_on", sa.Date()),
        _text("legal_status_source", 1000),
        sa.Column("annual_fee_paid_until", sa.Date()),
        sa.Column("fee_reminded_for", sa.Date()),
        sa.Column("expiry_reminded_for", sa.Date()),
        sa.Column("evaluation_report_on", sa.Date()),
        _text("evaluation_report_number", 60),
    )
    for column in columns:
        op.add_column("ip_right", column)
    op.create_index(
        "ix_ip_right_annual_fee_paid_until",
        "ip_right",
        ["annual_fee_paid_until"],
        postgresql_where=sa.text("annual_fee_paid_until IS NOT NULL"),
    )


def _people_and_shares() -> None:
    op.create_table(
        "completer",
        _id(),
        _owner(),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        _text("unit", 200),
        sa.Column("reward_share", sa.Integer()),
        sa.Column("is_main", sa.Boolean(), server_default="false", nullable=False),
        sa.UniqueConstraint("achievement_id", "position"),
        sa.CheckConstraint("reward_share BETWEEN 0 AND 10000", name="reward_share_between"),
    )
    op.create_table(
        "achievement_document",
        _id(),
        _owner(index=True),
        sa.Column("stored_file_id", sa.BigInteger(), sa.ForeignKey("stored_file.id"), nullable=False),
        sa.Column("purpose", sa.String(12), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        _person("added_by_id"),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(_in("purpose", "maturity", "ownership", "consent", "other"), name="purpose_known"),
    )
    op.create_table(
        "ownership_share",
        _id(),
        _owner(),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("holder_kind", sa.String(16), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("share", sa.Integer(), nullable=False),
        sa.Column("consented_on", sa.Date()),
        sa.Column("consented_by", sa.String(100)),
        sa.Column("consent_document_id", sa.BigInteger(), sa.ForeignKey("achievement_document.id")),
        sa.UniqueConstraint("achievement_id", "position"),
        sa.CheckConstraint(_in("holder_kind", "institution", "co_owner", "completer"), name="holder_kind_known"),
        sa.CheckConstraint("share BETWEEN 1 AND 10000", name="share_between"),
        sa.CheckConstraint("(consented_on IS NULL) = (consented_by IS NULL)", name="consent_whole"),
    )


def _money_and_use() -> None:
    levels = _in("level", "national", "ministry", "province", "city", "outside")
    op.create_table(
        "funding_project",
        _id(),
        _owner(),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("level", sa.String(12), nullable=False),
        sa.Column("number", sa.String(60), nullable=False),
        _text("name", 300),
        sa.UniqueConstraint("achievement_id", "position"),
        sa.CheckConstraint(levels, name="level_known"),
    )
    kinds = _in("kind", "pledge", "exclusive_licence", "sole_licence", "preservation")
    op.create_table(
        "encumbrance",
        _id(),
        sa.Column("right_id", sa.BigInteger(), sa.ForeignKey("ip_right.id"), nullable=False, index=True),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("holder", sa.String(200), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date()),
        sa.Column("ended_on", sa.Date()),
        _text("note", 1000),
        _person("recorded_by_id"),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(kinds, name="kind_known"),
        sa.CheckConstraint("until_on >= from_on", name="until_after_from"),
        sa.CheckConstraint("ended_on >= from_on", name="ended_after_from"),
    )
    uses = _in("kind", "own_use", "licensed", "transferred", "invested", "cooperation")
    op.create_table(
        "implementation",
        _id(),
        _owner(index=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        _text("partner", 200),
        _text("note", 1000),
        _person("recorded_by_id"),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(uses, name="kind_known"),
    )
    op.create_table(
        "open_list_entry",
        sa.Column("achievement_id", sa.BigInteger(), sa.ForeignKey("achievement.id"), primary_key=True),
        sa.Column("decision", sa.String(12), nullable=False),
        _text("terms", 1000),
        _text("reason", 1000),
        _person("decided_by_id"),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(_in("decision", "offered", "excused"), name="decision_known"),
        sa.CheckConstraint("decision <> 'excused' OR reason <> ''", name="excused_with_reason"),
        sa.CheckConstraint("decision <> 'offered' OR terms <> ''", name="offered_with_terms"),
    )


def _id() -> sa.Column[int]:
    return sa.Column("id", sa.BigInteger(), sa.Identity(always=False), primary_key=True)


def _owner(*, index: bool = False) -> sa.Column[int]:
    return sa.Column("achievement_id", sa.BigInteger(), sa.ForeignKey("achievement.id"), nullable=False, index=index)


def _person(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), sa.ForeignKey("person.id"))


def _text(name: str, length: int | None = None) -> sa.Column[str]:
    kind = sa.String(length) if length else sa.Text()
    return sa.Column(name, kind, server_default="", nullable=False)


def _in(column: str, *values: str) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)
    op.drop_index("ix_ip_right_annual_fee_paid_until", table_name="ip_right")
    op.drop_index("uq_achievement_register_number", table_name="achievement")
    for column in RIGHT_COLUMNS:
        op.drop_column("ip_right", column)
    for column in ACHIEVEMENT_COLUMNS:
        op.drop_column("achievement", column)
