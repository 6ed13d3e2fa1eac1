"""People and mail: outbox, links in mails, invitations, verification of organisations with evidence, merging."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

TABLES = ("organisation_evidence", "organisation_review", "invitation", "account_link", "mail_message")
PURPOSES = "'sign_up', 'reset_password'"
STATES = "'waiting', 'approved', 'rejected'"
ROLES = (
    "'transfer_officer', 'institution_head', 'completer', 'enterprise_user', 'broker', 'operator', 'supervisor', "
    "'county_supervisor', 'fund_manager', 'insurer', 'auditor'"
)


def upgrade() -> None:
    op.add_column("person", _moment("email_verified_at", nullable=True))
    op.add_column("organisation", sa.Column("merged_into_id", sa.BigInteger(), nullable=True))
    op.add_column("organisation", _moment("merged_at", nullable=True))
    op.create_foreign_key(
        "fk_organisation_merged_into_id_organisation", "organisation", "organisation", ["merged_into_id"], ["id"]
    )
    op.create_table(
        "mail_message",
        _id(),
        sa.Column("recipient", sa.String(length=254), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("template", sa.String(length=60), nullable=False),
        sa.Column("deduplication_key", sa.String(length=200), nullable=False),
        _moment("created_at"),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        _moment("sent_at", nullable=True),
        _moment("failed_at", nullable=True),
        sa.Column("failure", sa.String(length=300), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_mail_message"),
        sa.UniqueConstraint("deduplication_key", name="uq_mail_message_deduplication_key"),
    )
    op.create_table(
        "account_link",
        _id(),
        sa.Column("purpose", sa.String(length=20), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=True),
        sa.Column("token_hash", sa.String(length=64), nullable=True),
        _moment("created_at"),
        _moment("expires_at"),
        _moment("used_at", nullable=True),
        sa.CheckConstraint(f"purpose IN ({PURPOSES})", name="ck_account_link_purpose_known"),
        _reference("account_link", "person_id", "person"),
        sa.PrimaryKeyConstraint("id", name="pk_account_link"),
        sa.UniqueConstraint("token_hash", name="uq_account_link_token_hash"),
    )
    op.create_index("ix_account_link_email_lower", "account_link", [sa.literal_column("lower(email)")])
    _create_invitation()
    _create_review()
    _create_evidence()


def _create_invitation() -> None:
    op.create_table(
        "invitation",
        _id(),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("invited_by_id", sa.BigInteger(), nullable=False),
        _moment("created_at"),
        _moment("expires_at"),
        _moment("accepted_at", nullable=True),
        sa.Column("accepted_by_id", sa.BigInteger(), nullable=True),
        _moment("revoked_at", nullable=True),
        sa.CheckConstraint(f"role IN ({ROLES})", name="ck_invitation_role_known"),
        _reference("invitation", "organisation_id", "organisation"),
        _reference("invitation", "invited_by_id", "person"),
        _reference("invitation", "accepted_by_id", "person"),
        sa.PrimaryKeyConstraint("id", name="pk_invitation"),
        sa.UniqueConstraint("token_hash", name="uq_invitation_token_hash"),
    )
    op.create_index("ix_invitation_organisation_id", "invitation", ["organisation_id"])


def _create_review() -> None:
    op.create_table(
        "organisation_review",
        _id(),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("submitted_by_id", sa.BigInteger(), nullable=False),
        _moment("submitted_at"),
        sa.Column("decided_by_id", sa.BigInteger(), nullable=True),
        _moment("decided_at", nullable=True),
        sa.Column("reason", sa.String(length=1000), server_default="", nullable=False),
        sa.CheckConstraint(f"state IN ({STATES})", name="ck_organisation_review_state_known"),
        sa.CheckConstraint(
            "(state = 'waiting') = (decided_at IS NULL)", name="ck_organisation_review_decided_or_waiting"
        ),
        _reference("organisation_review", "organisation_id", "organisation"),
        _reference("organisation_review", "submitted_by_id", "person"),
        _reference("organisation_review", "decided_by_id", "person"),
        sa.PrimaryKeyConstraint("id", name="pk_organisation_review"),
    )
    op.create_index("ix_organisation_review_organisation_id", "organisation_review", ["organisation_id"])


def _create_evidence() -> None:
    op.create_table(
        "organisation_evidence",
        _id(),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("byte_size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("uploaded_by_id", sa.BigInteger(), nullable=False),
        _moment("created_at"),
        sa.CheckConstraint("byte_size > 0", name="ck_organisation_evidence_byte_size_positive"),
        _reference("organisation_evidence", "organisation_id", "organisation"),
        _reference("organisation_evidence", "uploaded_by_id", "person"),
        sa.PrimaryKeyConstraint("id", name="pk_organisation_evidence"),
    )
    op.create_index("ix_organisation_evidence_organisation_id", "organisation_evidence", ["organisation_id"])


def _id() -> sa.Column[int]:
    return sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False)


def _moment(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _reference(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=f"fk_{table}_{column}_{target}")


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)
    op.drop_constraint("fk_organisation_merged_into_id_organisation", "organisation", type_="foreignkey")
    op.drop_column("organisation", "merged_at")
    op.drop_column("organisation", "merged_into_id")
    op.drop_column("person", "email_verified_at")
