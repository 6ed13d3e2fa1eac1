"""Links that lie in somebody's mail."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from market.accounts import links, members, reviewing
from market.accounts.models import Membership, Organisation, Person
from market.accounts.reviewing import EvidenceFile
from market.accounts.rules import LinkPurpose, Role
from market.kernel.mail import MailMessage
from tests.conftest import NOW
from tests.factories.world import actor_of


def make_links(session: Session, organisation: Organisation, administrator: Person) -> dict[str, str]:
    """Links that lie in somebody's mail, and what an administrator sees of the organisation."""
    email = f"new{organisation.id}@example.test"
    sign_up = links.issue(session, LinkPurpose.SIGN_UP, email, person_id=None, opens=True, now=NOW)
    reset = links.issue(
        session, LinkPurpose.RESET_PASSWORD, administrator.email, person_id=administrator.id, opens=True, now=NOW
    )
    assert sign_up is not None
    assert reset is not None
    actor = replace(actor_of(administrator), is_administrator=True)
    membership = session.get_one(Membership, actor.membership_id)
    membership.is_administrator = True
    session.flush()
    invitation = members.invite(session, actor, f"invited{organisation.id}@example.test", Role.ENTERPRISE_USER, now=NOW)
    mail = session.scalars(select(MailMessage).where(MailMessage.recipient == invitation.email)).one()
    membership.is_administrator = False
    file = EvidenceFile("执照.pdf", b"%PDF-1.7 of a test")
    evidence = reviewing.keep_evidence(session, organisation.id, administrator.id, file, now=NOW)
    return {
        "<sign_up_link>": sign_up[1],
        "<reset_link>": reset[1],
        "<invitation_link>": mail.body.split("/invitations/")[1].split()[0],
        "<invitation>": str(invitation.id),
        "<member>": str(membership.id),
        "<evidence>": str(evidence.id),
    }
