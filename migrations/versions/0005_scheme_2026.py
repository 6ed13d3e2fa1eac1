"""The first evaluation scheme (试行): sixteen indicators with their weights, as published with the platform."""

from __future__ import annotations

import json
from pathlib import Path

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

SCHEME = Path(__file__).parents[2] / "platform" / "market" / "evaluation" / "scheme_2026.json"


def upgrade() -> None:
    document = json.loads(SCHEME.read_text("utf-8"))
    statement = sa.text(
        "INSERT INTO scheme (year, version, indicators, published_at) VALUES (:year, :version, :document, now())"
    ).bindparams(sa.bindparam("document", type_=JSONB))
    op.get_bind().execute(statement, {"year": document["year"], "version": document["version"], "document": document})


def downgrade() -> None:
    op.execute("DELETE FROM scheme WHERE year = 2026 AND version = 1")
