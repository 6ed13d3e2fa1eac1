"""The first shapes: people, achievements, listings, lots, deals, events, facts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "parameter",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("value", sa.String(length=60), nullable=False),
        sa.Column("unit", sa.String(length=20), nullable=False),
        sa.Column("source", sa.String(length=300), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_parameter")),
        sa.UniqueConstraint("key", "valid_from", name=op.f("uq_parameter_key_valid_from")),
    )
    op.create_table(
        "person",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("display_name", sa.String(length=80), nullable=False),
        sa.Column("password_hash", sa.String(length=255), nullable=False),
        sa.Column("language", sa.String(length=8), server_default="zh", nullable=False),
        sa.Column("is_enabled", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("session_version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
    )
    op.create_index("uq_person_email_lower", "person", [sa.literal_column("lower(email)")], unique=True)
    op.create_table(
        "scheme",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("indicators", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scheme")),
        sa.UniqueConstraint("year", "version", name=op.f("uq_scheme_year_version")),
    )
    op.create_table(
        "organisation",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.String(length=12), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("credit_code", sa.String(length=18), nullable=True),
        sa.Column("county_code", sa.String(length=6), nullable=True),
        sa.Column("size_class", sa.String(length=10), nullable=True),
        sa.Column("industry", sa.String(length=8), nullable=True),
        sa.Column("peer_group", sa.String(length=2), nullable=True),
        sa.Column("rd_fte", sa.Numeric(precision=10, scale=2), nullable=True),
        sa.Column("introduction", sa.String(length=2000), server_default="", nullable=False),
        sa.Column("is_demo", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("verified_by_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("county_code ~ '^[0-9]{6}$'", name=op.f("ck_organisation_county_code_format")),
        sa.CheckConstraint(
            "kind IN ('institution', 'enterprise', 'bureau', 'county_bureau', 'broker', 'fund', 'insurer', 'auditor', 'operator')",
            name=op.f("ck_organisation_kind_known"),
        ),
        sa.CheckConstraint("peer_group IN ('G1', 'G2', 'G3')", name=op.f("ck_organisation_peer_group_known")),
        sa.CheckConstraint(
            "size_class IN ('large', 'medium', 'small', 'micro')", name=op.f("ck_organisation_size_class_known")
        ),
        sa.CheckConstraint("rd_fte > 0", name=op.f("ck_organisation_rd_fte_positive")),
        sa.ForeignKeyConstraint(["verified_by_id"], ["person.id"], name=op.f("fk_organisation_verified_by_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation")),
        sa.UniqueConstraint("code", name=op.f("uq_organisation_code")),
        sa.UniqueConstraint("credit_code", name=op.f("uq_organisation_credit_code")),
    )
    op.create_table(
        "achievement",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("title", sa.String(length=500), nullable=False),
        sa.Column("abstract", sa.Text(), server_default="", nullable=False),
        sa.Column("completers", sa.Text(), server_default="", nullable=False),
        sa.Column("technical_field", sa.String(length=20), nullable=True),
        sa.Column("industry", sa.String(length=8), nullable=True),
        sa.Column("maturity_stage", sa.String(length=16), nullable=True),
        sa.Column("is_fiscally_funded", sa.Boolean(), nullable=True),
        sa.Column("ownership_status", sa.String(length=24), nullable=False),
        sa.Column("ownership_reason", sa.Text(), nullable=True),
        sa.Column("ownership_confirmed_by_id", sa.BigInteger(), nullable=True),
        sa.Column("ownership_confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('invention', 'utility_model', 'design', 'patent_application', 'software', 'circuit_layout', 'plant_variety', 'biomedical_variety', 'trade_secret', 'process', 'prototype', 'other')",
            name=op.f("ck_achievement_kind_known"),
        ),
        sa.CheckConstraint(
            "maturity_stage IN ('research', 'laboratory', 'pilot', 'trial_production', 'mass_production')",
            name=op.f("ck_achievement_maturity_stage_known"),
        ),
        sa.CheckConstraint(
            "ownership_status <> 'confirmed_by_person' OR ownership_reason IS NOT NULL",
            name=op.f("ck_achievement_ownership_reasoned"),
        ),
        sa.CheckConstraint(
            "ownership_status IN ('own', 'pending', 'confirmed_by_person')",
            name=op.f("ck_achievement_ownership_status_known"),
        ),
        sa.CheckConstraint(
            "technical_field IN ('electronics', 'aerospace', 'manufacturing', 'biomedicine', 'materials', 'energy', 'environment', 'nuclear', 'agriculture', 'transport', 'city')",
            name=op.f("ck_achievement_technical_field_known"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_achievement_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(
            ["ownership_confirmed_by_id"], ["person.id"], name=op.f("fk_achievement_ownership_confirmed_by_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_achievement")),
    )
    op.create_index("ix_achievement_organisation_id_id", "achievement", ["organisation_id", "id"], unique=False)
    op.create_table(
        "event",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("stream", sa.String(length=80), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("subject_kind", sa.String(length=40), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("action", sa.String(length=80), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_person_id", sa.BigInteger(), nullable=True),
        sa.Column("actor_organisation_id", sa.BigInteger(), nullable=True),
        sa.Column("state_before", sa.String(length=40), nullable=True),
        sa.Column("state_after", sa.String(length=40), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("previous_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["actor_organisation_id"], ["organisation.id"], name=op.f("fk_event_actor_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(["actor_person_id"], ["person.id"], name=op.f("fk_event_actor_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event")),
        sa.UniqueConstraint("stream", "sequence", name=op.f("uq_event_stream_sequence")),
    )
    op.create_index("ix_event_action_id", "event", ["action", "id"], unique=False)
    op.create_index("ix_event_subject", "event", ["subject_kind", "subject_id"], unique=False)
    op.create_table(
        "lot",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("seller_organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("mode", sa.String(length=12), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("start_price_fen", sa.BigInteger(), nullable=False),
        sa.Column("step_fen", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), server_default="CNY", nullable=False),
        sa.Column("deposit_fen", sa.BigInteger(), nullable=False),
        sa.Column("notice_days", sa.Integer(), nullable=False),
        sa.Column("minimum_hours", sa.Integer(), nullable=False),
        sa.Column("soft_close_seconds", sa.Integer(), nullable=False),
        sa.Column("announced_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opens_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("announced_closes_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("bid_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column("high_fen", sa.BigInteger(), nullable=True),
        sa.Column("leading_registration_id", sa.BigInteger(), nullable=True),
        sa.Column("winner_registration_id", sa.BigInteger(), nullable=True),
        sa.Column("sale_kind", sa.String(length=12), nullable=True),
        sa.Column("independent_bidder_count", sa.Integer(), nullable=True),
        sa.Column("created_by_id", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(state = 'sold') = (sale_kind IS NOT NULL)", name=op.f("ck_lot_sale_kind_when_sold")),
        sa.CheckConstraint(
            "(state = 'sold') = (winner_registration_id IS NOT NULL)", name=op.f("ck_lot_winner_when_sold")
        ),
        sa.CheckConstraint(
            "mode IN ('ascending', 'sealed', 'weighted', 'dynamic', 'descending')", name=op.f("ck_lot_mode_known")
        ),
        sa.CheckConstraint("sale_kind IN ('listed', 'competitive')", name=op.f("ck_lot_sale_kind_known")),
        sa.CheckConstraint(
            "state IN ('announced', 'suspended', 'sold', 'unsold', 'withdrawn', 'terminated')",
            name=op.f("ck_lot_state_known"),
        ),
        sa.CheckConstraint("(bid_count = 0) = (high_fen IS NULL)", name=op.f("ck_lot_high_with_bids")),
        sa.CheckConstraint("deposit_fen >= 0", name=op.f("ck_lot_deposit_not_negative")),
        sa.CheckConstraint(
            "opens_at < announced_closes_at AND announced_closes_at <= closes_at", name=op.f("ck_lot_times_ordered")
        ),
        sa.CheckConstraint("soft_close_seconds >= 0", name=op.f("ck_lot_soft_close_not_negative")),
        sa.CheckConstraint("start_price_fen > 0", name=op.f("ck_lot_start_price_positive")),
        sa.CheckConstraint("step_fen > 0", name=op.f("ck_lot_step_positive")),
        sa.ForeignKeyConstraint(["created_by_id"], ["person.id"], name=op.f("fk_lot_created_by_id_person")),
        sa.ForeignKeyConstraint(
            ["leading_registration_id"],
            ["lot_registration.id"],
            name=op.f("fk_lot_leading_registration_id_lot_registration"),
            use_alter=True,
        ),
        sa.ForeignKeyConstraint(
            ["seller_organisation_id"], ["organisation.id"], name=op.f("fk_lot_seller_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(
            ["winner_registration_id"],
            ["lot_registration.id"],
            name=op.f("fk_lot_winner_registration_id_lot_registration"),
            use_alter=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lot")),
        sa.UniqueConstraint("number", name=op.f("uq_lot_number")),
    )
    op.create_index(op.f("ix_lot_seller_organisation_id"), "lot", ["seller_organisation_id"], unique=False)
    op.create_index("ix_lot_state_closes_at", "lot", ["state", "closes_at"], unique=False)
    op.create_table(
        "membership",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("is_administrator", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_membership_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_membership_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_membership")),
        sa.UniqueConstraint("person_id", "organisation_id", name=op.f("uq_membership_person_id_organisation_id")),
    )
    op.create_index(op.f("ix_membership_organisation_id"), "membership", ["organisation_id"], unique=False)
    op.create_table(
        "notice",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("deduplication_key", sa.String(length=120), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("params", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("path", sa.String(length=300), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_notice_organisation_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint("deduplication_key", name=op.f("uq_notice_deduplication_key")),
    )
    op.create_index("ix_notice_organisation_id_id", "notice", ["organisation_id", "id"], unique=False)
    op.create_table(
        "organisation_name",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("normalised", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_organisation_name_organisation_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation_name")),
        sa.UniqueConstraint(
            "organisation_id", "normalised", name=op.f("uq_organisation_name_organisation_id_normalised")
        ),
    )
    op.create_index(op.f("ix_organisation_name_normalised"), "organisation_name", ["normalised"], unique=False)
    op.create_table(
        "organisation_relation",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("first_id", sa.BigInteger(), nullable=False),
        sa.Column("second_id", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("source_date", sa.Date(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("first_id < second_id", name=op.f("ck_organisation_relation_ordered")),
        sa.ForeignKeyConstraint(
            ["first_id"], ["organisation.id"], name=op.f("fk_organisation_relation_first_id_organisation")
        ),
        sa.ForeignKeyConstraint(
            ["second_id"], ["organisation.id"], name=op.f("fk_organisation_relation_second_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation_relation")),
        sa.UniqueConstraint(
            "first_id", "second_id", "reason", name=op.f("uq_organisation_relation_first_id_second_id_reason")
        ),
    )
    op.create_index(op.f("ix_organisation_relation_second_id"), "organisation_relation", ["second_id"], unique=False)
    op.create_table(
        "stored_file",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("byte_size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("byte_size >= 0", name=op.f("ck_stored_file_byte_size_positive")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_stored_file_organisation_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stored_file")),
    )
    op.create_table(
        "bid_refusal",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("lot_id", sa.BigInteger(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("amount_as_typed", sa.String(length=40), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("refused_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name=op.f("fk_bid_refusal_lot_id_lot")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_bid_refusal_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_bid_refusal_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bid_refusal")),
    )
    op.create_index(op.f("ix_bid_refusal_lot_id"), "bid_refusal", ["lot_id"], unique=False)
    op.create_table(
        "fact",
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("occurred_on", sa.Date(), nullable=False),
        sa.Column("institution_id", sa.BigInteger(), nullable=False),
        sa.Column("institution_county", sa.String(length=6), nullable=True),
        sa.Column("buyer_id", sa.BigInteger(), nullable=True),
        sa.Column("buyer_county", sa.String(length=6), nullable=True),
        sa.Column("transfer_way", sa.String(length=24), nullable=True),
        sa.Column("bidder_count", sa.Integer(), nullable=True),
        sa.Column("amount_fen", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(length=3), server_default="CNY", nullable=False),
        sa.Column("achievement_id", sa.BigInteger(), nullable=True),
        sa.Column("subject_kind", sa.String(length=40), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.CheckConstraint(
            "kind IN ('listing_published', 'listing_valid', 'lot_offered', 'lot_sold', 'application_accepted')",
            name=op.f("ck_fact_kind_known"),
        ),
        sa.ForeignKeyConstraint(
            ["achievement_id"], ["achievement.id"], name=op.f("fk_fact_achievement_id_achievement")
        ),
        sa.ForeignKeyConstraint(["buyer_id"], ["organisation.id"], name=op.f("fk_fact_buyer_id_organisation")),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_fact_event_id_event")),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["organisation.id"], name=op.f("fk_fact_institution_id_organisation")
        ),
        sa.PrimaryKeyConstraint("event_id", "kind", name=op.f("pk_fact")),
    )
    op.create_index("ix_fact_institution_id_kind", "fact", ["institution_id", "kind"], unique=False)
    op.create_index("ix_fact_kind_occurred_on", "fact", ["kind", "occurred_on"], unique=False)
    op.create_table(
        "import_run",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("stored_file_id", sa.BigInteger(), nullable=False),
        sa.Column("uploaded_by_id", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("sheet_name", sa.String(length=100), server_default="", nullable=False),
        sa.Column("header_row", sa.Integer(), server_default="1", nullable=False),
        sa.Column("column_mapping", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("row_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column("done_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column("new_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column("changed_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column("same_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column("refused_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column("failure_code", sa.String(length=60), nullable=True),
        sa.Column("failure_message", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('uploaded', 'queued', 'running', 'done', 'failed')", name=op.f("ck_import_run_state_known")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_import_run_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(
            ["stored_file_id"], ["stored_file.id"], name=op.f("fk_import_run_stored_file_id_stored_file")
        ),
        sa.ForeignKeyConstraint(["uploaded_by_id"], ["person.id"], name=op.f("fk_import_run_uploaded_by_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_run")),
    )
    op.create_index("ix_import_run_organisation_id_id", "import_run", ["organisation_id", "id"], unique=False)
    op.create_table(
        "ip_right",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("achievement_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("number_as_given", sa.String(length=80), nullable=False),
        sa.Column("has_check_digit", sa.Boolean(), nullable=False),
        sa.Column("title", sa.String(length=500), nullable=False),
        sa.Column("applicants", sa.Text(), nullable=False),
        sa.Column("inventors", sa.Text(), server_default="", nullable=False),
        sa.Column("filing_date", sa.Date(), nullable=True),
        sa.Column("publication_number", sa.String(length=40), nullable=True),
        sa.Column("main_class", sa.String(length=40), server_default="", nullable=False),
        sa.Column("abstract", sa.Text(), server_default="", nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("legal_status", sa.String(length=16), nullable=False),
        sa.Column("legal_status_confirmed_by_id", sa.BigInteger(), nullable=True),
        sa.Column("legal_status_confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("content_digest", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('invention', 'utility_model', 'design', 'patent_application', 'software', 'circuit_layout', 'plant_variety', 'biomedical_variety', 'trade_secret', 'process', 'prototype', 'other')",
            name=op.f("ck_ip_right_kind_known"),
        ),
        sa.CheckConstraint(
            "legal_status IN ('unknown', 'pending', 'alive', 'lapsed')", name=op.f("ck_ip_right_legal_status_known")
        ),
        sa.ForeignKeyConstraint(
            ["achievement_id"], ["achievement.id"], name=op.f("fk_ip_right_achievement_id_achievement")
        ),
        sa.ForeignKeyConstraint(
            ["legal_status_confirmed_by_id"],
            ["person.id"],
            name=op.f("fk_ip_right_legal_status_confirmed_by_id_person"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ip_right")),
        sa.UniqueConstraint("number", name=op.f("uq_ip_right_number")),
    )
    op.create_index(op.f("ix_ip_right_achievement_id"), "ip_right", ["achievement_id"], unique=False)
    op.create_index("ix_ip_right_expires_on", "ip_right", ["expires_on"], unique=False)
    op.create_table(
        "listing",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("achievement_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("summary", sa.String(length=2000), nullable=False),
        sa.Column("problem", sa.Text(), server_default="", nullable=False),
        sa.Column("advantage", sa.Text(), server_default="", nullable=False),
        sa.Column("technical_field", sa.String(length=20), nullable=False),
        sa.Column("industry", sa.String(length=8), nullable=False),
        sa.Column("maturity_stage", sa.String(length=16), nullable=False),
        sa.Column("county_code", sa.String(length=6), nullable=False),
        sa.Column("created_by_id", sa.BigInteger(), nullable=False),
        sa.Column("submitted_by_id", sa.BigInteger(), nullable=True),
        sa.Column("institution_reviewed_by_id", sa.BigInteger(), nullable=True),
        sa.Column("platform_reviewed_by_id", sa.BigInteger(), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("review_reason", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "industry IN ('DQ', 'XY', 'FZ', 'QC', 'BF', 'SZ', 'ZZ', 'SM', 'XNY', 'XCL', 'F', '00')",
            name=op.f("ck_listing_industry_known"),
        ),
        sa.CheckConstraint(
            "maturity_stage IN ('research', 'laboratory', 'pilot', 'trial_production', 'mass_production')",
            name=op.f("ck_listing_maturity_stage_known"),
        ),
        sa.CheckConstraint(
            "state IN ('draft', 'checking', 'institution_review', 'platform_review', 'published', 'paused', 'negotiating', 'publicity', 'bidding', 'trial', 'sold', 'registering', 'completed', 'rejected', 'withdrawn', 'terminated')",
            name=op.f("ck_listing_state_known"),
        ),
        sa.CheckConstraint(
            "technical_field IN ('electronics', 'aerospace', 'manufacturing', 'biomedicine', 'materials', 'energy', 'environment', 'nuclear', 'agriculture', 'transport', 'city')",
            name=op.f("ck_listing_technical_field_known"),
        ),
        sa.ForeignKeyConstraint(
            ["achievement_id"], ["achievement.id"], name=op.f("fk_listing_achievement_id_achievement")
        ),
        sa.ForeignKeyConstraint(["created_by_id"], ["person.id"], name=op.f("fk_listing_created_by_id_person")),
        sa.ForeignKeyConstraint(
            ["institution_reviewed_by_id"], ["person.id"], name=op.f("fk_listing_institution_reviewed_by_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_listing_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(
            ["platform_reviewed_by_id"], ["person.id"], name=op.f("fk_listing_platform_reviewed_by_id_person")
        ),
        sa.ForeignKeyConstraint(["submitted_by_id"], ["person.id"], name=op.f("fk_listing_submitted_by_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_listing")),
        sa.UniqueConstraint("number", name=op.f("uq_listing_number")),
    )
    op.create_index("ix_listing_organisation_id_state", "listing", ["organisation_id", "state"], unique=False)
    op.create_index("ix_listing_state_published_at", "listing", ["state", "published_at"], unique=False)
    op.create_index(
        "uq_listing_achievement_open",
        "listing",
        ["achievement_id"],
        unique=True,
        postgresql_where=sa.text("state NOT IN ('completed', 'registering', 'sold', 'terminated', 'withdrawn')"),
    )
    op.create_table(
        "lot_registration",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("lot_id", sa.BigInteger(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("bidder_code", sa.String(length=8), nullable=False),
        sa.Column("registered_by_id", sa.BigInteger(), nullable=False),
        sa.Column("is_independent", sa.Boolean(), nullable=False),
        sa.Column("qualified_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name=op.f("fk_lot_registration_lot_id_lot")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_lot_registration_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(
            ["registered_by_id"], ["person.id"], name=op.f("fk_lot_registration_registered_by_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lot_registration")),
        sa.UniqueConstraint("lot_id", "bidder_code", name=op.f("uq_lot_registration_lot_id_bidder_code")),
        sa.UniqueConstraint("lot_id", "organisation_id", name=op.f("uq_lot_registration_lot_id_organisation_id")),
    )
    op.create_index(op.f("ix_lot_registration_organisation_id"), "lot_registration", ["organisation_id"], unique=False)
    op.create_table(
        "membership_role",
        sa.Column("membership_id", sa.BigInteger(), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.CheckConstraint(
            "role IN ('transfer_officer', 'institution_head', 'completer', 'enterprise_user', 'broker', 'operator', 'supervisor', 'county_supervisor', 'fund_manager', 'insurer', 'auditor')",
            name=op.f("ck_membership_role_role_known"),
        ),
        sa.ForeignKeyConstraint(
            ["membership_id"], ["membership.id"], name=op.f("fk_membership_role_membership_id_membership")
        ),
        sa.PrimaryKeyConstraint("membership_id", "role", name=op.f("pk_membership_role")),
    )
    op.create_table(
        "bid",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("lot_id", sa.BigInteger(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("registration_id", sa.BigInteger(), nullable=False),
        sa.Column("price_fen", sa.BigInteger(), nullable=False),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("placed_by_id", sa.BigInteger(), nullable=False),
        sa.Column("closes_at_after", sa.DateTime(timezone=True), nullable=False),
        sa.Column("form_token", sa.String(length=64), nullable=False),
        sa.CheckConstraint("price_fen > 0", name=op.f("ck_bid_price_positive")),
        sa.CheckConstraint("sequence > 0", name=op.f("ck_bid_sequence_positive")),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name=op.f("fk_bid_lot_id_lot")),
        sa.ForeignKeyConstraint(["placed_by_id"], ["person.id"], name=op.f("fk_bid_placed_by_id_person")),
        sa.ForeignKeyConstraint(
            ["registration_id"], ["lot_registration.id"], name=op.f("fk_bid_registration_id_lot_registration")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bid")),
        sa.UniqueConstraint(
            "lot_id", "registration_id", "form_token", name=op.f("uq_bid_lot_id_registration_id_form_token")
        ),
        sa.UniqueConstraint("lot_id", "sequence", name=op.f("uq_bid_lot_id_sequence")),
    )
    op.create_table(
        "import_row",
        sa.Column("import_run_id", sa.BigInteger(), nullable=False),
        sa.Column("row_number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("number", sa.String(length=80), server_default="", nullable=False),
        sa.Column("title", sa.String(length=500), server_default="", nullable=False),
        sa.Column("reason_code", sa.String(length=60), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("achievement_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "outcome IN ('new', 'changed', 'same', 'refused')", name=op.f("ck_import_row_outcome_known")
        ),
        sa.ForeignKeyConstraint(
            ["achievement_id"], ["achievement.id"], name=op.f("fk_import_row_achievement_id_achievement")
        ),
        sa.ForeignKeyConstraint(
            ["import_run_id"], ["import_run.id"], name=op.f("fk_import_row_import_run_id_import_run")
        ),
        sa.PrimaryKeyConstraint("import_run_id", "row_number", name=op.f("pk_import_row")),
    )
    op.create_table(
        "offer",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("listing_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("transfer_way", sa.String(length=24), nullable=False),
        sa.Column("pricing", sa.String(length=12), nullable=False),
        sa.Column("price_fen", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(length=3), server_default="CNY", nullable=False),
        sa.Column("price_basis", sa.String(length=12), nullable=True),
        sa.Column("price_note", sa.String(length=500), server_default="", nullable=False),
        sa.Column("terms", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.CheckConstraint(
            "(pricing IN ('fixed', 'starting')) = (price_fen IS NOT NULL)", name=op.f("ck_offer_price_when_priced")
        ),
        sa.CheckConstraint(
            "price_basis IN ('agreement', 'appraisal', 'inquiry', 'comparable', 'cost')",
            name=op.f("ck_offer_price_basis_known"),
        ),
        sa.CheckConstraint(
            "pricing IN ('fixed', 'starting', 'formula', 'negotiable', 'free_trial')",
            name=op.f("ck_offer_pricing_known"),
        ),
        sa.CheckConstraint(
            "pricing NOT IN ('fixed', 'starting') OR price_basis IS NOT NULL", name=op.f("ck_offer_basis_when_priced")
        ),
        sa.CheckConstraint(
            "transfer_way IN ('assignment', 'exclusive_licence', 'sole_licence', 'ordinary_licence', 'open_licence', 'equity', 'joint_development', 'try_first', 'invest_first', 'auction')",
            name=op.f("ck_offer_transfer_way_known"),
        ),
        sa.CheckConstraint("price_fen > 0", name=op.f("ck_offer_price_positive")),
        sa.ForeignKeyConstraint(["listing_id"], ["listing.id"], name=op.f("fk_offer_listing_id_listing")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offer")),
        sa.UniqueConstraint("listing_id", "transfer_way", name=op.f("uq_offer_listing_id_transfer_way")),
    )
    op.create_table(
        "application",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("offer_id", sa.BigInteger(), nullable=False),
        sa.Column("seller_organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("applicant_organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("applied_by_id", sa.BigInteger(), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("proposed_price_fen", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(length=3), server_default="CNY", nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("decided_by_id", sa.BigInteger(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision_reason", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state <> 'declined' OR decision_reason IS NOT NULL", name=op.f("ck_application_declined_with_reason")
        ),
        sa.CheckConstraint(
            "state IN ('submitted', 'accepted', 'declined', 'withdrawn')", name=op.f("ck_application_state_known")
        ),
        sa.CheckConstraint("proposed_price_fen > 0", name=op.f("ck_application_price_positive")),
        sa.ForeignKeyConstraint(
            ["applicant_organisation_id"],
            ["organisation.id"],
            name=op.f("fk_application_applicant_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(["applied_by_id"], ["person.id"], name=op.f("fk_application_applied_by_id_person")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["person.id"], name=op.f("fk_application_decided_by_id_person")),
        sa.ForeignKeyConstraint(["offer_id"], ["offer.id"], name=op.f("fk_application_offer_id_offer")),
        sa.ForeignKeyConstraint(
            ["seller_organisation_id"],
            ["organisation.id"],
            name=op.f("fk_application_seller_organisation_id_organisation"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_application")),
        sa.UniqueConstraint("number", name=op.f("uq_application_number")),
    )
    op.create_index(
        "ix_application_applicant_organisation_id", "application", ["applicant_organisation_id", "id"], unique=False
    )
    op.create_index(
        op.f("ix_application_seller_organisation_id"), "application", ["seller_organisation_id"], unique=False
    )
    op.create_index(
        "uq_application_open",
        "application",
        ["offer_id", "applicant_organisation_id"],
        unique=True,
        postgresql_where=sa.text("state = 'submitted'"),
    )
    op.create_table(
        "lot_item",
        sa.Column("lot_id", sa.BigInteger(), nullable=False),
        sa.Column("offer_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name=op.f("fk_lot_item_lot_id_lot")),
        sa.ForeignKeyConstraint(["offer_id"], ["offer.id"], name=op.f("fk_lot_item_offer_id_offer")),
        sa.PrimaryKeyConstraint("lot_id", "offer_id", name=op.f("pk_lot_item")),
        sa.UniqueConstraint("lot_id", "position", name=op.f("uq_lot_item_lot_id_position")),
    )
    op.create_index(op.f("ix_lot_item_offer_id"), "lot_item", ["offer_id"], unique=False)
    op.create_table(
        "offer_precondition",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("offer_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("article", sa.String(length=200), nullable=False),
        sa.Column("evidence", sa.String(length=500), server_default="", nullable=False),
        sa.Column("confirmed_by_id", sa.BigInteger(), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["confirmed_by_id"], ["person.id"], name=op.f("fk_offer_precondition_confirmed_by_id_person")
        ),
        sa.ForeignKeyConstraint(["offer_id"], ["offer.id"], name=op.f("fk_offer_precondition_offer_id_offer")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offer_precondition")),
        sa.UniqueConstraint("offer_id", "kind", name=op.f("uq_offer_precondition_offer_id_kind")),
    )
    op.create_table(
        "deal",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("offer_id", sa.BigInteger(), nullable=False),
        sa.Column("application_id", sa.BigInteger(), nullable=True),
        sa.Column("lot_id", sa.BigInteger(), nullable=True),
        sa.Column("seller_organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("buyer_organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("price_fen", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(length=3), server_default="CNY", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('agreed_price', 'open_licence', 'try_first', 'invest_first', 'auction')",
            name=op.f("ck_deal_kind_known"),
        ),
        sa.CheckConstraint(
            "state IN ('negotiating', 'price_confirmed', 'publicity', 'signing', 'paying', 'registering', 'distributing', 'follow_up', 'closed', 'cancelled')",
            name=op.f("ck_deal_state_known"),
        ),
        sa.CheckConstraint("num_nonnulls(application_id, lot_id) = 1", name=op.f("ck_deal_one_origin")),
        sa.CheckConstraint("price_fen > 0", name=op.f("ck_deal_price_positive")),
        sa.ForeignKeyConstraint(
            ["application_id"], ["application.id"], name=op.f("fk_deal_application_id_application")
        ),
        sa.ForeignKeyConstraint(
            ["buyer_organisation_id"], ["organisation.id"], name=op.f("fk_deal_buyer_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name=op.f("fk_deal_lot_id_lot")),
        sa.ForeignKeyConstraint(["offer_id"], ["offer.id"], name=op.f("fk_deal_offer_id_offer")),
        sa.ForeignKeyConstraint(
            ["seller_organisation_id"], ["organisation.id"], name=op.f("fk_deal_seller_organisation_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deal")),
        sa.UniqueConstraint("application_id", name=op.f("uq_deal_application_id")),
        sa.UniqueConstraint("lot_id", name=op.f("uq_deal_lot_id")),
        sa.UniqueConstraint("number", name=op.f("uq_deal_number")),
    )
    op.create_index(op.f("ix_deal_buyer_organisation_id"), "deal", ["buyer_organisation_id"], unique=False)
    op.create_index(op.f("ix_deal_seller_organisation_id"), "deal", ["seller_organisation_id"], unique=False)
    for column in ("leading_registration_id", "winner_registration_id"):
        op.create_foreign_key(f"fk_lot_{column}_lot_registration", "lot", "lot_registration", [column], ["id"])


def downgrade() -> None:
    for column in ("leading_registration_id", "winner_registration_id"):
        op.drop_constraint(f"fk_lot_{column}_lot_registration", "lot")
    op.drop_index(op.f("ix_deal_seller_organisation_id"), table_name="deal")
    op.drop_index(op.f("ix_deal_buyer_organisation_id"), table_name="deal")
    op.drop_table("deal")
    op.drop_table("offer_precondition")
    op.drop_index(op.f("ix_lot_item_offer_id"), table_name="lot_item")
    op.drop_table("lot_item")
    op.drop_index("uq_application_open", table_name="application", postgresql_where=sa.text("state = 'submitted'"))
    op.drop_index(op.f("ix_application_seller_organisation_id"), table_name="application")
    op.drop_index("ix_application_applicant_organisation_id", table_name="application")
    op.drop_table("application")
    op.drop_table("offer")
    op.drop_table("import_row")
    op.drop_table("bid")
    op.drop_table("membership_role")
    op.drop_index(op.f("ix_lot_registration_organisation_id"), table_name="lot_registration")
    op.drop_table("lot_registration")
    op.drop_index(
        "uq_listing_achievement_open",
        table_name="listing",
        postgresql_where=sa.text("state NOT IN ('completed', 'registering', 'sold', 'terminated', 'withdrawn')"),
    )
    op.drop_index("ix_listing_state_published_at", table_name="listing")
    op.drop_index("ix_listing_organisation_id_state", table_name="listing")
    op.drop_table("listing")
    op.drop_index("ix_ip_right_expires_on", table_name="ip_right")
    op.drop_index(op.f("ix_ip_right_achievement_id"), table_name="ip_right")
    op.drop_table("ip_right")
    op.drop_index("ix_import_run_organisation_id_id", table_name="import_run")
    op.drop_table("import_run")
    op.drop_index("ix_fact_kind_occurred_on", table_name="fact")
    op.drop_index("ix_fact_institution_id_kind", table_name="fact")
    op.drop_table("fact")
    op.drop_index(op.f("ix_bid_refusal_lot_id"), table_name="bid_refusal")
    op.drop_table("bid_refusal")
    op.drop_table("stored_file")
    op.drop_index(op.f("ix_organisation_relation_second_id"), table_name="organisation_relation")
    op.drop_table("organisation_relation")
    op.drop_index(op.f("ix_organisation_name_normalised"), table_name="organisation_name")
    op.drop_table("organisation_name")
    op.drop_index("ix_notice_organisation_id_id", table_name="notice")
    op.drop_table("notice")
    op.drop_index(op.f("ix_membership_organisation_id"), table_name="membership")
    op.drop_table("membership")
    op.drop_index("ix_lot_state_closes_at", table_name="lot")
    op.drop_index(op.f("ix_lot_seller_organisation_id"), table_name="lot")
    op.drop_table("lot")
    op.drop_index("ix_event_subject", table_name="event")
    op.drop_index("ix_event_action_id", table_name="event")
    op.drop_table("event")
    op.drop_index("ix_achievement_organisation_id_id", table_name="achievement")
    op.drop_table("achievement")
    op.drop_table("organisation")
    op.drop_table("scheme")
    op.drop_index("uq_person_email_lower", table_name="person")
    op.drop_table("person")
    op.drop_table("parameter")
