"""An organisation's own administrator: invitations, roles, the end of a membership, who administers.

Every change takes the organisation's row lock first and looks at the memberships as they are then: of two
administrators who remove each other at the same moment, one remains.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import ColumnElement, Select, delete, func, select
from sqlalchemy.orm import Session

from market.accounts import links, mails
from market.accounts.models import Invitation, Membership, MembershipRole, Organisation, Person
from market.accounts.rules import ROLES_OF_KIND, Actor, OrganisationKind, Role
from market.accounts.service import AccountRefused, add_membership, create_person, is_address
from market.kernel.errors import N_, NotAllowed, NotFound, Refusal
from market.kernel.events import EventDraft, record
from market.kernel.locks import lock_row

OPEN_INVITATIONS = 50
"""An organisation's invitations that wait at one time."""


class MembershipRefused(Refusal):
    """The organisation would be left without administrator, or the change makes no sense."""


def invite(session: Session, actor: Actor, email: str, role: Role, *, now: datetime) -> Invitation:
    """Ask somebody by mail to join in one role; an earlier invitation of the address is revoked.

    Raises NotAllowed for anybody but an administrator, AccountRefused for a wrong address or role.
    """
    return send_invitation(session, actor, _lock_as_administrator(session, actor), email, role, now=now)


def send_invitation(
    session: Session, actor: Actor, organisation: Organisation, email: str, role: Role, *, now: datetime
) -> Invitation:
    """Mail the invitation; the caller decided that the actor may, and holds or has just made the organisation's row."""
    email = email.strip()
    _check_invitation(session, organisation, email, role, now)
    for earlier in session.scalars(_open_invitations(organisation.id, now).where(_is_to(email))):
        earlier.revoked_at = now
    token, token_hash = links.new_token(links.INVITATION)
    invitation = Invitation(
        organisation_id=organisation.id,
        email=email,
        role=role.value,
        token_hash=token_hash,
        invited_by_id=actor.person_id,
        created_at=now,
        expires_at=now + links.INVITATION_LIFETIME,
    )
    session.add(invitation)
    session.flush()
    _mail(session, actor, organisation, invitation, token, now)
    payload = {"invitation_id": invitation.id, "role": role.value}
    _record(session, actor, "membership.invited", now, payload, organisation.id)
    return invitation


def _check_invitation(session: Session, organisation: Organisation, email: str, role: Role, now: datetime) -> None:
    if not is_address(email):
        raise AccountRefused("person.email", N_("请填写有效的邮箱地址。"), field="email")
    if role not in ROLES_OF_KIND[OrganisationKind(organisation.kind)]:
        raise AccountRefused("membership.role", N_("这类机构没有所选的角色。"), field="role")
    active = (
        select(Membership.id)
        .join(Person)
        .where(
            Membership.organisation_id == organisation.id,
            Membership.ended_at.is_(None),
            func.lower(Person.email) == email.lower(),
        )
    )
    if session.scalar(active):
        raise AccountRefused("membership.exists", N_("这个邮箱的主人已经是本单位成员。"), field="email")
    if len(session.scalars(_open_invitations(organisation.id, now)).all()) >= OPEN_INVITATIONS:
        raise MembershipRefused("invitation.too_many", N_("等待接受的邀请太多，请先撤回一些。"))


def _mail(
    session: Session, actor: Actor, organisation: Organisation, invitation: Invitation, token: str, now: datetime
) -> None:
    known = session.scalar(select(Person).where(func.lower(Person.email) == invitation.email.lower()))
    mails.send(
        session,
        "invitation",
        to=invitation.email,
        language=known.language if known else "zh",
        path=f"/invitations/{token}",
        key=f"invitation:{invitation.id}",
        now=now,
        organisation=organisation.name,
        inviter=actor.person_name,
        role_label=Role(invitation.role).label,
    )


