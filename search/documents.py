"""What an engine knows of a listing: token streams, facets, keys and the version; pages read rows from PostgreSQL."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from search import analysis, numbers

INDEX_VERSION = 3  # raise with every change of fields or analysis: an index of another version is rebuilt
FACETS = ("way", "institution", "county", "field")
ID_BITS = 20
NEVER_PUBLISHED = datetime(1970, 1, 1, tzinfo=UTC)
SENTINEL = "∎"


@dataclass(frozen=True)
class ListingDocument:
    """One public listing as search sees it. `version` rises with every change; older never overwrites newer."""

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
    ways: tuple[str, ...] = ()
    patent_numbers: tuple[str, ...] = ()
    ipc_symbols: tuple[str, ...] = ()
    ipc_titles: tuple[str, ...] = ()
    completers: tuple[str, ...] = ()
    published_at: datetime = NEVER_PUBLISHED


def text_streams(document: ListingDocument) -> dict[str, str]:
    """Field to token stream, tokens parted by blanks.

    Every stream begins with the same token that no query holds: an engine that averages lengths over all documents
    and one that averages over those which have the field then compute the same score.
    """
    sources = {
        "title": document.title,
        "summary": document.summary,
        "problem": document.problem,
        "advantage": document.advantage,
        "abstract": document.abstract,
        "claims": document.claims,
        "context": "\n".join((*document.ipc_titles, document.industry, document.tech_field_name)),
        "parties": "\n".join((document.institution_name, *document.institution_former_names, *document.completers)),
    }
    streams = {field: _stream(analysis.terms(text)) for field, text in sources.items()}
    told = (document.title, document.summary, document.problem, document.advantage, document.abstract)
    streams["characters"] = _stream(analysis.characters("\n".join(told)))
    return streams


def _stream(tokens: list[str]) -> str:
    return " ".join((SENTINEL, *tokens))


def facet_values(document: ListingDocument) -> dict[str, tuple[str, ...]]:
    """Facet to the values that the listing has in it."""
    values = {
        "way": document.ways,
        "institution": (document.institution_code,),
        "county": (document.county_code,),
        "field": (document.tech_field,),
    }
    return {facet: tuple(value for value in found if value) for facet, found in values.items()}


def number_keys(document: ListingDocument) -> tuple[str, ...]:
    """Keys of the listing's own number and of its patents."""
    return numbers.document_keys(document.number, document.patent_numbers)


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
    return (int(document.published_at.timestamp()) << ID_BITS) | (document.id & ((1 << ID_BITS) - 1))
