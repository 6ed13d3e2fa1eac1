"""Hits as the result page shows them: marked, and with the reasons why they are there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from search.engines.base import SearchAnswer
from search.highlight import Segment, marked, passage, wanted_terms
from search.queries import HitRow
from search.query import SearchQuery
from search.ranking import Hit
from search.why import Why, explain, shared_classes


@dataclass(frozen=True)
class HitView:
    """One hit as the page shows it; `classes` are the class titles that match when neither title nor passage does."""

    row: HitRow
    title: tuple[Segment, ...]
    passage: tuple[Segment, ...]
    classes: tuple[Segment, ...]
    address: str
    why: Why


def hit_views(query: SearchQuery, answer: SearchAnswer, rows: Mapping[int, HitRow]) -> list[HitView]:
    """Hits in the order of the answer, with what matched marked; those that left the market meanwhile are left out."""
    wanted = wanted_terms(query)
    shown = [(hit, row) for hit in answer.hits if (row := rows.get(hit.id)) is not None]
    is_best = query.page == 1 and query.is_sorted_by_score
    shared = shared_classes([row for _, row in shown]) if is_best else frozenset()
    return [_view(query, wanted, hit, row, shared) for hit, row in shown]


def _view(query: SearchQuery, wanted: frozenset[str], hit: Hit, row: HitRow, shared: frozenset[str]) -> HitView:
    title, text = marked(row.title, wanted), passage(row.texts, wanted)
    classes = () if _has_match(title) or _has_match(text) else passage(row.class_titles, wanted)
    return HitView(
        row=row,
        title=title,
        passage=text,
        classes=classes if _has_match(classes) else (),
        address=f"/listings/{row.number}",
        why=explain(query, wanted, row, is_near=hit.by_meaning, shared=shared),
    )


def _has_match(segments: tuple[Segment, ...]) -> bool:
    return any(one.is_match for one in segments)