def revoke_invitation(session: Session, actor: Actor, invitation_id: int, *, now: datetime) -> None:
    """Take an invitation back; raises NotFound for another organisation's, refuses one that was answered."""
    organisation = _lock_as_administrator(session, actor)
    invitation = session.get(Invitation, invitation_id)
    if invitation is None or invitation.organisation_id != organisation.id:
        raise NotFound
    session.refresh(invitation, with_for_update=True)
    if invitation.accepted_at is not None:
        raise MembershipRefused("invitation.accepted", N_("这份邀请已被接受；如需移除，请在成员里结束身份。"))
    if invitation.revoked_at is None:
        invitation.revoked_at = now
        _record(session, actor, "membership.invitation_revoked", now, {"invitation_id": invitation.id})


def find_invitation(session: Session, token: str, *, now: datetime) -> Invitation:
    """The invitation behind a link, if it is still good. Raises LinkRefused."""
    invitation = session.scalar(
        select(Invitation).where(Invitation.token_hash == links.hash_of(token, links.INVITATION))
    )
    if invitation is None or invitation.accepted_at or invitation.revoked_at or invitation.expires_at <= now:
        raise links.LinkRefused
    return invitation


def person_invited(session: Session, invitation: Invitation) -> Person | None:
    """The person who has the invited address already."""
    return session.scalar(select(Person).where(func.lower(Person.email) == invitation.email.lower()))


def accept_as_new_person(
    session: Session, token: str, *, display_name: str, password: str, now: datetime
) -> Membership:
    """Make the account for the invited address and the membership. Raises LinkRefused, WeakPassword, AccountRefused."""
    invitation = _lock_invitation(session, token, now)
    organisation = session.get_one(Organisation, invitation.organisation_id)
    person = create_person(
        session,
        email=invitation.email,
        display_name=display_name.strip(),
        password=password,
        context=(organisation.name,),
        now=now,
    )
    person.email_verified_at = now
    return _join(session, invitation, organisation, person, now)


def accept_as(session: Session, token: str, person_id: int, *, now: datetime) -> Membership:
    """The signed-in person accepts; only the one whose address was invited. Raises LinkRefused."""
    invitation = _lock_invitation(session, token, now)
    person = session.get_one(Person, person_id)
    if person.email.lower() != invitation.email.lower():
        raise links.LinkRefused
    person.email_verified_at = person.email_verified_at or now
    return _join(session, invitation, session.get_one(Organisation, invitation.organisation_id), person, now)


def _lock_invitation(session: Session, token: str, now: datetime) -> Invitation:
    lock_row(session, Organisation, find_invitation(session, token, now=now).organisation_id)
    session.expire_all()
    return find_invitation(session, token, now=now)


def _join(
    session: Session, invitation: Invitation, organisation: Organisation, person: Person, now: datetime
) -> Membership:
    role = Role(invitation.role)
    membership = session.scalar(
        select(Membership).where(Membership.person_id == person.id, Membership.organisation_id == organisation.id)
    )
    if membership is None:
        is_first = session.scalar(select(Membership.id).where(Membership.organisation_id == organisation.id)) is None
        membership = add_membership(session, person, organisation, {role}, now=now, is_administrator=is_first)
    elif membership.ended_at is not None:  # she comes back
        membership.ended_at, membership.is_administrator = None, False
        _write_roles(session, membership, {role})
    invitation.accepted_at, invitation.accepted_by_id = now, person.id
    payload = {"membership_id": membership.id, "person_id": person.id, "roles": [role.value]}
    draft = EventDraft(
        "organisation",
        organisation.id,
        "membership.began",
        now,
        actor_person_id=person.id,
        actor_organisation_id=organisation.id,
        payload=dict(payload),
    )
    record(session, draft)
    return membership


def set_roles(session: Session, actor: Actor, membership_id: int, roles: Iterable[Role], *, now: datetime) -> None:
    """Give a member these roles and no others; they hold from her next request on."""
    organisation = _lock_as_administrator(session, actor)
    membership = _member(session, organisation.id, membership_id)
    wanted = frozenset(roles)
    if not wanted or not wanted <= ROLES_OF_KIND[OrganisationKind(organisation.kind)]:
        raise AccountRefused("membership.role", N_("请至少选一个本单位可用的角色。"), field="roles")
    _write_roles(session, membership, wanted)
    payload = {"membership_id": membership.id, "person_id": membership.person_id, "roles": sorted(wanted)}
    _record(session, actor, "membership.roles_changed", now, payload)


