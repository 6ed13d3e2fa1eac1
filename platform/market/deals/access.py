"""Applications and deals as far as the user may see them: the two sides only."""

from __future__ import annotations

from sqlalchemy import ColumnElement, select

from market.accounts.policy import Act, Rows, rows_for
from market.accounts.rules import Actor
from market.deals.models import Application, Deal
from market.kernel.db import current_session
from market.kernel.errors import NotFound


def applications_of(actor: Actor) -> ColumnElement[bool]:
    """The condition that the actor's organisation is a side of the application."""
    if rows_for(actor, Act.READ_APPLICATIONS) is Rows.AS_BUYER:
        return Application.applicant_organisation_id == actor.organisation_id
    return Application.seller_organisation_id == actor.organisation_id


def application_for(actor: Actor, number: str) -> Application:
    """The application, if the actor's organisation is a side of it; raises NotFound."""
    application = current_session().scalar(
        select(Application).where(Application.number == number, applications_of(actor))
    )
    if application is None:
        raise NotFound
    return application


def deals_of(actor: Actor) -> ColumnElement[bool]:
    """The condition that the actor's organisation is a side of the deal."""
    if rows_for(actor, Act.READ_DEALS) is Rows.AS_BUYER:
        return Deal.buyer_organisation_id == actor.organisation_id
    return Deal.seller_organisation_id == actor.organisation_id


def deal_for(actor: Actor, number: str) -> Deal:
    """The deal, if the actor's organisation is a side of it; raises NotFound."""
    deal = current_session().scalar(select(Deal).where(Deal.number == number, deals_of(actor)))
    if deal is None:
        raise NotFound
    return deal
