"""What an engine knows of a listing: token streams, facets, numbers, keys and the version.

Pages read rows from PostgreSQL.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import NamedTuple

from market.kernel.clock import local_date
from search import analysis, numbers
from search.classification import Levels, groups_of, levels_of
from search.streams import SENTINEL, streams

INDEX_VERSION = 9  # raise with every change of fields or analysis: an index of another version is rebuilt
FACETS = (
    "way",
    "field",
    "industry",
    "ipc_section",
    "ipc_class",
    "ipc_subclass",
    "stage",
    "trl",
    "price_band",
    "auction",
    "open_licence",
    "free_trial",
    "kind",
    "legal_status",
    "county",
    "institution",
)
AUCTION = "auction"
CLASSES = ("ipc_section", "ipc_class", "ipc_subclass")
STORED_FACETS = tuple(facet for facet in FACETS if facet != AUCTION)
"""Facets that the index holds as keywords; whether a lot is open follows from `opens`, `closes` and the question's time."""
YES = "yes"
"""The one value of `open_licence` and `free_trial`."""
LOT_OPEN, LOT_UPCOMING = "open", "upcoming"
"""Values of `auction`: bids are taken at the question's time; a lot is announced and begins later."""
NUMBERS = ("price", "trl_level", "published", "opens", "closes", "watchers")
"""Numeric fields, each with one value or none: price in fen (the lowest), days and seconds since 1970, a count."""
SORT_KEYS = ("recency", "cheapest", "dearest", "closing", "watched")
"""Sort keys, unique per listing, so that pages follow each other without gap in every engine."""
ID_BITS = 24
_LONGEST_ID = (1 << ID_BITS) - 1
_LARGEST = (1 << (63 - ID_BITS)) - 1  # what is left of a signed number of 64 bits
FIRST_DAY = date(1970, 1, 1)
NEVER_PUBLISHED = datetime(1970, 1, 1, tzinfo=UTC)
TOLD_FIELDS = 5
OPEN_LICENCE = "open_licence"
APPLICANT, INVENTOR = "applicant", "inventor"
NAME_STREAMS = (APPLICANT, INVENTOR)
"""Both halves of the stream `parties`, for questions that name one of them; they add nothing to a score."""


class ListingDocument(NamedTuple):
    """One public listing as search sees it. `version` rises with every change; older never overwrites newer.

    `price_fen` is the lowest price in yuan that is given; `price_bands` are those of all offers. The lot is the one that
    is announced and neither suspended nor over. `claims` are those that everybody may read. `vector` is that of its meaning
    (see search/models.py), or empty.
    """

    id: int
    version: int
    number: str
    title: str
    summary: str = ""
    problem: str = ""
    advantage: str = ""
    abstract: str = ""
    claims: str = ""
    institution_id: int = 0
    institution_code: str = ""
    institution_name: str = ""
    institution_former_names: tuple[str, ...] = ()
    county_code: str = ""
    tech_field: str = ""
    tech_field_name: str = ""
    industry: str = ""
    industry_code: str = ""
    ways: tuple[str, ...] = ()
    patent_numbers: tuple[str, ...] = ()
    ipc_symbols: tuple[str, ...] = ()
    further_ipc_symbols: tuple[str, ...] = ()
    ipc_titles: tuple[str, ...] = ()
    completers: tuple[str, ...] = ()
    published_at: datetime = NEVER_PUBLISHED
    stage: str = ""
    trl: int | None = None
    kinds: tuple[str, ...] = ()
    legal_statuses: tuple[str, ...] = ()
    price_bands: tuple[str, ...] = ()
    price_fen: int | None = None
    has_free_trial: bool = False
    lot_opens_at: datetime | None = None
    lot_closes_at: datetime | None = None
    watchers: int = 0
    vector: bytes = b""


def text_streams(document: ListingDocument) -> dict[str, str]:
    """Field to token stream, tokens parted by blanks.

    Every stream begins with the same token that no query holds: an engine that averages lengths over all documents
    and one that averages over those which have the field then compute the same score.
    """
    return text_streams_of([document])[0]


def text_streams_of(listings: Sequence[ListingDocument]) -> list[dict[str, str]]:
    """`text_streams` of many at once, at a third of the cost: analysis is most of the work of a build."""
    sources = [_sources(one) for one in listings]
    terms, characters = streams([text for texts in sources for text in texts.values()])
    found = []
    for place, texts in enumerate(sources):
        first = place * len(texts)
        of_listing = dict(zip(texts, terms[first : first + len(texts)], strict=True))
        told = (one.removeprefix(SENTINEL) for one in characters[first : first + TOLD_FIELDS])
        parties = of_listing[APPLICANT] + of_listing[INVENTOR].removeprefix(SENTINEL)
        found.append(of_listing | {"parties": parties, "characters": SENTINEL + "".join(told)})
    return found


