"""What a saved search found as a workbook: the columns of the hall's export, what became of each, and what was asked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext
from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from market.kernel.clock import current_time
from market.kernel.excel import About, Link
from market.kernel.lists import Order
from market.kernel.mail import absolute_url
from search import exporting
from search.queries import hit_rows
from search.saved.queries import HITS, FoundRow, SavedRow, institutions_of
from search.saved.reading import in_words

NAMED = 3
"""So many columns say which listing it is; what became of it stands behind them."""


@dataclass
class FoundExport:
    """One export under way: `rows` is read once, then `about` tells what it held.

    `words` and `only_new` are how the list was narrowed down, as `conditions` do.
    """

    session: Session
    saved: SavedRow
    conditions: Sequence[ColumnElement[bool]]
    order: Order
    words: str
    only_new: bool
    written: int = 0

    def headings(self) -> list[str]:
        """What the columns are called, in the reader's language."""
        named, rest = exporting.headings()[:NAMED], exporting.headings()[NAMED:]
        return [*named, gettext("状态"), gettext("发现时间"), gettext("新成果"), *rest]

    def rows(self) -> Iterator[list[Any]]:
        """The hits in the order of the list, at most as many as the hall's export holds.

        Of a listing that is not on the market any more only its number, institution and, if its page is public, title.
        """
        found = HITS.rows(self.conditions, self.order, limit=exporting.MOST_ROWS)
        for start in range(0, len(found), exporting.BLOCK):
            block = found[start : start + exporting.BLOCK]
            listings = hit_rows(self.session, [one.listing_id for one in block])
            self.written += len(block)
            for one in block:
                listing = listings.get(one.listing_id)
                told = _named(one) if listing is None else exporting.cells(listing)
                yield [*told[:NAMED], *_became(one), *told[NAMED:]]

    def about(self) -> About:
        """The sheet beside the rows."""
        return About(gettext("检索条件"), self._told)

    def _told(self) -> Iterator[Sequence[Any]]:
        reading = in_words(self.saved.query, institutions_of([self.saved.query]), gettext)
        address = absolute_url(self.saved.address)
        total = HITS.count(self.conditions)
        yield gettext("名称"), self.saved.name
        yield gettext("检索条件"), "；".join(reading)
        if self.only_new:
            yield gettext("筛选"), gettext("只看新成果")
        if self.words:
            yield gettext("名称或编号"), self.words
        yield gettext("找到"), total
        yield gettext("导出"), self.written
        yield gettext("导出时间"), current_time()
        yield gettext("网址"), Link(address, address)
        if total > self.written:
            yield (
                gettext("说明"),
                gettext("一次最多导出排在前面的 %(most)d 项，其余没有导出。", most=exporting.MOST_ROWS),
            )


def _named(found: FoundRow) -> list[Any]:
    """A listing that left the market: its page may still be there."""
    number = found.number if found.state is None else Link(found.number, absolute_url(f"/listings/{found.number}"))
    return [number, found.title, found.organisation_name, *[None] * (len(exporting.headings()) - NAMED)]


def _became(found: FoundRow) -> list[Any]:
    state = gettext("已不公开") if found.state is None else gettext(found.state.label)
    return [state, found.found_at, gettext("是") if found.is_new else ""]
