"""For feed readers and search machines: Atom feeds, the map of the site, robots.txt. All cacheable, all without cookies."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import Response, request, url_for
from flask_babel import force_locale
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from market.accounts.access import allowed
from market.accounts.policy import Act
from market.kernel.db import current_session
from market.kernel.errors import NotFound
from market.kernel.mail import absolute_url
from market.portal import feeds, institutions, sitemap
from market.portal.atom import Entry, Feed, feed_xml
from market.portal.views.blueprint import blueprint

FEED_SECONDS, MAP_SECONDS = 300, 3_600
LANGUAGE = "zh"
"""Feeds speak the language of what they carry, whatever the reader's browser was set to."""
ROBOTS = """User-agent: *
Disallow: /console
Disallow: /sign-in
Disallow: /sign-up
Disallow: /offers/
Disallow: /comparison
Disallow: /*/export.xlsx
Sitemap: {sitemap}
"""


@blueprint.get("/feeds/listings.atom")
@allowed(Act.READ_PUBLIC)
def listing_feed() -> BaseResponse:
    with force_locale(LANGUAGE):
        return _feed("portal.listing_feed", "search.results", _("科转：新上架的成果"), feeds.new_listings())


@blueprint.get("/feeds/lots.atom")
@allowed(Act.READ_PUBLIC)
def lot_feed() -> BaseResponse:
    with force_locale(LANGUAGE):
        return _feed("portal.lot_feed", "portal.announcements", _("科转：新竞价公告"), feeds.new_lots())


@blueprint.get("/institutions/<code>/listings.atom")
@allowed(Act.READ_PUBLIC)
def institution_feed(code: str) -> BaseResponse:
    view = institutions.institution(code)
    with force_locale(LANGUAGE):
        title = _("科转：%(name)s新上架的成果", name=view.name)
        return _feed(
            "portal.institution_feed", "portal.institution", title, feeds.new_listings(view.id), code=view.code
        )


def _feed(endpoint: str, page: str, title: str, entries: list[Entry], **values: Any) -> BaseResponse:
    feed = Feed(
        absolute_url(url_for(endpoint, **values)), absolute_url(url_for(page, **values)), title, _("科转"), entries
    )
    return _cached(feed_xml(feed), "application/atom+xml", FEED_SECONDS)


@blueprint.get("/sitemap.xml")
@allowed(Act.READ_PUBLIC)
def site_map() -> BaseResponse:
    """The whole map, or the index of its files where one file cannot hold it."""
    session = current_session()
    files = sitemap.file_count(session)
    if files == 1:
        return _map_file(1, files)
    parts = [
        sitemap.Place(absolute_url(url_for("portal.site_map_file", number=number))) for number in range(1, files + 1)
    ]
    return _cached(sitemap.index_xml(parts).encode(), "application/xml", MAP_SECONDS)


@blueprint.get("/sitemaps/<int:number>.xml")
@allowed(Act.READ_PUBLIC)
def site_map_file(number: int) -> BaseResponse:
    files = sitemap.file_count(current_session())
    if not 1 <= number <= files:
        raise NotFound
    return _map_file(number, files)


def _map_file(number: int, files: int) -> BaseResponse:
    found = sitemap.places(current_session(), number, files)
    absolute = (replace(place, address=absolute_url(place.address)) for place in found)
    return _cached(sitemap.urlset_xml(absolute).encode(), "application/xml", MAP_SECONDS)


@blueprint.get("/robots.txt")
@allowed(Act.READ_PUBLIC)
def robots() -> BaseResponse:
    text = ROBOTS.format(sitemap=absolute_url(url_for("portal.site_map")))
    return _cached(text.encode(), "text/plain", MAP_SECONDS)


def _cached(body: bytes, media_type: str, seconds: int) -> BaseResponse:
    """The same for everybody: any cache may keep it, and asks again with the entity tag."""
    answer = Response(body, content_type=f"{media_type}; charset=utf-8")
    answer.headers["Cache-Control"] = f"public, max-age={seconds}"
    answer.add_etag()
    return answer.make_conditional(request)
