"""Questions, enquiries and watched listings, made through the services."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from market.accounts.rules import Actor
from market.enquiries.models import Enquiry, ListingQuestion
from market.enquiries.service.questions import ask_question
from market.enquiries.service.talking import enquire
from market.listings.models import Listing
from tests.conftest import NOW

QUESTION = "这种密封件在海水环境里能用多久，有没有腐蚀试验数据？"
ENQUIRY = "我们准备用在化工泵上，想了解供样和技术指导的条件。"
ANSWER = "可以供样，人工海水里做过三千小时试验，数据可以来校查看。"


def make_question(
    session: Session, actor: Actor, listing: Listing, text: str = QUESTION, *, now: datetime = NOW
) -> ListingQuestion:
    """A public question that waits for its answer."""
    return ask_question(session, actor, listing.number, text, now=now)


def make_enquiry(
    session: Session,
    actor: Actor,
    listing: Listing,
    text: str = ENQUIRY,
    *,
    offers_contact: bool = False,
    now: datetime = NOW,
) -> Enquiry:
    """An enquiry that waits for its answer."""
    return enquire(session, actor, listing.number, text, offers_contact=offers_contact, now=now)
