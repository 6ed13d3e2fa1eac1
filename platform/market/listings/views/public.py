"""The public page of a listing."""

from __future__ import annotations

from flask import render_template

from market.accounts.access import allowed, optional_actor
from market.accounts.policy import Act
from market.accounts.timeline import timeline
from market.kernel.clock import current_time, local_date
from market.listings.access import public_listing
from market.listings.detail_queries import load_view
from market.listings.steps import steps_for
from market.listings.texts import INNER_REASONS, PUBLIC_TEXTS
from market.listings.views.blueprint import Answer, blueprint


@blueprint.get("/listings/<number>")
@allowed(Act.READ_PUBLIC)
def detail(number: str) -> Answer:
    listing = public_listing(number)
    view = load_view(listing)
    return render_template(
        "listings/detail.html",
        listing=view,
        steps={offer.way: steps_for(offer.way) for offer in view.offers},
        events=timeline("listing", listing.id, PUBLIC_TEXTS, names_people=False, inner_reasons=INNER_REASONS),
        actor=optional_actor(),
        today=local_date(current_time()),
    )
