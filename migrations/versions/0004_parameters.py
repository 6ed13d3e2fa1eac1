"""Numbers that a regulation sets, with source and valid-from (domain sheet, section 10)."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

VALID_FROM = date(2017, 10, 1)
PARAMETERS = (
    ("publicity.days", "15", "days", "浙江省促进科技成果转化条例 第17条"),
    ("reward.min_ratio.transfer", "0.70", "ratio", "浙江省促进科技成果转化条例 第37条"),
    ("reward.min_ratio.equity", "0.70", "ratio", "浙江省促进科技成果转化条例 第37条"),
    ("reward.min_ratio.profit", "0.10", "ratio", "浙江省促进科技成果转化条例 第37条"),
    ("reward.main_min", "0.70", "ratio", "浙江省促进科技成果转化条例 第37条"),
    ("reward.tto_min", "0.05", "ratio", "浙江省促进科技成果转化条例 第37条"),
    ("reward.deadline_months", "6", "months", "浙江省促进科技成果转化条例 第40条"),
    ("auction.notice_days", "15", "days", "平台竞价规则；参照拍卖法 第45条、网络司法拍卖规定 第12条"),
    ("auction.notice_days_min", "7", "days", "拍卖法 第45条"),
    ("auction.min_hours", "24", "hours", "参照网络司法拍卖规定 第20条"),
    ("auction.ext_minutes", "5", "minutes", "参照网络司法拍卖规定 第20条"),
    ("auction.deposit_ratio", "0", "ratio", "平台竞价规则：现阶段不收保证金；参照网络司法拍卖规定 第17条为 5%–20%"),
    ("auction.cut_max", "0.20", "ratio", "参照网络司法拍卖规定 第26条"),
    ("auction.rounds", "2", "rounds", "平台竞价规则"),
    ("listing.life_months", "12", "months", "平台挂牌规则"),
    ("listing.valid_days", "30", "days", "评价计数规则：有效挂牌须在线满 30 天"),
    ("trial.months", "12", "months", "平台先用后转规则"),
    ("trial.months_max", "36", "months", "平台先用后转规则"),
    ("itoe.cap", "0.10", "ratio", "平台先投后股规则"),
    ("itoe.discount", "0.20", "ratio", "平台先投后股规则"),
    ("unimplemented.years", "3", "years", "浙江省知识产权保护和促进条例（公开实施清单）"),
    ("unimplemented.completer_years", "1", "years", "浙江省促进科技成果转化条例 第38条"),
    ("evidence.years", "10", "years", "参照网络司法拍卖规定 第29条；拍卖法 第54条"),
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
    op.execute("ALTER TABLE parameter DISABLE TRIGGER USER")
    op.execute("DELETE FROM parameter")
    op.execute("ALTER TABLE parameter ENABLE TRIGGER USER")
