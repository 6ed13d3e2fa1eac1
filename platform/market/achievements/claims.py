"""Which claims (权利要求) everybody may read: those that the patent office has published.

An application is published eighteen months after its filing or priority date (专利法 art. 34), a right with its grant (arts
39, 40). Until then its claims stay in the register, whatever is offered of it: nothing leads back once they are known.
Where the register knows no publication, no grant and no confirmed right, they count as not published.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, case, or_

from market.achievements.models import IPRight
from market.achievements.vocabulary import LegalStatus


def is_published(right: IPRight) -> bool:
    """Whether the office has published the right: it has a publication number or day, a day of grant, or is confirmed alive."""
    has_dates = right.publication_date is not None or right.grant_date is not None
    return bool(right.publication_number) or has_dates or right.legal_status == LegalStatus.ALIVE


def public_claims(right: IPRight) -> str:
    """The claims if everybody may read them, else nothing."""
    return right.claims if right.claims and is_published(right) else ""


def published() -> ColumnElement[bool]:
    """`is_published` for a statement over `IPRight`."""
    return or_(
        IPRight.publication_number != "",
        IPRight.publication_date.is_not(None),
        IPRight.grant_date.is_not(None),
        IPRight.legal_status == LegalStatus.ALIVE,
    )


def claims_column() -> ColumnElement[str]:
    """`public_claims` for a statement over `IPRight`."""
    return case((published(), IPRight.claims), else_="")
