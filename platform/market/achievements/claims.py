"""Which claims (权利要求) everybody may read: those that the patent office has published.

An application is published eighteen months after its filing or priority date (专利法 art. 34), a right with its grant (arts
39, 40). Until then its claims stay in the register, whatever is offered of it: nothing leads back once they are known.
Where the register knows no publication, no grant and no confirmed right, they count as not published.
"""

from __future__ import annotations

import re

from sqlalchemy import ColumnElement, and_, case, or_

from market.achievements.models import IPRight
from market.achievements.vocabulary import LegalStatus

PUBLISHED_NUMBER = r"^[A-Z]{0,2}[0-9/]{7,13}[ABCUYSD][0-9]?$"
"""What the register keeps as a publication number counts only when it looks like one: in files “未公开” stands there too."""


def is_published(right: IPRight) -> bool:
    """Whether the office has published the right: by its publication number or day, its grant, or as somebody confirmed."""
    has_dates = right.publication_date is not None or right.grant_date is not None
    is_confirmed = right.legal_status == LegalStatus.ALIVE and right.legal_status_confirmed_by_id is not None
    return has_dates or is_confirmed or re.match(PUBLISHED_NUMBER, right.publication_number or "") is not None


def public_claims(right: IPRight) -> str:
    """The claims if everybody may read them, else nothing."""
    return right.claims if right.claims and is_published(right) else ""


def published() -> ColumnElement[bool]:
    """`is_published` for a statement over `IPRight`."""
    return or_(
        IPRight.publication_number.regexp_match(PUBLISHED_NUMBER),
        IPRight.publication_date.is_not(None),
        IPRight.grant_date.is_not(None),
        and_(IPRight.legal_status == LegalStatus.ALIVE, IPRight.legal_status_confirmed_by_id.is_not(None)),
    )


def claims_column() -> ColumnElement[str]:
    """`public_claims` for a statement over `IPRight`."""
    return case((and_(IPRight.claims != "", published()), IPRight.claims), else_="")
