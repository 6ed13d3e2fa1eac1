"""Use cases: apply on an offer, accept, decline, withdraw; the deal that follows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from market.accounts.membership_queries import person_ids_of
from market.accounts.models import Organisation
from market.accounts.policy import Act, require, require_other_person
from market.accounts.queries import are_related
from market.accounts.rules import Actor
from market.deals import rules
from market.deals.errors import ApplicationRefused
from market.deals.models import Application, Deal
from market.deals.vocabulary import ApplicationAction, ApplicationState, DealKind, DealState
from market.kernel.clock import local_date
from market.kernel.errors import N_, NotFound
from market.kernel.events import EventDraft, record
from market.kernel.locks import lock_name, lock_row
from market.kernel.money import Money
from market.listings.errors import ListingHasProblems
from market.listings.models import Listing, Offer
from market.listings.service import change_state
from market.listings.standing import gate_abroad
from market.listings.vocabulary import READABLE_STATES, ListingAction, ListingState, Pricing, TransferWay


@dataclass(frozen=True)
class ApplicationDraft:
    """What the enterprise wants to do with the result, and for how much; whether whoever acquires it is abroad."""

    plan: str
    price: Money | None
    is_abroad: bool = False


def apply_on_offer(
    session: Session, actor: Actor, offer_id: int, draft: ApplicationDraft, *, now: datetime
) -> Application:
    """A verified enterprise applies. Raises NotFound for an offer that is not public, ApplicationRefused otherwise,
    ListingHasProblems for an acquirer abroad whom the offer or the law does not admit.

    The same enterprise has one open application on an offer: the same form sent twice makes one.
    """
    require(actor, Act.APPLY)
    offer = session.get(Offer, offer_id)
    listing = lock_row(session, Listing, offer.listing_id) if offer else None
    if offer is None or listing is None or listing.state not in READABLE_STATES:
        raise NotFound
    _refuse_unless_open(session, actor, offer, listing)
    _refuse_unclear_draft(offer, draft)
    _refuse_abroad(session, offer, now, is_abroad=draft.is_abroad)
    application = Application(
        number=next_number(session, "SQ", Application.number, now),
        offer_id=offer.id,
        seller_organisation_id=listing.organisation_id,
        applicant_organisation_id=actor.organisation_id,
        applied_by_id=actor.person_id,
        plan=draft.plan.strip(),
        proposed_price_fen=draft.price.minor_units if draft.price else None,
        currency=draft.price.currency if draft.price else "CNY",
        is_abroad=draft.is_abroad,
        state=ApplicationState.SUBMITTED,
        created_at=now,
    )
    session.add(application)
    _record(session, application, "application.submitted", actor, now, None)
    return application


def _refuse_unless_open(session: Session, actor: Actor, offer: Offer, listing: Listing) -> None:
    if not actor.is_verified:
        raise ApplicationRefused(
            "application.unverified", N_("贵单位还没有通过平台核验，核验后才能申请。平台会尽快处理，无需重复提交。")
        )
    if offer.transfer_way == TransferWay.AUCTION:
        raise ApplicationRefused("application.auction", N_("网络竞价请到标的页面报名出价。"))
    if offer.transfer_way == TransferWay.INVEST_FIRST:
        raise ApplicationRefused(
            "application.invest_first", N_("先投后股的申报尚未开放；机构已声明愿意采用，开放后会在本页提供入口。")
        )
    if listing.state not in rules.OPEN_LISTING_STATES:
        raise ApplicationRefused("application.closed", N_("这项挂牌目前不接受申请（已中止、公示、竞价或成交）。"))
    statement = select(Application.number).where(
        Application.offer_id == offer.id,
        Application.applicant_organisation_id == actor.organisation_id,
        Application.state == ApplicationState.SUBMITTED,
    )
    number = session.scalar(statement)
    if number is not None:
        raise ApplicationRefused(
            "application.exists", N_("贵单位已有一份待答复的申请（%(number)s），不用重复提交。"), number=number
        )


def _refuse_abroad(session: Session, offer: Offer, now: datetime, *, is_abroad: bool) -> None:
    """The gate of 科学技术进步法 art. 34, asked when somebody applies and when she is accepted: ListingHasProblems."""
    problem = gate_abroad(session, offer, local_date(now)) if is_abroad else None
    if problem is not None:
        raise ListingHasProblems([problem])


def _refuse_unclear_draft(offer: Offer, draft: ApplicationDraft) -> None:
    length = len(draft.plan.strip())
    if not rules.PLAN_MINIMUM <= length <= rules.PLAN_MAXIMUM:
        raise ApplicationRefused(
            "application.plan",
            N_("请用 %(minimum)d–%(maximum)d 字写明打算怎样使用这项成果。"),
            field="plan",
            minimum=rules.PLAN_MINIMUM,
            maximum=rules.PLAN_MAXIMUM,
        )
    if rules.needs_price(Pricing(offer.pricing)) and draft.price is None:
        raise ApplicationRefused("application.price", N_("请填写意向价格。"), field="price")


def accept_application(session: Session, actor: Actor, application_id: int, *, now: datetime) -> Deal:
    """The institution accepts: a deal begins; a binding way takes the listing into negotiation.

    Raises ApplicationRefused when the listing has left the market since.
    """
    application = _decide(session, actor, application_id, ApplicationAction.ACCEPT, None, now)
    offer = session.get_one(Offer, application.offer_id)
    listing = session.get_one(Listing, offer.listing_id)
    _refuse_off_market(listing)
    _refuse_abroad(session, offer, now, is_abroad=application.is_abroad)
    way = TransferWay(offer.transfer_way)
    if way in rules.BINDING_WAYS:
        _refuse_second_binding_deal(session, listing.id)
    deal = Deal(
        number=next_number(session, "JY", Deal.number, now),
        kind=rules.deal_kind(way),
        state=DealState.NEGOTIATING,
        offer_id=offer.id,
        application_id=application.id,
        seller_organisation_id=application.seller_organisation_id,
        buyer_organisation_id=application.applicant_organisation_id,
        price_fen=application.proposed_price_fen,
        currency=application.currency,
        created_at=now,
    )
    session.add(deal)
    if way in rules.BINDING_WAYS and listing.state == ListingState.PUBLISHED:
        change_state(session, listing.id, ListingAction.START_NEGOTIATION, actor=actor, now=now)
    record_deal(session, deal, "deal.begun", actor, now, None)
    return deal


def _refuse_second_binding_deal(session: Session, listing_id: int) -> None:
    number = session.scalar(_open_binding_deals(listing_id).limit(1))
    if number is not None:
        raise ApplicationRefused(
            "application.binding_deal",
            N_("这项成果正在交易 %(number)s 中洽谈独占性的方式。先办结或终止那笔交易，才能再接受一份。"),
            number=number,
        )


def _open_binding_deals(listing_id: int) -> Select[str]:
    """Numbers of the listing's deals that leave nothing for another buyer and are not over."""
    return (
        select(Deal.number)
        .join(Offer, Offer.id == Deal.offer_id)
        .where(
            Offer.listing_id == listing_id,
            Offer.transfer_way.in_(rules.BINDING_WAYS),
            Deal.state.not_in(rules.ENDED_DEAL_STATES),
        )
    )


