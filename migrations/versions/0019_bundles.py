"""What a listing offers: its achievement and those that are bundled with it, each in one open listing at most."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

TABLE = "listing_member"


def upgrade() -> None:
    op.add_column("listing", sa.Column("departed_versions", sa.Integer(), nullable=False, server_default="0"))
    op.create_table(
        TABLE,
        sa.Column("listing_id", sa.BigInteger(), nullable=False),
        sa.Column("achievement_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False, server_default=sa.text("true")),
        sa.PrimaryKeyConstraint("listing_id", "achievement_id", name=op.f(f"pk_{TABLE}")),
        sa.ForeignKeyConstraint(
            ["listing_id"], ["listing.id"], name=op.f(f"fk_{TABLE}_listing_id_listing"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["achievement_id"], ["achievement.id"], name=op.f(f"fk_{TABLE}_achievement_id_achievement")
        ),
    )
    op.execute(
        """
        CREATE FUNCTION is_open_listing(state text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
          SELECT state NOT IN ('sold', 'registering', 'completed', 'withdrawn', 'terminated')
        $$
        """
    )
    op.execute(
        "INSERT INTO listing_member (listing_id, achievement_id, position, is_open) "
        "SELECT id, achievement_id, 0, is_open_listing(state) FROM listing"
    )
    op.create_index(
        "uq_listing_member_open", TABLE, ["achievement_id"], unique=True, postgresql_where=sa.text("is_open")
    )
    op.create_index("ix_listing_member_achievement_id", TABLE, ["achievement_id"])
    _keep_in_step()


def _keep_in_step() -> None:
    """The database writes the row of the leading achievement and `is_open` itself: no path around it."""
    op.execute(
        """
        CREATE FUNCTION add_leading_member() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          INSERT INTO listing_member (listing_id, achievement_id, position) VALUES (NEW.id, NEW.achievement_id, 0);
          RETURN NULL;
        END $$
        """
    )
    op.execute(
        """
        CREATE FUNCTION open_members() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          UPDATE listing_member SET is_open = is_open_listing(NEW.state) WHERE listing_id = NEW.id;
          RETURN NULL;
        END $$
        """
    )
    op.execute(
        """
        CREATE FUNCTION open_new_member() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          NEW.is_open := (SELECT is_open_listing(state) FROM listing WHERE id = NEW.listing_id);
          RETURN NEW;
        END $$
        """
    )
    op.execute(
        "CREATE TRIGGER listing_adds_leading_member AFTER INSERT ON listing "
        "FOR EACH ROW EXECUTE FUNCTION add_leading_member()"
    )
    op.execute(
        "CREATE TRIGGER listing_opens_members AFTER UPDATE OF state ON listing FOR EACH ROW "
        "WHEN (is_open_listing(OLD.state) <> is_open_listing(NEW.state)) EXECUTE FUNCTION open_members()"
    )
    op.execute(
        "CREATE TRIGGER listing_member_is_as_open_as_listing BEFORE INSERT ON listing_member "
        "FOR EACH ROW EXECUTE FUNCTION open_new_member()"
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER listing_member_is_as_open_as_listing ON listing_member")
    op.execute("DROP TRIGGER listing_opens_members ON listing")
    op.execute("DROP TRIGGER listing_adds_leading_member ON listing")
    for function in ("open_new_member()", "open_members()", "add_leading_member()", "is_open_listing(text)"):
        op.execute(f"DROP FUNCTION {function}")
    op.drop_table(TABLE)
    op.drop_column("listing", "departed_versions")
