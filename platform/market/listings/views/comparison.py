"""Up to four listings side by side. The address holds them, so it can be sent; the session remembers what was added."""

from __future__ import annotations

from collections.abc import Iterable

from flask import flash, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from market.accounts.access import allowed
from market.accounts.policy import Act
from market.kernel.clock import current_time, local_date
from market.kernel.pages import local_address
from market.listings.access import public_listings
from market.listings.comparing import class_title, differing, rows_of, years_left
from market.listings.detail_queries import load_views
from market.listings.rules import is_listing_number
from market.listings.views.blueprint import Answer, blueprint

MOST = 4
REMEMBERED = "comparison"


@blueprint.get("/comparison")
@allowed(Act.READ_PUBLIC)
def comparison() -> Answer:
    wanted = _numbers(request.args.getlist("listing"))
    remembered = compared_numbers()
    if not wanted and remembered:
        return redirect(url_for("listings.comparison", listing=remembered))
    views, today = load_views(public_listings(wanted)), local_date(current_time())
    return render_template(
        "listings/comparison.html",
        listings=views,
        most=MOST,
        today=today,
        differing=differing(views, today),
        only_differing=request.args.get("only") == "differing" and len(views) > 1,
        parts=rows_of(views),
        class_title=class_title,
        years_left=years_left,
    )


@blueprint.post("/comparison")
@allowed(Act.COMPARE)
def compare() -> BaseResponse:
    """Add `number`, take `removed` out, keep only those that are `kept`, or `clear` all; then go `back` if asked to."""
    kept = request.form.getlist("kept")
    chosen = _numbers(kept) if kept else compared_numbers()
    number, removed = request.form.get("number", ""), request.form.get("removed", "")
    if request.form.get("clear"):
        chosen = []
    elif removed:
        chosen = [one for one in chosen if one != removed]
    elif number and number not in chosen and is_listing_number(number):
        if len(chosen) == MOST:
            flash(_("一次最多对比 %(most)d 项，请先移除一项。", most=MOST), "warning")
        else:
            chosen.append(number)
    session[REMEMBERED] = chosen
    return redirect(local_address(request.form.get("back", "")) or url_for("listings.comparison", listing=chosen))


def compared_numbers() -> list[str]:
    """Numbers of the listings that this visitor has chosen to compare, in their order."""
    return _numbers(session.get(REMEMBERED, ()))


def _numbers(given: Iterable[str]) -> list[str]:
    """The first four that can be listing numbers, each once."""
    known = dict.fromkeys(text for text in list(given)[:64] if isinstance(text, str) and is_listing_number(text))
    return list(known)[:MOST]
