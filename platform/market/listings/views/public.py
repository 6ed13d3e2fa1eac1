"""The public page of a listing, and its QR code."""

from __future__ import annotations

import io
from typing import Any

import segno
from flask import Response, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from market.accounts.access import allowed, optional_actor
from market.accounts.policy import Act
from market.accounts.timeline import timeline
from market.kernel.clock import current_time, local_date
from market.kernel.db import current_session, only_reads
from market.kernel.mail import absolute_url
from market.listings.access import public_listing
from market.listings.attachments.sharing import share_picture
from market.listings.detail_queries import ListingView, load_view
from market.listings.figures import Piece, pieces
from market.listings.page_parts import parts_of
from market.listings.similar import similar_to
from market.listings.steps import steps_for
from market.listings.structured_data import breadcrumbs, product
from market.listings.texts import INNER_REASONS, PUBLIC_TEXTS
from market.listings.views.blueprint import Answer, blueprint
from market.listings.views.comparison import compared_numbers

PICTURE_SECONDS = 86_400


@blueprint.app_template_filter("figures")
def figures(text: str) -> list[Piece]:
    """The text cut at its numbers with units."""
    return pieces(text)


@blueprint.get("/listings/<number>")
@allowed(Act.READ_PUBLIC)
@only_reads
def detail(number: str) -> Answer:
    listing = public_listing(number)
    view = load_view(listing)
    actor = optional_actor()
    parts = parts_of(view, actor)
    return render_template(
        "listings/detail.html",
        **page_of(view),
        actor=actor,
        parts=parts,
        is_compared=view.number in compared_numbers(),
        similar=similar_to(current_session(), view),
        share_picture=absolute_url(share_picture(view.number, parts)),
        events=timeline("listing", listing.id, PUBLIC_TEXTS, names_people=False, inner_reasons=INNER_REASONS),
    )


def page_of(view: ListingView) -> dict[str, Any]:
    """What the page's template reads of a listing alone; a preview shows a draft with it (`is_preview=True`)."""
    address = absolute_url(url_for("listings.detail", number=view.number))
    hall = absolute_url(url_for("search.results"))
    return {
        "listing": view,
        "steps": {offer.way: steps_for(offer.way) for offer in view.offers},
        "today": local_date(current_time()),
        "address": address,
        "structured": [
            product(view, address, {offer.way.value: _(offer.way.label) for offer in view.offers}),
            breadcrumbs([(_("成果大厅"), hall), (view.title, address)]),
        ],
        "is_preview": False,
    }


@blueprint.get("/listings/<number>/qr.svg")
@allowed(Act.READ_PUBLIC)
def qr(number: str) -> BaseResponse:
    """The address of the page as a picture for a phone's camera; it changes only with PUBLIC_URL."""
    listing = public_listing(number)
    picture = io.BytesIO()
    code = segno.make(absolute_url(url_for("listings.detail", number=listing.number)), error="m")
    code.save(picture, kind="svg", scale=4, border=4, dark="#000000", light="#ffffff")
    answer = Response(picture.getvalue(), mimetype="image/svg+xml")
    answer.headers["Cache-Control"] = f"public, max-age={PICTURE_SECONDS}"
    answer.add_etag()
    return answer.make_conditional(request)
