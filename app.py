"""create_app(): the one place where everything is wired. `python app.py` runs the whole thing."""

from __future__ import annotations

import sys
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parent
SOURCE_ROOT = str(ROOT / "platform")
if SOURCE_ROOT not in sys.path:  # works from a bare checkout too; `pip install -e .` makes it unnecessary
    sys.path.insert(1, SOURCE_ROOT)

from config import ConfigurationError, Settings, load_settings  # noqa: E402

if TYPE_CHECKING:
    from flask import Flask

    from market.kernel.clock import Clock
    from market.kernel.events import Event

TABLES = (
    "market.kernel.events",
    "market.kernel.mail",
    "market.kernel.holidays",
    "market.kernel.parameters",
    "market.accounts.models",
    "market.accounts.security.models",
    "market.accounts.security.oidc_models",
    "market.accounts.security.passkey_models",
    "market.achievements.models",
    "market.listings.models",
    "market.listings.attachments.models",
    "market.auctions.models",
    "market.deals.models",
    "market.deals.publicity.models",
    "market.enquiries.models",
    "market.reports.models",
    "market.evaluation.models",
    "market.notifications.models",
    "market.audit.models",
    "market.operations.models",
    "search.models",
    "search.saved.models",
    "search.suggesting.models",
    "search.synonyms.models",
)
JOBS = (
    "market.kernel.mail",
    "market.accounts.security.jobs",
    "market.achievements.jobs",
    "market.auctions.jobs",
    "market.deals.jobs",
    "market.listings.jobs",
    "market.listings.attachments.jobs",
    "market.evaluation.jobs",
    "market.notifications.jobs",
    "market.audit.jobs",
    "search.jobs",
    "search.following",
    "search.meaning.jobs",
    "search.saved.jobs",
    "search.suggesting.jobs",
)
BLUEPRINTS = (
    "market.web.views",
    "market.portal.views",
    "market.accounts.views",
    "market.achievements.views",
    "market.listings.views",
    "market.listings.attachments.views",
    "market.auctions.views",
    "market.deals.views",
    "market.deals.publicity.views",
    "market.enquiries.views",
    "market.reports.views",
    "market.evaluation.views",
    "market.monitoring.views",
    "market.notifications.views",
    "market.audit.views",
    "market.operations.views",
    "search.views",
    "search.suggesting.views",
    "search.synonyms.views",
    "search.saved.views",
)
COMMANDS = (
    "market.kernel.commands",
    "market.accounts.commands",
    "market.achievements.commands",
    "market.evaluation.commands",
    "market.audit.commands",
    "market.operations.commands",
    "market.demo.commands",
    "search.commands",
    "search.suggesting.commands",
)

FORM_BYTES = 64 * 1024
"""Room for what a form says around the largest file."""


def create_app(settings: Settings | None = None, clock: Clock | None = None) -> Flask:
    """The wired application. Raises ConfigurationError for settings that production refuses."""
    from flask import Flask

    from market.kernel.clock import SystemClock
    from market.kernel.logs import configure as configure_logs
    from market.kernel.pages import IdConverter

    settings = settings or load_settings()
    app = Flask("kezhuan", root_path=str(ROOT), instance_path=str(settings.instance_path))
    app.extensions["kezhuan_settings"] = settings
    app.extensions["kezhuan_clock"] = clock or SystemClock()
    _configure(app, settings)
    _trust_proxies(app, settings.trusted_proxies)
    if not settings.is_testing:
        configure_logs(settings.log_level)
    for module in TABLES + JOBS:
        import_module(module)
    app.url_map.converters["int"] = IdConverter
    _extend(app)
    _subscribe()
    for module in BLUEPRINTS:
        app.register_blueprint(import_module(module).blueprint)
    for module in COMMANDS:
        import_module(module).register(app)
    return app


def _trust_proxies(app: Flask, number: int) -> None:
    """Believe the client's address and scheme as the nearest `number` proxies tell it; without proxies nobody's."""
    from werkzeug.middleware.proxy_fix import ProxyFix

    if number:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=number, x_proto=number)  # type: ignore[method-assign]


def _configure(app: Flask, settings: Settings) -> None:
    from datetime import timedelta

    from market.kernel.db import ENGINE_OPTIONS
    from market.kernel.runtime.database_address import database_address

    app.config.update(
        SECRET_KEY=settings.secret_key,
        TESTING=settings.is_testing,
        SQLALCHEMY_DATABASE_URI=database_address(settings),
        SQLALCHEMY_ENGINE_OPTIONS=ENGINE_OPTIONS | {"pool_size": settings.web_threads, "max_overflow": 4},
        MAX_CONTENT_LENGTH=settings.max_upload_bytes + FORM_BYTES,
        MAX_FORM_MEMORY_SIZE=2 * 1024 * 1024,
        MAX_FORM_PARTS=2_000,
        SESSION_COOKIE_NAME="kezhuan",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.is_production,
        PERMANENT_SESSION_LIFETIME=timedelta(hours=12),
        WTF_CSRF_TIME_LIMIT=None,  # as long as the session: a form left open over lunch still submits
        BABEL_DEFAULT_LOCALE="zh",
        BABEL_DEFAULT_TIMEZONE="Asia/Shanghai",
        BABEL_TRANSLATION_DIRECTORIES=str(ROOT / "translations"),
    )