def cancel_deal(session: Session, actor: Actor, deal_id: int, *, reason: str, now: datetime) -> Deal:
    """The institution ends a negotiation; a listing that was bound by it is open again.

    Raises NotFound for another institution's deal, ApplicationRefused without a reason or once it is past negotiation.
    """
    require(actor, Act.CANCEL_DEAL)
    listing_id = session.scalar(
        select(Offer.listing_id).join(Deal, Deal.offer_id == Offer.id).where(Deal.id == deal_id)
    )
    if listing_id is None:
        raise NotFound
    listing = lock_row(session, Listing, listing_id)
    deal = lock_row(session, Deal, deal_id)
    if deal.seller_organisation_id != actor.organisation_id:
        raise NotFound
    if not reason.strip():
        raise ApplicationRefused("deal.reason", N_("请写明终止的理由，对方会看到。"), field="reason")
    if deal.state != DealState.NEGOTIATING:
        raise ApplicationRefused("deal.not_negotiating", N_("只有洽谈中的交易可以在这里终止。"))
    deal.state = DealState.CANCELLED
    record_deal(session, deal, "deal.cancelled", actor, now, DealState.NEGOTIATING, reason.strip())
    if listing.state == ListingState.NEGOTIATING and session.scalar(_open_binding_deals(listing_id).limit(1)) is None:
        change_state(session, listing_id, ListingAction.FALL_BACK, actor=actor, now=now)
    return deal


def record_deal(
    session: Session,
    deal: Deal,
    action: str,
    actor: Actor | None,
    now: datetime,
    before: DealState | None,
    reason: str | None = None,
    **more: Any,
) -> None:
    """Append what happened to the deal's stream; `more` joins the payload. The caller holds the deal's row."""
    session.flush()
    draft = EventDraft(
        subject_kind="deal",
        subject_id=deal.id,
        action=action,
        occurred_at=now,
        actor_person_id=actor.person_id if actor else None,
        actor_organisation_id=actor.organisation_id if actor else None,
        state_before=before,
        state_after=deal.state,
        reason=reason,
        payload={
            "number": deal.number,
            "seller_organisation_id": deal.seller_organisation_id,
            "buyer_organisation_id": deal.buyer_organisation_id,
            "offer_id": deal.offer_id,
            **more,
        },
    )
    record(session, draft)


def _refuse_off_market(listing: Listing) -> None:
    if listing.state not in rules.OPEN_LISTING_STATES:
        raise ApplicationRefused(
            "application.listing_closed",
            N_("这项挂牌现在是“%(state)s”，不能接受申请；可以先恢复上架，或谢绝并说明理由。"),
            state=ListingState(listing.state).label,
        )


