"""Imports: dry runs, columns remembered per institution."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

STATES = ("uploaded", "checking", "checked", "queued", "running", "done", "failed", "discarded")
FORMER_STATES = ("uploaded", "queued", "running", "done", "failed")
UNFINISHED = "SELECT id FROM import_run WHERE state IN ('queued', 'running')"
COUNTS = ("row_count", "done_count", "new_count", "changed_count", "same_count", "refused_count")


def upgrade() -> None:
    # what a worker had begun to write in batches goes back to its officer: the check comes first now
    op.execute(f"DELETE FROM import_row WHERE import_run_id IN ({UNFINISHED})")  # noqa: S608 - constants
    zeros = ", ".join(f"{name} = 0" for name in COUNTS)
    op.execute(f"UPDATE import_run SET state = 'uploaded', {zeros} WHERE state IN ('queued', 'running')")  # noqa: S608
    _allow(STATES)
    op.add_column("import_run", sa.Column("moved_count", sa.Integer(), server_default="0", nullable=False))
    op.add_column("import_run", sa.Column("checked_at", sa.DateTime(timezone=True)))
    op.add_column("import_row", sa.Column("changes", postgresql.JSONB(), server_default="{}", nullable=False))
    op.add_column("import_row", sa.Column("basis", sa.String(64)))
    op.add_column("import_row", sa.Column("ownership_status", sa.String(24)))
    op.create_table(
        "remembered_columns",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("headings_key", sa.String(64), nullable=False),
        sa.Column("meanings", postgresql.JSONB(), server_default="{}", nullable=False),
        sa.Column("file_name", sa.String(255), nullable=False),
        sa.Column("updated_by_id", sa.BigInteger()),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_remembered_columns")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_remembered_columns_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"], ["person.id"], name=op.f("fk_remembered_columns_updated_by_id_person")
        ),
        sa.UniqueConstraint(
            "organisation_id", "headings_key", name=op.f("uq_remembered_columns_organisation_id_headings_key")
        ),
    )


def _allow(states: tuple[str, ...]) -> None:
    listed = ", ".join(f"'{state}'" for state in states)
    op.drop_constraint(op.f("ck_import_run_state_known"), "import_run", type_="check")
    op.create_check_constraint(op.f("ck_import_run_state_known"), "import_run", f"state IN ({listed})")


def downgrade() -> None:
    op.drop_table("remembered_columns")
    checked = "SELECT id FROM import_run WHERE state IN ('checking', 'checked', 'queued', 'running', 'discarded')"
    op.execute(f"DELETE FROM import_row WHERE import_run_id IN ({checked})")  # noqa: S608 - constants
    op.execute("UPDATE import_run SET state = 'uploaded' WHERE state IN ('checking', 'checked', 'queued', 'running')")
    op.execute("UPDATE import_run SET state = 'failed' WHERE state = 'discarded'")
    for column in ("ownership_status", "basis", "changes"):
        op.drop_column("import_row", column)
    op.drop_column("import_run", "checked_at")
    op.drop_column("import_run", "moved_count")
    _allow(FORMER_STATES)
