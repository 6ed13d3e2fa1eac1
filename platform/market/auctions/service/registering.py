"""Admit enterprises to a lot."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from market.accounts.policy import Act, require
from market.accounts.queries import are_related
from market.accounts.rules import Actor, OrganisationKind
from market.auctions import rules
from market.auctions.models import Lot, LotRegistration
from market.auctions.service.shared import is_insider, phase_of, record_on
from market.kernel.clock import local_date
from market.kernel.locks import lock_row
from market.listings.errors import ListingHasProblems
from market.listings.standing import gate_abroad

CodeSource = Callable[[], str]


def random_code() -> str:
    """A bidder's code, drawn without regard to who the bidder is."""
    return "".join(secrets.choice(rules.CODE_ALPHABET) for _ in range(rules.CODE_LENGTH))


def register_bidder(
    session: Session,
    actor: Actor,
    lot_id: int,
    now: datetime,
    *,
    is_abroad: bool = False,
    new_code: CodeSource = random_code,
) -> LotRegistration:
    """Admit the actor's enterprise to the lot under a random code; a second call gives the same registration.

    With `is_abroad` it declares that whoever acquires or uses what is sold is outside the mainland. The deposit is zero
    by rule. Raises NotAllowed, NotFound, RegistrationRefused; ListingHasProblems for an acquirer abroad whom an offer
    of the lot or the law does not admit (科学技术进步法 art. 34).
    """
    require(actor, Act.REGISTER_BIDDER)
    lot = lock_row(session, Lot, lot_id)
    taken = session.execute(
        select(LotRegistration.organisation_id, LotRegistration.bidder_code).where(LotRegistration.lot_id == lot.id)
    ).all()
    if actor.organisation_id in {row.organisation_id for row in taken}:
        return session.scalars(
            select(LotRegistration).filter_by(lot_id=lot.id, organisation_id=actor.organisation_id)
        ).one()
    rules.check_registration(
        phase_of(lot, now),
        is_enterprise=actor.organisation_kind is OrganisationKind.ENTERPRISE,
        is_verified=actor.is_verified,
        is_related_to_seller=are_related(actor.organisation_id, lot.seller_organisation_id),
        is_insider=session.scalar(select(is_insider(actor.person_id, lot.seller_organisation_id))) is True,
    )
    if is_abroad:
        _refuse_abroad(session, lot, now)
    registration = LotRegistration(
        lot_id=lot.id,
        organisation_id=actor.organisation_id,
        bidder_code=_unused_code({row.bidder_code for row in taken}, new_code),
        registered_by_id=actor.person_id,
        is_independent=not any(are_related(actor.organisation_id, row.organisation_id) for row in taken),
        is_abroad=is_abroad,
        qualified_at=now,
    )
    session.add(registration)
    session.flush()
    payload = {"registration_id": registration.id, "is_abroad": is_abroad}
    record_on(session, lot, "lot.bidder_registered", now, actor=actor, payload=payload)
    return registration


def _refuse_abroad(session: Session, lot: Lot, now: datetime) -> None:
    """Raise ListingHasProblems with what each offer of the lot that takes no acquirer abroad says."""
    asked = [gate_abroad(session, item.offer, local_date(now)) for item in lot.items]
    if problems := [problem for problem in asked if problem is not None]:
        raise ListingHasProblems(problems)


def _unused_code(taken: set[str], new_code: CodeSource) -> str:
    code = new_code()
    while code in taken:
        code = new_code()
    return code
