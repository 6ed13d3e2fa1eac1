"""机构: the list of institutions, and the page of each."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from flask import render_template, url_for
from flask_babel import gettext as _

from market.accounts.access import allowed
from market.accounts.policy import Act
from market.achievements.vocabulary import TechnicalField
from market.kernel.lists import requested_choice, requested_words
from market.kernel.mail import absolute_url
from market.kernel.paging import address_with, requested_page
from market.listings.structured_data import breadcrumbs
from market.listings.vocabulary import TransferWay
from market.portal import institutions as queries
from market.portal.views.blueprint import blueprint


@blueprint.get("/institutions")
@allowed(Act.READ_PUBLIC)
def institutions() -> str:
    text = requested_words()
    return render_template(
        "portal/institutions.html",
        rows=queries.institution_rows(text),
        text=text,
        address=absolute_url(url_for("portal.institutions")),
    )


@blueprint.get("/institutions/<code>")
@allowed(Act.READ_PUBLIC)
def institution(code: str) -> str:
    view = queries.institution(code)
    numbers = queries.numbers_of(view.id)
    text, field, way = (
        requested_words(),
        requested_choice(TechnicalField, "field"),
        requested_choice(TransferWay, "way"),
    )
    conditions = queries.offered(view.id, text=text, field=field, way=way)
    is_filtered = bool(text or field or way)
    page = requested_page(queries.count_offered(conditions) if is_filtered else numbers.listing_count)
    order = queries.ORDERS.requested()
    address = absolute_url(url_for("portal.institution", code=view.code))
    return render_template(
        "portal/institution.html",
        institution=view,
        numbers=numbers,
        rows=queries.offered_rows(conditions, order.columns, limit=page.size, offset=page.offset),
        page=page,
        order=order,
        text=text,
        field=field,
        way=way,
        is_filtered=is_filtered,
        open_licences=numbers.way_count(TransferWay.OPEN_LICENCE),
        field_choices=_choices("field", numbers.fields, field),
        way_choices=_choices("way", numbers.ways, way),
        address=address,
        structured=breadcrumbs([(_("机构"), absolute_url(url_for("portal.institutions"))), (view.name, address)]),
    )


def _choices(name: str, counted: Iterable[tuple[Any, int]], chosen: StrEnum | None) -> list[dict[str, Any]]:
    """A facet's values as the macro wants them; the chosen one's address takes it away."""
    return [
        {
            "label": _(value.label),
            "count": count,
            "active": value is chosen,
            "url": address_with(**{name: None if value is chosen else value.value}),
        }
        for value, count in counted
    ]