def decline_application(
    session: Session, actor: Actor, application_id: int, *, reason: str, now: datetime
) -> Application:
    """The institution declines, with a reason that the applicant reads."""
    if not reason.strip():
        raise ApplicationRefused("application.reason", N_("请写明谢绝的理由，申请企业会看到。"), field="reason")
    return _decide(session, actor, application_id, ApplicationAction.DECLINE, reason.strip(), now)


def withdraw_application(session: Session, actor: Actor, application_id: int, *, now: datetime) -> Application:
    """The applicant takes an unanswered application back."""
    require(actor, Act.WITHDRAW_APPLICATION)
    application = _lock(session, application_id)
    if application.applicant_organisation_id != actor.organisation_id:
        raise NotFound
    return _move(session, application, ApplicationAction.WITHDRAW, actor, None, now)


def _decide(
    session: Session, actor: Actor, application_id: int, action: ApplicationAction, reason: str | None, now: datetime
) -> Application:
    require(actor, Act.ANSWER_APPLICATION)
    application = _lock(session, application_id)
    if application.seller_organisation_id != actor.organisation_id:
        raise NotFound
    on_the_other_side = person_ids_of(session, application.applicant_organisation_id)
    require_other_person(actor.person_id, Act.ANSWER_APPLICATION, {application.applied_by_id, *on_the_other_side})
    application.decided_by_id = actor.person_id
    application.decided_at = now
    application.decision_reason = reason
    return _move(session, application, action, actor, reason, now)


def _lock(session: Session, application_id: int) -> Application:
    """Listing before application, as everywhere (kernel.locks)."""
    listing_id = session.scalar(
        select(Offer.listing_id)
        .join(Application, Application.offer_id == Offer.id)
        .where(Application.id == application_id)
    )
    if listing_id is None:
        raise NotFound
    lock_row(session, Listing, listing_id)
    return lock_row(session, Application, application_id)


def _move(
    session: Session,
    application: Application,
    action: ApplicationAction,
    actor: Actor,
    reason: str | None,
    now: datetime,
) -> Application:
    before = ApplicationState(application.state)
    application.state = rules.TRANSITIONS.target(before, action)
    _record(session, application, f"application.{application.state}", actor, now, before, reason)
    return application


def _record(
    session: Session,
    application: Application,
    action: str,
    actor: Actor,
    now: datetime,
    before: ApplicationState | None,
    reason: str | None = None,
) -> None:
    session.flush()
    draft = EventDraft(
        subject_kind="application",
        subject_id=application.id,
        action=action,
        occurred_at=now,
        actor_person_id=actor.person_id,
        actor_organisation_id=actor.organisation_id,
        state_before=before,
        state_after=application.state,
        reason=reason,
        payload=_payload(session, application),
    )
    record(session, draft)


def _payload(session: Session, application: Application) -> dict[str, Any]:
    offer = session.get_one(Offer, application.offer_id)
    listing = session.get_one(Listing, offer.listing_id)
    seller_id, buyer_id = application.seller_organisation_id, application.applicant_organisation_id
    return {
        "number": application.number,
        "seller_organisation_id": seller_id,
        "seller_county": session.get_one(Organisation, seller_id).county_code,
        "buyer_organisation_id": buyer_id,
        "buyer_county": session.get_one(Organisation, buyer_id).county_code,
        "is_related": are_related(seller_id, buyer_id),
        "transfer_way": offer.transfer_way,
        "price_fen": application.proposed_price_fen,
        "currency": application.currency,
        "offer_id": offer.id,
        "listing_id": listing.id,
        "achievement_id": listing.achievement_id,
    }


def begin_auction_deal(
    session: Session, *, lot_id: int, offer_id: int, seller_id: int, buyer_id: int, price: Money, now: datetime
) -> Deal:
    """The deal that a sold lot leads to; a second call for the same lot returns the first one."""
    lock_name(session, f"deal of lot {lot_id}")
    deal = session.scalar(select(Deal).where(Deal.lot_id == lot_id))
    if deal is None:
        deal = Deal(
            number=next_number(session, "JY", Deal.number, now),
            kind=DealKind.AUCTION,
            state=DealState.SIGNING,
            offer_id=offer_id,
            lot_id=lot_id,
            seller_organisation_id=seller_id,
            buyer_organisation_id=buyer_id,
            price_fen=price.minor_units,
            currency=price.currency,
            created_at=now,
        )
        session.add(deal)
        record_deal(session, deal, "deal.begun", None, now, None)
    return deal


def next_number(session: Session, prefix: str, column: InstrumentedAttribute[str], now: datetime) -> str:
    """`SQ2026000001`: prefix, year, six digits without gaps."""
    start = f"{prefix}{local_date(now).year:04d}"
    lock_name(session, f"number {start}")
    last = session.scalar(select(func.max(column)).where(column.startswith(start)))
    return f"{start}{int(last.removeprefix(start)) + 1 if last else 1:06d}"
