"""打包挂牌: one listing offers several achievements; each of them is in one open listing at most."""

from __future__ import annotations

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from market.listings.models import ListingMember
from market.listings.vocabulary import ENDED_STATES, ListingState
from tests.factories.listings import make_achievement, make_draft_listing
from tests.factories.world import make_institution


@pytest.mark.parametrize("state", ListingState)
def test_the_database_knows_by_itself_which_listings_hold_their_achievements(session, state):
    listing = make_draft_listing(session, make_institution(session))

    session.execute(text("UPDATE listing SET state = :state"), {"state": state})

    row = session.scalars(select(ListingMember), execution_options={"populate_existing": True}).one()
    assert (row.achievement_id, row.position) == (listing.achievement_id, 0)
    assert row.is_open is (state not in ENDED_STATES)


def test_the_database_refuses_an_achievement_in_a_second_open_listing(session):
    institution = make_institution(session)
    first, second = make_draft_listing(session, institution), make_draft_listing(session, institution)

    with pytest.raises(IntegrityError, match="uq_listing_member_open"), session.begin_nested():
        second.bundled.append(ListingMember(achievement_id=first.achievement_id, position=1))
        session.flush()


def test_an_ended_listing_comes_back_only_while_all_its_achievements_are_free(session):
    institution = make_institution(session)
    bundle, other = make_draft_listing(session, institution), make_achievement(session, institution.organisation)
    bundle.bundled.append(ListingMember(achievement_id=other.id, position=1))
    session.flush()
    session.execute(text("UPDATE listing SET state = 'withdrawn'"))
    make_draft_listing(session, institution, achievement=other)

    with pytest.raises(IntegrityError, match="uq_listing_member_open"), session.begin_nested():
        session.execute(text("UPDATE listing SET state = 'draft' WHERE id = :id"), {"id": bundle.id})
