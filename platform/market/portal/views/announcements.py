"""公示公告: the board of everything that is announced to everybody."""

from __future__ import annotations

from datetime import date

from flask import render_template, request, url_for

from market.accounts.access import allowed
from market.accounts.policy import Act
from market.kernel.clock import current_time
from market.kernel.lists import requested_choice, requested_words
from market.kernel.mail import absolute_url
from market.kernel.paging import requested_page
from market.portal import announcements as queries
from market.portal.views.blueprint import blueprint
from market.portal.vocabulary import AnnouncementKind

LONGEST_CODE = 12
FIRST_YEAR, LAST_YEAR = 1985, 2200


@blueprint.get("/announcements")
@allowed(Act.READ_PUBLIC)
def announcements() -> str:
    filters = queries.AnnouncementFilters(
        kind=requested_choice(AnnouncementKind, "kind"),
        institution=requested_words("institution")[:LONGEST_CODE],
        text=requested_words(),
        from_on=requested_day("from"),
        until_on=requested_day("until"),
    )
    page = requested_page(queries.count_announcements(filters))
    return render_template(
        "portal/announcements.html",
        rows=queries.announcement_rows(filters, current_time(), limit=page.size, offset=page.offset),
        page=page,
        filters=filters,
        is_filtered=filters != queries.AnnouncementFilters(),
        kinds=list(AnnouncementKind),
        institutions=queries.announcing_institutions(),
        address=absolute_url(url_for("portal.announcements")),
    )


def requested_day(name: str) -> date | None:
    """The day that the address names (2026-11-22); None for none or nonsense."""
    text = request.args.get(name, "")
    try:
        day = date.fromisoformat(text) if text.isascii() else None
    except ValueError:
        return None
    return day if day is not None and FIRST_YEAR <= day.year <= LAST_YEAR else None
