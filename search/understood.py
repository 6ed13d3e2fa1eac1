"""How an expert's question was understood, in words: one piece for each condition, which can be taken away."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from market.kernel.errors import N_
from market.kernel.money import FEN_PER_YUAN, Money, format_wan
from search.facet_texts import value_label
from search.pages import address
from search.query import MAXIMUM_TEXT_CHARACTERS, SearchQuery
from search.syntax.fields import measure_of, of_facet, of_number, of_streams
from search.syntax.tree import And, Condition, Leaf, Not, Number, Or, Phrase, Range, Term, Words
from search.syntax.writing import written

Translate = Callable[..., str]
FREELY = N_("普通检索：%(words)s")
WORDS, WORDS_IN = N_("含 %(words)s"), N_("%(field)s含 %(words)s")
PHRASE, PHRASE_IN = N_("含原话“%(words)s”"), N_("%(field)s含“%(words)s”")
CODED = N_("%(field)s：%(values)s")
EXACTLY, FROM_TO = N_("%(field)s：%(low)s"), N_("%(field)s：%(low)s 至 %(high)s")
AT_LEAST, AT_MOST = N_("%(field)s：%(low)s 及以上"), N_("%(field)s：%(high)s 及以下")
ABOVE, BELOW = N_("%(field)s：高于 %(low)s"), N_("%(field)s：低于 %(high)s")
SINCE, UNTIL = N_("%(field)s：%(low)s 起"), N_("%(field)s：到 %(high)s 为止")
EXCLUDED = N_("排除：%(part)s")
TOGETHER, ALTERNATIVES = N_(" 且 "), N_(" 或 ")
WAN_YUAN = N_("%(amount)s 万元")
NO_NAMES: Mapping[str, str] = {}


@dataclass(frozen=True)
class Part:
    """A piece of the question in words; `url` asks the same without it, None where that cannot be written briefly."""

    text: str
    url: str | None


def parts(query: SearchQuery, translate: Translate) -> list[Part]:
    """What was understood of a question with operators; empty for one in ordinary words, which explains itself."""
    if query.where is None:
        return []
    conditions = query.where.parts if isinstance(query.where, And) else (query.where,)
    found = [Part(translate(FREELY, words=query.free), _asking(query, "", conditions))] if query.free.strip() else []
    for condition in conditions:
        others = tuple(one for one in conditions if one is not condition)
        found.append(Part(told(condition, translate), _asking(query, query.free, others)))
    return found


def _asking(query: SearchQuery, free: str, conditions: tuple[Condition, ...]) -> str | None:
    text = written(free, And(conditions) if conditions else None)
    return address(replace(query, text=text, page=1)) if len(text) <= MAXIMUM_TEXT_CHARACTERS else None


def told(condition: Condition, translate: Translate) -> str:
    """A condition in words; several inside another stand in brackets."""
    if isinstance(condition, Not):
        return translate(EXCLUDED, part=_inside(condition.part, translate))
    if isinstance(condition, And):
        return translate(TOGETHER).join(_inside(part, translate) for part in condition.parts)
    if isinstance(condition, Or):
        return translate(ALTERNATIVES).join(_inside(part, translate) for part in condition.parts)
    return _leaf(condition, translate)


def _inside(part: Condition, translate: Translate) -> str:
    text = told(part, translate)
    return f"（{text}）" if isinstance(part, And | Or) else text


def _leaf(leaf: Leaf, translate: Translate) -> str:
    if isinstance(leaf, Words | Phrase):
        anywhere, in_field = (WORDS, WORDS_IN) if isinstance(leaf, Words) else (PHRASE, PHRASE_IN)
        if not leaf.fields:
            return translate(anywhere, words=leaf.text)
        return translate(in_field, field=translate(of_streams(leaf.fields).label), words=leaf.text)
    if isinstance(leaf, Number):
        return translate(CODED, field=translate(N_("编号")), values=leaf.text.upper())
    return _term(leaf, translate) if isinstance(leaf, Term) else _range(leaf, translate)


def _term(leaf: Term, translate: Translate) -> str:
    labels = [value_label(leaf.facet, value, NO_NAMES, translate) for value in leaf.values]
    return translate(CODED, field=translate(of_facet(leaf.facet).label), values=translate(N_("、")).join(labels))


def _range(leaf: Range, translate: Translate) -> str:
    field = translate(of_number(leaf.field).label)
    if leaf.field == "price":
        return _prices(leaf, field, translate)
    low, high = (None if one is None else measure_of(leaf.field).write(one) for one in (leaf.low, leaf.high))
    at_least, at_most = (SINCE, UNTIL) if leaf.field == "published" else (AT_LEAST, AT_MOST)
    message = _shape(leaf, at_least, at_most)
    return translate(message, field=field, low=low, high=high)


def _prices(leaf: Range, field: str, translate: Translate) -> str:
    """Bounds that lie one fen beside a whole yuan come from < and >, and are told so."""
    is_above = leaf.low is not None and leaf.high is None and leaf.low % FEN_PER_YUAN == 1
    is_below = leaf.high is not None and leaf.low is None and leaf.high % FEN_PER_YUAN == FEN_PER_YUAN - 1
    low = _wan((leaf.low or 0) - is_above, translate)
    high = _wan((leaf.high or 0) + is_below, translate)
    return translate(
        _shape(leaf, ABOVE if is_above else AT_LEAST, BELOW if is_below else AT_MOST), field=field, low=low, high=high
    )


def _wan(fen: int, translate: Translate) -> str:
    return translate(WAN_YUAN, amount=format_wan(Money(fen)).removesuffix(".00"))


def _shape(leaf: Range, at_least: str, at_most: str) -> str:
    if leaf.low is None or leaf.high is None:
        return at_most if leaf.low is None else at_least
    return EXACTLY if leaf.low == leaf.high else FROM_TO
