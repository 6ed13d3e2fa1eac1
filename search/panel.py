"""The panel of facets beside the hits and the chosen values above them: every state is an address."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from market.achievements.vocabulary import MaturityStage
from market.kernel.errors import N_
from search.documents import CLASSES, FACETS, LOT_OPEN, LOT_UPCOMING
from search.engines.base import SearchAnswer
from search.facet_texts import TITLES, Translate, value_label
from search.pages import Widened, address
from search.prices import PriceBand
from search.query import SearchQuery

SHOWN = 8
"""So many values of a facet stand there; the others are a click away."""
OPEN_GROUPS = 5
"""So many groups are unfolded at first, and those in which something is chosen."""
MARKS = ("auction", "open_licence", "free_trial")
GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (TITLES["way"], ("way",)),
    (TITLES["price_band"], ("price_band",)),
    (N_("交易特点"), MARKS),
    (TITLES["field"], ("field",)),
    (TITLES["industry"], ("industry",)),
    (TITLES["stage"], ("stage",)),
    (TITLES["trl"], ("trl",)),
    (N_("IPC 分类"), CLASSES),
    (TITLES["kind"], ("kind",)),
    (TITLES["legal_status"], ("legal_status",)),
    (TITLES["county"], ("county",)),
    (TITLES["institution"], ("institution",)),
)
"""Title (a message id) and facets of each group, in the order of the panel."""
_NATURAL: dict[str, tuple[str, ...]] = {
    "price_band": tuple(PriceBand),
    "stage": tuple(MaturityStage),
    "trl": tuple("123456789"),
    "auction": (LOT_OPEN, LOT_UPCOMING),
    "ipc_section": tuple("ABCDEFGH"),
}
"""Facets whose values have an order of their own; the others begin with what most hits have."""


@dataclass(frozen=True)
class Option:
    """One value of a facet; `url` adds it to the question, or takes it away when it is active.

    `below` are the finer classes of a chosen one, the rest of them in `further`.
    """

    label: str
    count: int
    url: str
    active: bool
    below: tuple[Option, ...] = ()
    further: tuple[Option, ...] = ()


@dataclass(frozen=True)
class Group:
    """Facets under one title: the values shown, those that a click unfolds, and whether the group itself is unfolded."""

    title: str
    options: tuple[Option, ...]
    further: tuple[Option, ...]
    is_open: bool


@dataclass(frozen=True)
class Chosen:
    """A chosen value, with the address of the question without it."""

    title: str
    label: str
    url: str


@dataclass(frozen=True)
class _Reading:
    """What the values of a question's facets are called and how many hits each has."""

    query: SearchQuery
    answer: SearchAnswer
    institutions: Mapping[str, str]
    translate: Translate

    def options(self, facet: str, below: str = "") -> list[Option]:
        """The facet's values, of a class only those below it; a chosen one stays, also when nothing has it any more."""
        counted = {one.value: one.count for one in self.answer.facets.get(facet, ())}
        values = [*counted, *(value for value in self.query.selected(facet) if value not in counted)]
        if facet in _NATURAL:
            values.sort(key=lambda value: _place(_NATURAL[facet], value))
        widened = Widened(self.query, facet)
        return [self._option(facet, one, counted.get(one, 0), widened) for one in values if one.startswith(below)]

    def _option(self, facet: str, value: str, count: int, widened: Widened) -> Option:
        active = value in self.query.selected(facet)
        below, further = self._finer(facet, value) if active and facet in CLASSES[:-1] else ((), ())
        label = value_label(facet, value, self.institutions, self.translate)
        url = toggled(self.query, facet, value) if active else widened.by(value)
        return Option(label, count, url, active, below, further)

    def _finer(self, facet: str, value: str) -> tuple[tuple[Option, ...], tuple[Option, ...]]:
        return parted(self.options(CLASSES[CLASSES.index(facet) + 1], value))


def panel(
    query: SearchQuery, answer: SearchAnswer, institutions: Mapping[str, str], translate: Translate
) -> list[Group]:
    """The groups that have values."""
    reading = _Reading(query, answer, institutions, translate)
    groups: list[Group] = []
    for title, facets in GROUPS:
        roots = _roots(reading) if facets == CLASSES else [one for facet in facets for one in reading.options(facet)]
        shown, further = parted(roots)
        is_open = len(groups) < OPEN_GROUPS or any(query.selected(facet) for facet in facets)
        if roots:
            groups.append(Group(translate(title), shown, further, is_open))
    return groups


def _roots(reading: _Reading) -> list[Option]:
    """Sections, and the finer classes that were chosen without theirs."""
    query = reading.query
    loose = []
    for level, facet in enumerate(CLASSES[1:], start=1):
        above = query.selected(CLASSES[level - 1])
        wanted = {value for value in query.selected(facet) if not value.startswith(tuple(above) or ("\0",))}
        if wanted:
            urls = {toggled(query, facet, value) for value in wanted}
            loose += [one for one in reading.options(facet) if one.url in urls]
    return [*reading.options(CLASSES[0]), *loose]


def parted(options: Sequence[Option]) -> tuple[tuple[Option, ...], tuple[Option, ...]]:
    """What is shown and what a click unfolds: the first values, and every chosen one, are shown."""
    if len(options) <= SHOWN + 1:
        return tuple(options), ()
    first = set(map(id, options[:SHOWN]))
    shown = [one for one in options if one.active or id(one) in first]
    return tuple(shown), tuple(one for one in options if not one.active and id(one) not in first)


def _place(order: Iterable[str], value: str) -> int:
    known = [*order]
    return known.index(value) if value in known else len(known)


def toggled(query: SearchQuery, facet: str, value: str) -> str:
    """The address with one value of a facet added, or taken away when it was chosen; begins at page 1.

    A class that is taken away takes the finer ones below it along.
    """
    chosen = query.selected(facet)
    if value not in chosen:
        return address(query.with_filter(facet, (*chosen, value)))
    narrowed = query.with_filter(facet, tuple(one for one in chosen if one != value))
    if facet in CLASSES:
        for finer in CLASSES[CLASSES.index(facet) + 1 :]:
            kept = tuple(one for one in query.selected(finer) if not one.startswith(value))
            narrowed = narrowed.with_filter(finer, kept)
    return address(narrowed)


def chosen_values(query: SearchQuery, institutions: Mapping[str, str], translate: Translate) -> list[Chosen]:
    """Everything that is chosen, in the order of the facets."""
    selected = dict(query.filters)
    return [
        Chosen(
            translate(TITLES[facet]),
            value_label(facet, value, institutions, translate),
            toggled(query, facet, value),
        )
        for facet in FACETS
        for value in selected.get(facet, ())
    ]