def end_membership(session: Session, actor: Actor, membership_id: int, *, now: datetime) -> None:
    """The member acts for the organisation no more, from her next request on. Refused for the last administrator."""
    organisation = _lock_as_administrator(session, actor)
    membership = _member(session, organisation.id, membership_id)
    membership.ended_at, membership.is_administrator = now, False
    session.flush()
    _require_administrator(session, organisation.id)
    payload = {"membership_id": membership.id, "person_id": membership.person_id}
    _record(session, actor, "membership.ended", now, payload)


def appoint_administrator(
    session: Session, actor: Actor, membership_id: int, *, steps_down: bool, now: datetime
) -> None:
    """Let another member administer; with `steps_down` the acting one ceases to (the role is transferred)."""
    organisation = _lock_as_administrator(session, actor)
    membership = _member(session, organisation.id, membership_id)
    if membership.id == actor.membership_id:
        raise MembershipRefused("membership.self", N_("您已经是管理员，请选择另一位成员。"))
    membership.is_administrator = True
    if steps_down:
        session.get_one(Membership, actor.membership_id).is_administrator = False
    session.flush()
    _require_administrator(session, organisation.id)
    payload = {"membership_id": membership.id, "person_id": membership.person_id, "steps_down": steps_down}
    _record(session, actor, "membership.administrator_appointed", now, payload)


def require_administrator(actor: Actor) -> None:
    """Raise NotAllowed for anybody who does not administer the organisation that she acts for."""
    if not actor.is_administrator:
        raise _not_administrator()


def _lock_as_administrator(session: Session, actor: Actor) -> Organisation:
    """The organisation's row, locked; the actor's membership is looked at after that, as it is now."""
    require_administrator(actor)
    organisation = lock_row(session, Organisation, actor.organisation_id)
    statement = select(Membership).where(Membership.id == actor.membership_id)
    own = session.scalar(statement.execution_options(populate_existing=True))
    if own is None or own.ended_at is not None or not own.is_administrator or organisation.merged_into_id is not None:
        raise _not_administrator()
    return organisation


def _not_administrator() -> NotAllowed:
    return NotAllowed("membership.not_administrator", N_("只有本单位的管理员可以管理成员。"))


def _member(session: Session, organisation_id: int, membership_id: int) -> Membership:
    statement = select(Membership).where(
        Membership.id == membership_id,
        Membership.organisation_id == organisation_id,
        Membership.ended_at.is_(None),
    )
    membership = session.scalar(statement.execution_options(populate_existing=True))
    if membership is None:
        raise NotFound
    return membership


def _require_administrator(session: Session, organisation_id: int) -> None:
    statement = (
        select(func.count(Membership.id))
        .join(Person, Person.id == Membership.person_id)
        .where(
            Membership.organisation_id == organisation_id,
            Membership.ended_at.is_(None),
            Membership.is_administrator.is_(True),
            Person.is_enabled.is_(True),
        )
    )
    if not session.scalar(statement):
        raise MembershipRefused("membership.last_administrator", N_("本单位至少要有一位管理员，请先把管理员交给别人。"))


def _write_roles(session: Session, membership: Membership, roles: Iterable[Role]) -> None:
    session.execute(delete(MembershipRole).where(MembershipRole.membership_id == membership.id))
    session.expire(membership, ["role_rows"])
    for role in sorted(set(roles)):
        session.add(MembershipRole(membership_id=membership.id, role=role.value))
    session.flush()


def _open_invitations(organisation_id: int, now: datetime) -> Select[Invitation]:
    return select(Invitation).where(
        Invitation.organisation_id == organisation_id,
        Invitation.accepted_at.is_(None),
        Invitation.revoked_at.is_(None),
        Invitation.expires_at > now,
    )


def _is_to(email: str) -> ColumnElement[bool]:
    return func.lower(Invitation.email) == email.lower()


def _record(
    session: Session,
    actor: Actor,
    action: str,
    now: datetime,
    payload: Mapping[str, object],
    organisation_id: int | None = None,
) -> None:
    draft = EventDraft(
        "organisation",
        organisation_id or actor.organisation_id,
        action,
        now,
        actor_person_id=actor.person_id,
        actor_organisation_id=actor.organisation_id,
        payload=dict(payload),
    )
    record(session, draft)
