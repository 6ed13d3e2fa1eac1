"""What waits for verification, and where an enterprise has been outbid: counts for the task list."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import aliased

from market.accounts.models import Organisation, OrganisationReview
from market.accounts.rules import Actor, ReviewState
from market.auctions.models import Bid, Lot, LotRegistration
from market.auctions.vocabulary import LotState
from market.kernel.db import current_session


def organisations_to_verify() -> tuple[int, datetime | None]:
    """How many organisations wait for the operator, and since when the oldest does.

    Not those whose application was declined and that have not applied again, and no doubles that were merged.
    """
    waiting = and_(
        OrganisationReview.organisation_id == Organisation.id,
        OrganisationReview.state == ReviewState.WAITING.value,
    )
    any_review = aliased(OrganisationReview)
    was_reviewed = select(any_review.id).where(any_review.organisation_id == Organisation.id).exists()
    since = func.coalesce(OrganisationReview.submitted_at, Organisation.created_at)
    statement = (
        select(func.count(Organisation.id), func.min(since))
        .outerjoin(OrganisationReview, waiting)
        .where(
            Organisation.verified_at.is_(None),
            Organisation.merged_into_id.is_(None),
            or_(OrganisationReview.id.is_not(None), ~was_reviewed),
        )
    )
    count, oldest = current_session().execute(statement).one()
    return count, oldest


def is_declined(actor: Actor) -> bool:
    """Whether the last application of the actor's organisation was declined, and she may apply again."""
    if actor.is_verified or not actor.is_administrator:
        return False
    statement = (
        select(OrganisationReview.state)
        .where(OrganisationReview.organisation_id == actor.organisation_id)
        .order_by(OrganisationReview.id.desc())
        .limit(1)
    )
    return current_session().scalar(statement) == ReviewState.REJECTED.value


def lots_outbid(actor: Actor, now: datetime) -> tuple[int, datetime | None]:
    """In how many running lots the organisation has bid and does not lead, and when the first of them closes."""
    has_bid = select(Bid.id).where(Bid.registration_id == LotRegistration.id).exists()
    statement = (
        select(func.count(Lot.id), func.min(Lot.closes_at))
        .join(LotRegistration, LotRegistration.lot_id == Lot.id)
        .where(
            LotRegistration.organisation_id == actor.organisation_id,
            Lot.state == LotState.ANNOUNCED.value,
            Lot.opens_at <= now,
            Lot.closes_at > now,
            Lot.leading_registration_id != LotRegistration.id,
            has_bid,
        )
    )
    count, closes_at = current_session().execute(statement).one()
    return count, closes_at
