"""What differs between two versions of a listing, field by field; which differences are material. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from typing import Any

from market.achievements.vocabulary import AchievementKind, Industry, MaturityStage, TechnicalField
from market.kernel.errors import N_
from market.kernel.money import Money
from market.listings.preconditions import LABELS as PRECONDITIONS
from market.listings.terms import BASIS_DOCUMENT, TERMS_OF_WAY, Term, TermKind, typed_term
from market.listings.vocabulary import PriceBasis, Pricing, TechnicalLevel, TransferWay

_CLAUSE = re.compile(r"[^，。；：！？、,;!?\n]*[，。；：！？、,;!?\n]?")
LONGEST_COMPARED = 250
"""Clauses up to so many characters are compared character by character; longer ones are shown whole."""
ALIKE = 0.4
"""From this share of equal characters on, two clauses count as one that was changed."""


class Mark(StrEnum):
    """What became of a piece of text."""

    SAME = "same"
    INSERTED = "inserted"
    DELETED = "deleted"


@dataclass(frozen=True)
class Piece:
    """A piece of text of one of two versions, or of both."""

    mark: Mark
    text: str


@dataclass(frozen=True)
class Value:
    """One value as a person reads it. `is_word`: the text is a gettext id, as `unit` always is."""

    text: str
    is_word: bool = False
    unit: str = ""


@dataclass(frozen=True)
class Difference:
    """A field that differs. `way` is set for a term of an offer. `pieces` is the text with its changes marked."""

    label: str
    way: TransferWay | None
    before: Value
    after: Value
    pieces: tuple[Piece, ...]
    material: MaterialKind | None


class MaterialKind(StrEnum):
    """Kinds of material changes."""

    PRICE = "price"
    WAY = "way"
    SCOPE = "scope"

    @property
    def label(self) -> str:
        return MATERIAL[self].label


@dataclass(frozen=True)
class Material:
    """A kind of material change: what it is called, and the rule behind it."""

    label: str
    article: str


_RULE = N_("公告或公示期间变更的，须重新公告、期限重新计算（参照企业国有产权交易操作规则第19条）")
MATERIAL: dict[MaterialKind, Material] = {
    MaterialKind.PRICE: Material(N_("价格"), _RULE),
    MaterialKind.WAY: Material(N_("转化方式"), _RULE),
    MaterialKind.SCOPE: Material(N_("权利范围"), _RULE),
}
"""重大变更 (rules.md 2.4, after P14 art. 19): price, way of transfer, scope of the rights."""

TERMS = {term.name: term for terms in TERMS_OF_WAY.values() for term in terms}
PRICE_TERMS = frozenset({"pricing", "price", "price_note"}) | {
    name for name, term in TERMS.items() if term.kind in (TermKind.MONEY, TermKind.PERCENT)
}
EVIDENCE_TERMS = frozenset({"basis", BASIS_DOCUMENT.name, *PRECONDITIONS})
"""Papers behind an offer: to name another one changes nothing of what is offered."""

LABELS: dict[str, str] = {
    "title": N_("成果名称"),
    "summary": N_("一句话说明"),
    "problem": N_("解决的问题"),
    "advantage": N_("与现有方案相比的优势"),
    "technical_field": N_("技术领域"),
    "industry": N_("应用产业"),
    "maturity_stage": N_("成熟度"),
    "application": N_("应用场景"),
    "abstract": N_("内容摘要"),
    "technical_level": N_("技术水平"),
    "technical_level_report": N_("评价报告"),
    "applied_industries": N_("应用行业"),
    "contact_name": N_("联系人"),
    "contact_role": N_("联系人职务"),
    "contact_phone": N_("联系电话"),
    "confirms_no_secret": N_("不涉及国家秘密"),
    "rights": N_("知识产权"),
    "bundled": N_("打包的其他成果"),
    "way": N_("转化方式"),
    "pricing": N_("计价办法"),
    "price": N_("价格"),
    "basis": N_("价格依据"),
    "price_note": N_("公式或说明"),
    "trial_months": N_("试用期（月）"),
} | PRECONDITIONS
OTHER_FIELD = N_("其他内容")
LISTS: dict[str, type[StrEnum]] = {
    "technical_field": TechnicalField,
    "industry": Industry,
    "maturity_stage": MaturityStage,
    "pricing": Pricing,
    "basis": PriceBasis,
    "technical_level": TechnicalLevel,
    "kind": AchievementKind,
}
NOTHING = Value("—")


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
    """What differs between two contents (`versions.content_of`), in the order of the page: texts, rights, terms."""
    old, new = before["draft"], after["draft"]
    found: list[Difference] = []
    names = [name for name in dict.fromkeys([*LABELS, *new, *old]) if name != "offers"]
    for name in names:
        found += _field(name, None, old.get(name), new.get(name), None)
    found += _field("rights", None, before.get("rights"), after.get("rights"), MaterialKind.SCOPE)
    found += _bundled(before.get("bundled", ()), after.get("bundled", ()))
    return found + list(_offers(old.get("offers", ()), new.get("offers", ())))


def material_kinds(found: Sequence[Difference]) -> list[MaterialKind]:
    """The kinds of material changes among the differences, each once."""
    kinds = {difference.material for difference in found}
    return [kind for kind in MaterialKind if kind in kinds]


def _bundled(old: Sequence[Mapping[str, Any]], new: Sequence[Mapping[str, Any]]) -> Iterator[Difference]:
    """Achievements that came or went are a change of scope; another order, or another title of one, is none."""
    was, is_now = ({one["achievement_id"] for one in side} for side in (old, new))
    return _field("bundled", None, list(old), list(new), None if was == is_now else MaterialKind.SCOPE)


def _offers(old: Sequence[Mapping[str, Any]], new: Sequence[Mapping[str, Any]]) -> Iterator[Difference]:
    before = {offer["way"]: offer for offer in old}
    after = {offer["way"]: offer for offer in new}
    for way in TransferWay:
        if (way in before) != (way in after):
            shown = Value(way.label, is_word=True)
            was, is_now = (shown, NOTHING) if way in before else (NOTHING, shown)
            yield Difference(LABELS["way"], way, was, is_now, (), MaterialKind.WAY)
        elif way in before:
            own, others = _flat(before[way]), _flat(after[way])
            for name in dict.fromkeys([*LABELS, *TERMS, *others, *own]):
                yield from _field(name, way, own.get(name), others.get(name), _material_of(name))


def _flat(offer: Mapping[str, Any]) -> dict[str, Any]:
    """An offer with its terms and confirmations beside its own fields."""
    return {**offer, **offer.get("terms", {}), **offer.get("confirmations", {}), "terms": None, "confirmations": None}


def _material_of(term: str) -> MaterialKind | None:
    if term in EVIDENCE_TERMS:
        return None
    return MaterialKind.PRICE if term in PRICE_TERMS else MaterialKind.SCOPE


def _field(
    name: str, way: TransferWay | None, old: Any, new: Any, material: MaterialKind | None
) -> Iterator[Difference]:
    """The difference of one field, if it has one."""
    if (_empty(old) and _empty(new)) or old == new:
        return
    was, is_now = _value(name, old), _value(name, new)
    are_texts = isinstance(old, str) and isinstance(new, str) and name not in LISTS and not was.is_word
    pieces = tuple(text_pieces(old, new)) if are_texts else ()
    label = TERMS[name].label if way and name in TERMS else LABELS.get(name, OTHER_FIELD)
    yield Difference(label, way, was, is_now, pieces, material)


def _empty(value: Any) -> bool:
    return value is None or value in ("", [], {}, False)


def _value(name: str, value: Any) -> Value:
    if _empty(value):
        return NOTHING
    if name in TERMS:
        return _term_value(TERMS[name], value)
    if name in LISTS and value in set(LISTS[name]):
        return Value(LISTS[name](value).label, is_word=True)  # type: ignore[attr-defined]
    return Value(N_("是"), is_word=True) if value is True else Value(_text(value))


def _text(value: Any) -> str:
    if isinstance(value, Mapping):
        if "minor_units" in value:
            return str(Money(value["minor_units"], value["currency"]))
        return str(value["title"] if "title" in value else value["number"])
    return "、".join(map(_text, value)) if isinstance(value, list) else str(value)


def _term_value(term: Term, value: Any) -> Value:
    if term.kind is TermKind.CHOICE:
        return Value(dict(term.choices).get(value, str(value)), is_word=True)
    return Value(typed_term(term, value).replace("\n", "；"), unit=term.unit)


def text_pieces(before: str, after: str) -> list[Piece]:
    """The later text with what was inserted and deleted: by clauses, and inside a changed clause by characters."""
    old, new = _clauses(before), _clauses(after)
    pieces: list[Piece] = []
    for kind, i, j, k, m in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            pieces.append(Piece(Mark.SAME, "".join(old[i:j])))
        else:
            pieces += _replaced("".join(old[i:j]), "".join(new[k:m]))
    return _joined(pieces)


def _clauses(text: str) -> list[str]:
    return [clause for clause in _CLAUSE.findall(text) if clause]


def _replaced(old: str, new: str) -> list[Piece]:
    whole = [Piece(Mark.DELETED, old), Piece(Mark.INSERTED, new)]
    if max(len(old), len(new)) > LONGEST_COMPARED:
        return whole
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    if matcher.ratio() < ALIKE:
        return whole
    pieces = []
    for kind, i, j, k, m in matcher.get_opcodes():
        if kind == "equal":
            pieces.append(Piece(Mark.SAME, old[i:j]))
        else:
            pieces += [Piece(Mark.DELETED, old[i:j]), Piece(Mark.INSERTED, new[k:m])]
    return pieces


def _joined(pieces: Sequence[Piece]) -> list[Piece]:
    """Without empty pieces, neighbours of one mark as one."""
    joined: list[Piece] = []
    for piece in pieces:
        if piece.text and joined and joined[-1].mark is piece.mark:
            joined[-1] = Piece(piece.mark, joined[-1].text + piece.text)
        elif piece.text:
            joined.append(piece)
    return joined
