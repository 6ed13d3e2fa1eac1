"""The list of a question as a workbook: its rows in its order, and a sheet that says what was asked and what is missing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext
from sqlalchemy.orm import Session

from market.accounts.counties import county_name
from market.kernel.clock import current_time, local_date
from market.kernel.excel import About, Link
from market.kernel.mail import absolute_url
from market.kernel.money import CNY, Money
from search import pages, queries, service
from search.engines.base import SearchEngine
from search.facet_texts import TITLES, value_label
from search.ordering import label_of, present
from search.query import SearchQuery

BLOCK = 200
MOST_ROWS = 5_000
"""As many hits as one workbook holds, best first: everybody may ask for one, and each costs as much as so many rows."""


@dataclass
class Export:
    """One export under way: `rows` is read once, then `about` tells what it held."""

    session: Session
    engine: SearchEngine
    query: SearchQuery
    total: int = 0
    written: int = 0
    is_reduced: bool = False
    is_widened: bool = False

    def rows(self) -> Iterator[list[Any]]:
        """The hits in the order of the list, each once, read in blocks."""
        walked = service.walk(self.session, self.engine, self.query, MOST_ROWS)
        self.total, self.is_reduced, self.is_widened = walked.total, walked.is_reduced, walked.is_widened
        for start in range(0, len(walked.ids), BLOCK):
            ids = walked.ids[start : start + BLOCK]
            found = queries.hit_rows(self.session, ids)
            self.written += len(found)
            yield from (cells(found[one]) for one in ids if one in found)

    def about(self) -> About:
        """The sheet beside the rows."""
        return About(gettext("检索条件"), self._told)

    def _told(self) -> Iterator[Sequence[Any]]:
        address = absolute_url(pages.address(self.query))
        yield gettext("检索内容"), self.query.text or gettext("（未填写，列出全部）")
        yield from self._filters()
        yield gettext("排序"), gettext(label_of(present(self.query)))
        yield gettext("找到"), self.total
        yield gettext("导出"), self.written
        yield gettext("导出时间"), current_time()
        yield gettext("网址"), Link(address, address)
        if self.total > MOST_ROWS:
            yield gettext("说明"), gettext("一次最多导出排在前面的 %(most)d 项，其余没有导出。", most=MOST_ROWS)
        if self.is_widened:
            yield gettext("说明"), gettext("没有成果同时含有这些词，以下成果只含其中一部分。")
        if self.is_reduced:
            yield gettext("说明"), gettext("检索服务暂时不可用，结果直接来自数据库：只按字面查找，排序较粗。")

    def _filters(self) -> Iterator[Sequence[Any]]:
        names = queries.institution_names(self.session, self.query.selected("institution"))
        for facet, values in self.query.filters:
            yield gettext(TITLES[facet]), "、".join(value_label(facet, one, names, gettext) for one in values)


def headings() -> list[str]:
    """What the columns are called, in the reader's language."""
    return [
        gettext("挂牌编号"),
        gettext("成果名称"),
        gettext("单位"),
        gettext("所在县市区"),
        gettext("技术领域"),
        gettext("成熟度"),
        gettext("转化方式"),
        gettext("最低价格（元）"),
        gettext("各方式价格"),
        gettext("专利号"),
        gettext("法律状态"),
        gettext("IPC 小类"),
        gettext("产业（5+5）"),
        gettext("技术就绪等级"),
        gettext("一句话"),
        gettext("上架日期"),
    ]


def cells(row: queries.HitRow) -> list[Any]:
    """What a listing shows in these columns: its number, which leads to it, its title, its institution, and the rest."""
    prices = [offer.price for offer in row.offers if offer.price is not None and offer.price.currency == CNY]
    return [
        Link(row.number, absolute_url(f"/listings/{row.number}")),
        row.title,
        row.institution_name,
        county_name(row.county_code),
        gettext(row.field.label),
        gettext(row.stage.label),
        "、".join(gettext(offer.way.label) for offer in row.offers),
        min(prices, default=None),
        "；".join(map(_price_text, row.offers)),
        "、".join(row.patent_numbers),
        "、".join(dict.fromkeys(gettext(state.label) for state in row.right_states)),
        "、".join(row.subclasses),
        gettext(row.industry.label),
        row.trl,
        row.summary,
        local_date(row.published_at) if row.published_at else None,
    ]


def _price_text(offer: queries.OfferRow) -> str:
    price: Money | str = offer.price if offer.price is not None else gettext(offer.pricing.label)
    return f"{gettext(offer.way.label)} {price}"
