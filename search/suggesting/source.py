"""What terms are taken from, read from the database: four queries for a block of listings."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from market.accounts.models import Organisation, OrganisationName
from market.achievements.models import IPRight
from market.achievements.vocabulary import Industry
from market.listings.models import Listing, ListingMember
from market.listings.vocabulary import PUBLIC_STATES
from search.classification import titles_of
from search.suggesting.terms import ListingTexts

_DESCRIBING = (Listing.summary, Listing.problem, Listing.advantage, Listing.application, Listing.abstract)


def texts_of(session: Session, ids: Sequence[int]) -> dict[int, ListingTexts]:
    """By id, what each of those of the listings that are public says of itself."""
    columns = (Listing.id, Listing.number, Listing.title, Listing.industry, Listing.organisation_id, Organisation.name)
    statement = select(*columns, *_DESCRIBING).join(Organisation, Organisation.id == Listing.organisation_id)
    rows = session.execute(statement.where(Listing.id.in_(ids), Listing.state.in_(PUBLIC_STATES))).all()
    former = _former_names(session, {row.organisation_id for row in rows})
    numbers, classes = _rights(session, [row.id for row in rows])
    return {
        row.id: ListingTexts(
            title=row.title,
            numbers=(row.number, *numbers[row.id]),
            institution_names=(row.name, *former[row.organisation_id]),
            class_titles=tuple(dict.fromkeys(title for symbol in classes[row.id] for title in titles_of(symbol))),
            industry=Industry(row.industry).label,
            description="\n".join(getattr(row, one.key) for one in _DESCRIBING),
        )
        for row in rows
    }


def _former_names(session: Session, organisation_ids: Iterable[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    names = OrganisationName
    statement = select(names.organisation_id, names.name).where(names.organisation_id.in_(organisation_ids))
    for organisation_id, name in session.execute(statement.order_by(names.id)):
        found[organisation_id].append(name)
    return found


def _rights(session: Session, ids: Sequence[int]) -> tuple[dict[int, list[str]], dict[int, list[str]]]:
    """Numbers and main classes of everything that a listing offers."""
    numbers: dict[int, list[str]] = defaultdict(list)
    classes: dict[int, list[str]] = defaultdict(list)
    statement = (
        select(ListingMember.listing_id, IPRight.number, IPRight.publication_number, IPRight.main_class)
        .join(IPRight, IPRight.achievement_id == ListingMember.achievement_id)
        .where(ListingMember.listing_id.in_(ids))
        .order_by(ListingMember.listing_id, ListingMember.position, IPRight.id)
    )
    for listing_id, number, publication_number, main_class in session.execute(statement):
        numbers[listing_id] += [one for one in (number, publication_number) if one]
        if main_class:
            classes[listing_id].append(main_class)
    return numbers, classes
