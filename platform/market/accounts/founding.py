"""Organisations that do not sign up by themselves: an operator records the state's side and auditors, another verifies.

Whoever is invited first administers the organisation; until another operator verified it, it gives no role.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from market.accounts import members, reviewing
from market.accounts.claims import OrganisationClaim, checked_organisation
from market.accounts.models import Organisation
from market.accounts.policy import Act, require
from market.accounts.reviewing import EvidenceFile
from market.accounts.rules import FOUNDING_ROLES, ROLES_OF_KIND, Actor, OrganisationKind
from market.accounts.service import AccountRefused, create_organisation
from market.kernel.errors import N_

RECORDED_KINDS = tuple(kind for kind in OrganisationKind if kind not in {*FOUNDING_ROLES, OrganisationKind.OPERATOR})


def record_organisation(
    session: Session,
    actor: Actor,
    claim: OrganisationClaim,
    email: str,
    evidence: EvidenceFile | None,
    *,
    now: datetime,
) -> Organisation:
    """Record the organisation, ask another operator to verify it, invite its first member, who will administer it.

    Raises NotAllowed, AccountRefused (kind, code, name, address), EvidenceRefused.
    """
    require(actor, Act.RECORD_ORGANISATION)
    if claim.kind is OrganisationKind.COUNTY_BUREAU and not claim.county_code:
        raise AccountRefused(
            "organisation.county", N_("县（市、区）科技局请选择所在县（市、区）。"), field="county_code"
        )
    draft = checked_organisation(session, claim, kinds=RECORDED_KINDS)
    organisation = create_organisation(session, draft, now=now)
    reviewing.submit(session, organisation, actor.person_id, evidence, now=now)
    (role,) = ROLES_OF_KIND[claim.kind]
    members.send_invitation(session, actor, organisation, email, role, now=now)
    return organisation
