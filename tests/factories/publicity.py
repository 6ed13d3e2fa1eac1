"""A deal whose price was agreed, on each step of its publicity, through the services."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from market.accounts.models import Person
from market.deals import service as deals
from market.deals.models import Deal
from market.deals.publicity import service
from market.deals.publicity.models import Publicity, PublicityObjection
from market.deals.publicity.objections import raise_objection
from market.deals.publicity.service import PriceDraft
from market.deals.service import ApplicationDraft
from market.kernel.money import Money
from market.listings.rules import OfferDraft
from market.listings.vocabulary import TransferWay
from tests.conftest import NOW
from tests.factories.listings import SALE, make_published_listing, offer_of
from tests.factories.world import Institution, actor_of

PLAN = "用于高温蒸汽阀门的密封，明年六月前投产，需要机构派人指导。"
AGREED = Money(11_000_000)
DRAFT = PriceDraft(AGREED, "2026 年第 12 次校长办公会纪要", "校园网信息公开栏", False)
OBJECTION = "拟交易价格明显低于去年评估报告的结论，请说明定价依据。"


def make_agreed_deal(session: Session, institution: Institution, buyer: Person, offer: OfferDraft = SALE) -> Deal:
    """An accepted application on an offer with a price between two."""
    listing = make_published_listing(session, institution, offer)
    way = TransferWay(offer.way)
    plan = ApplicationDraft(PLAN, Money(10_000_000))
    application = deals.apply_on_offer(session, actor_of(buyer), offer_of(listing, way).id, plan, now=NOW)
    return deals.accept_application(session, actor_of(institution.head), application.id, now=NOW)


def confirm(session: Session, institution: Institution, deal: Deal, draft: PriceDraft = DRAFT) -> Publicity:
    """The officer writes the price down."""
    return service.confirm_price(session, actor_of(institution.officer), deal.id, draft, now=NOW)


def make_running(session: Session, institution: Institution, deal: Deal, *, now: datetime = NOW) -> Publicity:
    """A publicity that the head started."""
    confirm(session, institution, deal)
    return service.start_publicity(session, actor_of(institution.head), deal.id, now=now)


def object_to(
    session: Session, person: Person, publicity: Publicity, text: str = OBJECTION, *, now: datetime = NOW
) -> PublicityObjection:
    """Somebody objects for the organisation for which she acts."""
    return raise_objection(session, person.id, actor_of(person).organisation_id, publicity.number, text, now=now)
