"""The other numbers of the domain sheet's section 10, so that one table holds them all."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

VALID_FROM = date(2017, 10, 1)
CUT_RULE = "平台挂牌规则；参照企业国有产权交易操作规则（2009，已废止） 第21条"
EXTENSION_RULE = "平台挂牌规则；参照企业国有产权交易操作规则（2009，已废止） 第20条"
TIER_RULE = "参照企业资产转让公告期分档"
LICENCE_RULE = "参照专利开放许可使用费估算口径"
REGISTRATION_RULE = "技术合同认定登记管理办法（征求意见稿，2024-12）第14条"
PARAMETERS = (
    ("publicity.places", "2", "places", "浙江省促进科技成果转化条例 第17条、第19条（本单位和平台）"),
    ("listing.notice_workdays.low", "5", "working_days", "平台挂牌规则"),
    ("listing.notice_workdays.middle", "10", "working_days", TIER_RULE),
    ("listing.notice_workdays.high", "20", "working_days", TIER_RULE),
    ("listing.extend_workdays", "5", "working_days", EXTENSION_RULE),
    ("listing.extend_max", "4", "rounds", EXTENSION_RULE),
    ("listing.recut_floor", "0.90", "ratio", CUT_RULE),
    ("trial.extension_months", "12", "months", "平台先用后转规则（延长一次）"),
    ("trial.pay_after_months", "12", "months", "参照中关村先使用后付费试点方案"),
    ("openlicence.fixed_max", "2000", "wan", LICENCE_RULE),
    ("openlicence.royalty_sales", "0.20", "ratio", LICENCE_RULE),
    ("openlicence.royalty_profit", "0.40", "ratio", LICENCE_RULE),
    ("itoe.deadline_years", "5", "years", "平台先投后股规则"),
    ("itoe.low_price_years", "3", "years", "参照浙江省创业投资引导基金管理办法 第25条至第28条"),
    ("reg.days", "15", "working_days", REGISTRATION_RULE),
    ("reg.big_threshold", "500", "wan", REGISTRATION_RULE),
    ("reg.big_days", "30", "working_days", REGISTRATION_RULE),
)


def upgrade() -> None:
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
