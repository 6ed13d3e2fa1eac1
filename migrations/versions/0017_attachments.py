"""Attachments of listings: levels, readers' consents, downloads."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

APPEND_ONLY = ("nda_consent", "attachment_reading")


def upgrade() -> None:
    # what is stored is packed already, and pieces of it are read: plain pieces are found without unpacking all
    op.execute("ALTER TABLE stored_file ALTER COLUMN content SET STORAGE EXTERNAL")
    _attachment()
    op.create_table(
        "nda_consent",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), primary_key=True),
        _pointer("listing"),
        _pointer("person"),
        _pointer("organisation"),
        sa.Column("text_version", sa.String(20), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("text_sha256", sa.String(64), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("listing_id", "person_id", "organisation_id", "text_version"),
    )
    op.create_table(
        "attachment_reading",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), primary_key=True),
        _pointer("attachment"),
        _pointer("person"),
        _pointer("organisation", nullable=True),
        _pointer("nda_consent", nullable=True),
        sa.Column("has_watermark", sa.Boolean(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_attachment_reading_attachment_id_id", "attachment_reading", ["attachment_id", "id"])
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_is_append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_is_never_emptied BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def _attachment() -> None:
    op.create_table(
        "attachment",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), primary_key=True),
        _pointer("listing"),
        _pointer("stored_file", nullable=True),
        _pointer("stored_file", "thumbnail_file_id", nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("level", sa.String(12), nullable=False),
        sa.Column("is_cover", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("file_name", sa.String(255), nullable=False),
        sa.Column("media_type", sa.String(100), nullable=False),
        sa.Column("byte_size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("scan_state", sa.String(12), nullable=False),
        sa.Column("scan_finding", sa.String(200)),
        sa.Column("scanned_at", sa.DateTime(timezone=True)),
        _pointer("person", "added_by_id", nullable=True),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        _pointer("person", "removed_by_id", nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True)),
        sa.Column("removal_reason", sa.Text()),
        sa.CheckConstraint("level IN ('public', 'signed_in', 'after_nda')", name="level_known"),
        sa.CheckConstraint("scan_state IN ('waiting', 'clean', 'unscanned', 'infected')", name="scan_state_known"),
        sa.CheckConstraint("stored_file_id IS NOT NULL OR removed_at IS NOT NULL", name="file_until_removed"),
        sa.CheckConstraint("NOT is_cover OR (level = 'public' AND removed_at IS NULL)", name="cover_public"),
    )
    op.create_index("ix_attachment_listing_id_position", "attachment", ["listing_id", "position"])
    op.create_index("ix_attachment_stored_file_id", "attachment", ["stored_file_id"])
    op.create_index("ix_attachment_thumbnail_file_id", "attachment", ["thumbnail_file_id"])
    op.create_index(
        "uq_attachment_cover", "attachment", ["listing_id"], unique=True, postgresql_where=sa.text("is_cover")
    )


def _pointer(table: str, name: str = "", *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name or f"{table}_id", sa.BigInteger(), sa.ForeignKey(f"{table}.id"), nullable=nullable)


def downgrade() -> None:
    for table in APPEND_ONLY:
        op.execute(f"DROP TRIGGER {table}_is_append_only ON {table}")
        op.execute(f"DROP TRIGGER {table}_is_never_emptied ON {table}")
    for table in ("attachment_reading", "nda_consent", "attachment"):
        op.drop_table(table)
    op.execute("ALTER TABLE stored_file ALTER COLUMN content SET STORAGE EXTENDED")