def _sources(document: ListingDocument) -> dict[str, str]:
    """Field to its text; the first TOLD_FIELDS of them tell what is offered."""
    return {
        "title": document.title,
        "summary": document.summary,
        "problem": document.problem,
        "advantage": document.advantage,
        "abstract": document.abstract,
        "claims": document.claims,
        "context": "\n".join((*document.ipc_titles, document.industry, document.tech_field_name)),
        APPLICANT: "\n".join((document.institution_name, *document.institution_former_names)),
        INVENTOR: "\n".join(document.completers),
    }


def facet_values(document: ListingDocument) -> dict[str, tuple[str, ...]]:
    """Stored facet to the values that the listing has in it."""
    classes = [found for symbol in _all_symbols(document) if (found := levels_of(symbol))]
    values = {
        "way": document.ways,
        "field": (document.tech_field,),
        "industry": (document.industry_code,),
        "ipc_section": _level(classes, 0),
        "ipc_class": _level(classes, 1),
        "ipc_subclass": _level(classes, 2),
        "stage": (document.stage,),
        "trl": (str(document.trl or ""),),
        "price_band": document.price_bands,
        "open_licence": (YES if OPEN_LICENCE in document.ways else "",),
        "free_trial": (YES if document.has_free_trial else "",),
        "kind": document.kinds,
        "legal_status": document.legal_statuses,
        "county": (document.county_code,),
        "institution": (document.institution_code,),
    }
    return {facet: tuple(filter(None, values[facet])) for facet in STORED_FACETS}


def _all_symbols(document: ListingDocument) -> tuple[str, ...]:
    return (*document.ipc_symbols, *document.further_ipc_symbols)


def _level(classes: list[Levels], level: int) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one[level] for one in classes))


def numeric_values(document: ListingDocument) -> dict[str, int]:
    """Numeric field to its value; what the listing lacks is left out."""
    values = {
        "price": document.price_fen,
        "trl_level": document.trl,
        "published": (local_date(document.published_at) - FIRST_DAY).days,
        "opens": _seconds(document.lot_opens_at),
        "closes": _seconds(document.lot_closes_at),
        "watchers": document.watchers,
    }
    return {field: value for field in NUMBERS if (value := values[field]) is not None}


def _seconds(moment: datetime | None) -> int | None:
    return None if moment is None else int(moment.timestamp())


def sort_keys(document: ListingDocument) -> dict[str, int]:
    """Sort key to its value: `cheapest` and `closing` rise, the others fall; equal ones stand newest (highest id) first.

    A listing without a price stands last in both orders of price. `closing` orders open lots only.
    """
    no_price = document.price_fen is None
    return {
        "recency": recency(document),
        "cheapest": _rising(_LARGEST if no_price else document.price_fen, document.id),
        "dearest": _falling(0 if no_price else document.price_fen, document.id),
        "closing": _rising(_seconds(document.lot_closes_at), document.id),
        "watched": _falling(document.watchers, document.id),
    }


def _falling(value: int | None, listing_id: int) -> int:
    return (min(value or 0, _LARGEST) << ID_BITS) | (listing_id & _LONGEST_ID)


def _rising(value: int | None, listing_id: int) -> int:
    return (min(value or 0, _LARGEST) << ID_BITS) | (_LONGEST_ID - (listing_id & _LONGEST_ID))


def number_keys(document: ListingDocument) -> tuple[str, ...]:
    """Keys of the listing's own number and of its patents."""
    return numbers.document_keys(document.number, document.patent_numbers)


def class_groups(document: ListingDocument) -> tuple[str, ...]:
    """IPC main groups and whole symbols (A61F2, A61F2/08), for a question that names more than a subclass."""
    found = [one for symbol in _all_symbols(document) for one in groups_of(symbol)]
    return tuple(dict.fromkeys(found))


def number_beginnings(document: ListingDocument) -> tuple[str, ...]:
    """Beginnings of these keys, for a number that is not written to its end."""
    return numbers.beginnings(number_keys(document))


def name_keys(document: ListingDocument) -> tuple[str, ...]:
    """Keys of the institution under its present and former names and its code, and of the completers."""
    names = (
        document.institution_name,
        document.institution_code,
        *document.institution_former_names,
        *document.completers,
    )
    return tuple(dict.fromkeys(key for key in map(analysis.name_key, names) if key))


def recency(document: ListingDocument) -> int:
    """Sort key "newest first", unique per listing: seconds since 1970, then the id."""
    return _falling(int(document.published_at.timestamp()), document.id)
