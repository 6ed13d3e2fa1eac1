"""Links in mails: signed, for one purpose, used once, gone after their time. The database keeps only a hash."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from flask import current_app
from itsdangerous import BadSignature, Signer
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from market.accounts.models import AccountLink
from market.accounts.rules import LinkPurpose
from market.kernel.errors import N_, Refusal
from market.kernel.locks import lock_name

LIFETIMES = {LinkPurpose.SIGN_UP: timedelta(hours=24), LinkPurpose.RESET_PASSWORD: timedelta(hours=1)}
INVITATION_LIFETIME = timedelta(days=7)
LINKS_AN_HOUR = 5
"""For one address, whoever asks: nobody's inbox is filled through us."""
INVITATION = "invitation"


class LinkRefused(Refusal):
    """Not ours, of another purpose, used or out of date: one sentence for all of them."""

    status = 404

    def __init__(self) -> None:
        super().__init__("link.refused", N_("这个链接无效、已经用过或已过期。请重新申请一个。"))


def new_token(purpose: str) -> tuple[str, str]:
    """A token for a link, and the hash to keep."""
    value = secrets.token_urlsafe(32)
    return _signer(purpose).sign(value).decode(), _hash(value)


def hash_of(token: str, purpose: str) -> str:
    """The hash under which a token of this purpose is kept. Raises LinkRefused for one that we did not sign."""
    try:
        return _hash(_signer(purpose).unsign(token).decode())
    except (BadSignature, UnicodeDecodeError):
        raise LinkRefused from None


def _signer(purpose: str) -> Signer:
    return Signer(current_app.config["SECRET_KEY"], salt=f"link:{purpose}", digest_method=hashlib.sha256)


def _hash(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()


def issue(
    session: Session, purpose: LinkPurpose, email: str, *, person_id: int | None, opens: bool, now: datetime
) -> tuple[int, str] | None:
    """A new link's id and token; None when the address had enough of them in the last hour.

    `opens=False` writes the row without a usable token: an unknown address costs the same and counts the same.
    """
    lock_name(session, f"links of {email.lower()}")
    recent = select(func.count(AccountLink.id)).where(
        func.lower(AccountLink.email) == email.lower(), AccountLink.created_at > now - timedelta(hours=1)
    )
    if (session.scalar(recent) or 0) >= LINKS_AN_HOUR:
        return None
    token, token_hash = new_token(purpose)
    link = AccountLink(
        purpose=purpose.value,
        email=email,
        person_id=person_id,
        token_hash=token_hash if opens else None,
        created_at=now,
        expires_at=now + LIFETIMES[purpose],
    )
    session.add(link)
    session.flush()
    return link.id, token


def find(session: Session, token: str, purpose: LinkPurpose, *, now: datetime) -> AccountLink:
    """The link that is still good, its row locked. Raises LinkRefused."""
    statement = select(AccountLink).where(
        AccountLink.token_hash == hash_of(token, purpose), AccountLink.purpose == purpose.value
    )
    link = session.scalar(statement.with_for_update().execution_options(populate_existing=True))
    if link is None or link.used_at is not None or link.expires_at <= now:
        raise LinkRefused
    return link


def use(session: Session, link: AccountLink, *, now: datetime) -> None:
    """Close this link and all others of the same purpose that the address still has."""
    same = (
        func.lower(AccountLink.email) == link.email.lower(),
        AccountLink.purpose == link.purpose,
        AccountLink.used_at.is_(None),
    )
    session.execute(update(AccountLink).where(*same).values(used_at=now))
