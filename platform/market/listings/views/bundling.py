"""打包 in the editor: buttons that look for other achievements, take them in and out and order them; nothing is saved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from flask import request

from market.achievements.models import Achievement
from market.kernel.db import current_session
from market.listings.bundle_queries import MemberRow, candidates, member_rows, offered
from market.listings.bundles import in_order
from market.listings.form_differences import Difference
from market.listings.forms import ListingForm

SEARCH = "search"
TEXT_MAXIMUM = 100


@dataclass(frozen=True)
class BundlePart:
    """What the editor's part about the bundle shows; `found` is None when nothing was looked for."""

    members: Sequence[MemberRow]
    text: str
    found: Sequence[MemberRow] | None


def is_bundling(form: ListingForm) -> bool:
    """Whether a button of this part sent the form; then its members are as the button says and nothing is saved.

    Enter in the search field counts as its button.
    """
    if request.method != "POST":
        return False
    step, _, which = request.form.get("bundle", "").partition(":")
    if "enter" in request.form and _text():
        return True
    if step not in (SEARCH, "add", "drop", "up"):
        return False
    form.members.data = ",".join(map(str, _after(step, which, list(form.member_ids()))))
    return True


def _after(step: str, which: str, members: list[int]) -> list[int]:
    if not (which.isascii() and which.isdigit() and len(which) < 19):  # noqa: PLR2004 - digits of a BIGINT
        return members
    one = int(which)
    if step == "add":
        return [*members, *([] if one in members else [one])]
    if step == "drop":
        return [other for other in members if other != one]
    if step == "up" and one in members[1:]:
        place = members.index(one)
        members[place - 1], members[place] = one, members[place - 1]
    return members


def bundle_part(form: ListingForm, lead: Achievement, listing_id: int | None, today: date) -> BundlePart:
    """What this part of the page shows for the form as it is."""
    session = current_session()
    taken = offered(session, lead, form.member_ids())[1:]
    text = _text()
    return BundlePart(
        member_rows(session, taken, listing_id, today),
        text,
        candidates(session, lead, text, [one.id for one in taken], listing_id, today) if text else None,
    )


def with_titles(found: Sequence[Difference]) -> list[Difference]:
    """Differences in which the bundled achievements are named."""
    return [
        replace(one, now=_titles(one.now), typed=_titles(one.typed)) if one.field_id == "members" else one
        for one in found
    ]


def _titles(ids: str) -> str:
    wanted = [int(one) for one in ids.split(",") if one.isascii() and one.isdigit()]
    return "、".join(one.title for one in in_order(current_session(), wanted))


def _text() -> str:
    """What is looked for; only what a button of the editor sent, never what was kept while typing."""
    return request.form.get("bundle_text", "").replace("\x00", "").strip()[:TEXT_MAXIMUM]