def _extend(app: Flask) -> None:
    from flask_babel import Babel
    from flask_migrate import Migrate
    from flask_wtf import CSRFProtect

    from market.accounts.sign_in import login_manager
    from market.kernel.db import ask_idle_connections, db, end_reading
    from market.listings.comparing import provide_class_titles
    from market.listings.similar import provide_similar
    from market.web import errors, headers, layout, requests, texts, uploads
    from market.web.language import choose_language
    from search.classification import titles_of
    from search.engines import build_engine
    from search.meaning.embedder import MEANING, build_embedder
    from search.meaning.hybrid import HybridEngine
    from search.meaning.service import without_vector
    from search.service import index_state, is_ready
    from search.similar import similar_ids

    db.init_app(app)
    with app.app_context():
        ask_idle_connections(db.engine)
    app.teardown_appcontext(end_reading)
    Migrate(app, db, directory=str(ROOT / "migrations"))
    Babel(app, locale_selector=choose_language)
    texts.register(app)
    CSRFProtect(app)
    login_manager.init_app(app)
    errors.register(app)
    requests.register(app)
    headers.register(app)
    layout.register(app)
    uploads.register(app)
    settings = app.extensions["kezhuan_settings"]
    embedder = build_embedder(is_wanted=settings.has_meaning, folder=settings.instance_path / MEANING)
    engine = build_engine(settings)
    if embedder is not None:
        engine = HybridEngine(engine, embedder)
    app.extensions["kezhuan_meaning"] = embedder
    app.extensions["kezhuan_search_without_vector"] = partial(without_vector, embedder)
    app.extensions["kezhuan_search"] = engine
    app.extensions["kezhuan_search_ready"] = partial(is_ready, engine)
    app.extensions["kezhuan_search_state"] = lambda: index_state(engine, without_vector(embedder))
    provide_similar(partial(similar_ids, engine))
    provide_class_titles(lambda symbol: next(reversed(titles_of(symbol)), ""))


def _subscribe() -> None:
    """Who hears of what, and who answers whom: the lower subjects know none of these."""
    from market.accounts.naming import gives_a_name
    from market.achievements.listed import provide_open_listings, provide_outcomes
    from market.auctions.comparison_rows import provide as provide_lots
    from market.auctions.jobs import wants as is_about_burdens
    from market.deals.jobs import WANTED_EVENTS as FOLLOWED_EVENTS
    from market.deals.jobs import ends_publicity
    from market.deals.register_link import OUTCOMES
    from market.enquiries.following import provide_hearer
    from market.enquiries.page_parts import provide_parts
    from market.evaluation.derivation import SOURCE_ACTIONS
    from market.kernel.events import Subscription, subscribe
    from market.listings.attachments.page_parts import provide_parts as provide_attachments
    from market.listings.jobs import wants as is_about_rights
    from market.listings.register_link import OPEN_LISTINGS
    from market.notifications.catalogue import WANTED_EVENTS as TOLD_EVENTS
    from market.web.tasks import provide_tasks
    from search.following import (
        FOLLOWERS,
        changes_an_achievement,
        ends_a_changing_import,
        moves_a_lot,
        watchers_changed,
    )
    from search.synonyms.tasks import decisions as synonym_decisions

    provide_open_listings(OPEN_LISTINGS)
    provide_outcomes(OUTCOMES)
    provide_parts()
    provide_attachments()
    provide_hearer(watchers_changed)
    provide_lots()
    provide_tasks(synonym_decisions)

    def event_id(event: Event) -> dict[str, int]:
        return {"event_id": event.id}

    def is_about_a_listing(event: Event) -> bool:
        return event.subject_kind == "listing"

    def listing_id(event: Event) -> dict[str, int]:
        return {"listing_id": event.subject_id}

    for job, lock in FOLLOWERS.items():
        subscribe(Subscription(job, is_about_a_listing, listing_id, lock=lock))
    subscribe(
        Subscription("search.follow_lot", moves_a_lot, lambda event: {"lot_id": event.subject_id}, lock="search.index")
    )
    subscribe(
        Subscription(
            "search.follow_achievement", changes_an_achievement, lambda event: {"achievement_id": event.subject_id}
        )
    )
    subscribe(Subscription("search.follow_import", ends_a_changing_import, lambda _: {}, lock="search.index"))
    subscribe(Subscription("search.follow_names", gives_a_name, lambda _: {}, lock="search.index"))
    subscribe(Subscription("search.follow_names_in_terms", gives_a_name, lambda _: {}, lock="search.suggestions"))
    subscribe(Subscription("evaluation.derive_facts", lambda event: event.action in SOURCE_ACTIONS, event_id))
    subscribe(Subscription("notifications.deliver", lambda event: event.action in TOLD_EVENTS, event_id))
    subscribe(Subscription("listings.follow_register", is_about_rights, event_id))
    subscribe(Subscription("auctions.follow_register", is_about_burdens, event_id))
    subscribe(Subscription("deals.follow_lot", lambda event: event.action in FOLLOWED_EVENTS, event_id))

    subscribe(Subscription("deals.follow_listing", ends_publicity, event_id))


def main() -> int:
    """Run database, worker and web server until told to stop; the exit status says how it went."""
    from market.kernel.runtime.supervisor import run

    try:
        return run(load_settings())
    except ConfigurationError as refusal:
        sys.stderr.write(f"科转 / kezhuan: {refusal}\n")
        return 2


if __name__ == "__main__":
    sys.exit(main())
