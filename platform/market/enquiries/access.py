"""Questions and enquiries as far as the user may see them: the two sides; public questions the operator too."""

from __future__ import annotations

from sqlalchemy import ColumnElement, select, true

from market.accounts.models import Organisation
from market.accounts.policy import Act, Rows, rows_for
from market.accounts.rules import Actor
from market.enquiries.models import Enquiry, ListingQuestion
from market.kernel.db import current_session
from market.kernel.errors import NotFound


def questions_of(actor: Actor) -> ColumnElement[bool]:
    """The condition that the actor may see the question in the console."""
    rows = rows_for(actor, Act.READ_QUESTIONS)
    if rows is Rows.ALL:
        return true()
    if rows is Rows.AS_SELLER:
        return ListingQuestion.seller_organisation_id == actor.organisation_id
    return ListingQuestion.asker_organisation_id == actor.organisation_id


def question_for(actor: Actor, question_id: int) -> ListingQuestion:
    """The question, if the actor may see it in the console; raises NotFound."""
    statement = select(ListingQuestion).where(ListingQuestion.id == question_id, questions_of(actor))
    question = current_session().scalar(statement)
    if question is None:
        raise NotFound
    return question


def enquiries_of(actor: Actor) -> ColumnElement[bool]:
    """The condition that the actor's organisation is a side of the enquiry."""
    if rows_for(actor, Act.READ_ENQUIRIES) is Rows.AS_SELLER:
        return Enquiry.seller_organisation_id == actor.organisation_id
    return Enquiry.enquirer_organisation_id == actor.organisation_id


def enquiry_for(actor: Actor, number: str) -> Enquiry:
    """The enquiry, if the actor's organisation is a side of it; raises NotFound."""
    enquiry = current_session().scalar(select(Enquiry).where(Enquiry.number == number, enquiries_of(actor)))
    if enquiry is None:
        raise NotFound
    return enquiry


def institutions_of(actor: Actor) -> ColumnElement[bool]:
    """The condition on the institutions whose times of answer the actor may read."""
    if rows_for(actor, Act.READ_REPLY_TIMES) is Rows.OWN_COUNTY:
        return Organisation.county_code == actor.county_code
    return true()
