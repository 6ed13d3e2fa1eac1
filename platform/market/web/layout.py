"""What every template is given: who acts, halls, navigation, formats."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

from flask import Flask, current_app, g, request, url_for
from flask_babel import get_locale, gettext, ngettext
from flask_login import current_user
from markupsafe import Markup
from sqlalchemy import select

from market.accounts import queries
from market.accounts.access import optional_actor
from market.accounts.counties import county_name
from market.accounts.models import Organisation
from market.kernel.clock import SHANGHAI, current_time
from market.kernel.db import current_session
from market.kernel.facts import fact, provide_fact
from market.kernel.money import Money, format_wan
from market.kernel.pages import in_words
from market.kernel.paging import address_with, same_filters
from market.notifications.queries import unread_count
from market.web.language import LANGUAGES
from market.web.navigation import HALLS, console_sections
from market.web.phone_tables import with_labels
from market.web.texts import Language, language


@dataclass(frozen=True)
class MembershipChoice:
    """One line of the switch in the header."""

    membership_id: int
    organisation_name: str
    roles_text: str


@dataclass(frozen=True)
class ActorView:
    """The acting person as templates see her."""

    person_name: str
    organisation_name: str
    organisation_kind: str
    is_verified: bool
    roles: frozenset[str]
    memberships: tuple[MembershipChoice, ...]


def register(app: Flask) -> None:
    """Filters and the context of every page."""
    app.jinja_env.filters.update(
        money=money,
        wan=wan,
        date=format_date,
        datetime=format_datetime,
        time_seconds=format_time_seconds,
        percent=percent,
        patent_number=group_patent_number,
        duration=duration,
        words=params_in_words,
        county=county_name,
        with_labels=with_labels,
    )
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals["icon_markup"] = icon_markup
    app.jinja_env.globals["same_filters"] = same_filters
    app.jinja_env.globals["address_with"] = address_with
    app.context_processor(page_context)


def page_context() -> dict[str, Any]:
    """Few queries, and none for a visitor but whether this is the demo world."""
    actor = optional_actor()
    locale = str(get_locale() or "zh")
    settings = current_app.extensions["kezhuan_settings"]
    return {
        "current_actor": _actor_view() if actor else None,
        "portal_halls": [
            {
                "label": gettext(hall.label),
                "url": url_for(hall.endpoint),
                "active": request.path.startswith(hall.prefixes),
            }
            for hall in HALLS
            if hall.endpoint in current_app.view_functions
        ],
        "console_navigation": console_sections(actor) if actor else [],
        "console_active": request.path.startswith("/console"),
        "is_demo": is_demo_world(),
        "unread_notice_count": unread_count(actor.organisation_id, actor.person_id) if actor else 0,
        "page_language": "zh-CN" if locale.startswith("zh") else locale,
        "languages": list(LANGUAGES.items()),
        "now": current_time(),
        "shows_mailbox": not settings.is_production and settings.mail_server is None,
    }


def icon_markup(name: str, label: str | None = None) -> Markup:
    """One icon of static/icons.svg, read aloud when it has a label. A page shows dozens of them."""
    if "icon_sheet" not in g:
        g.icon_sheet = url_for("static", filename="icons.svg")
    return _icon(g.icon_sheet, name, label and str(label))


@lru_cache(maxsize=1_000)
def _icon(sheet: str, name: str, label: str | None) -> Markup:
    told = Markup('role="img" aria-label="{}"').format(label) if label else _UNTOLD
    return Markup('<svg class="icon" {}><use href="{}#{}"></use></svg>').format(told, sheet, name)


_UNTOLD = Markup('aria-hidden="true" focusable="false"')


def is_demo_world() -> bool:
    """Whether the database holds the demo world; then every page says so."""
    return bool(fact(current_session(), IS_DEMO))


IS_DEMO = "is_demo_world"
provide_fact(
    IS_DEMO, select(select(Organisation.id).where(Organisation.is_demo.is_(True)).limit(1).exists()).scalar_subquery()
)


def _actor_view() -> ActorView:
    actor = optional_actor()
    assert actor is not None
    choices = tuple(
        MembershipChoice(
            view.membership_id, view.organisation_name, "、".join(gettext(role.label) for role in view.roles)
        )
        for view in queries.memberships_of(current_user.person_id)
    )
    return ActorView(
        actor.person_name,
        actor.organisation_name,
        gettext(actor.organisation_kind.label),
        actor.is_verified,
        frozenset(role.value for role in actor.roles),
        choices,
    )


def money(amount: Money | None) -> str:
    """`¥1,234,567.89`; a price by agreement is 面议."""
    return gettext("面议") if amount is None else str(amount)


def wan(amount: Money | None) -> str:
    """`123.46 万元`, in English, which has no such unit, in yuan; a price by agreement is 面议."""
    return _wan(amount, language())


@lru_cache(maxsize=10_000)
def _wan(amount: Money | None, spoken: Language) -> str:
    if amount is None:
        return str(gettext("面议"))
    if spoken and spoken[0] != "zh":
        return str(amount)
    return str(gettext("%(amount)s 万元", amount=format_wan(amount)))


def _local(moment: datetime) -> datetime:
    return moment.astimezone(SHANGHAI)


def format_date(value: date | datetime | None) -> str:
    """`2026-11-22`, in Shanghai."""
    if value is None:
        return "—"
    return (_local(value).date() if isinstance(value, datetime) else value).isoformat()


def format_datetime(value: datetime | None) -> str:
    """`2026-11-22 14:05`, in Shanghai."""
    return "—" if value is None else _local(value).strftime("%Y-%m-%d %H:%M")


def format_time_seconds(value: datetime | None) -> str:
    """`14:05:09`, in Shanghai."""
    return "—" if value is None else _local(value).strftime("%H:%M:%S")


def percent(value: float | Decimal | None) -> str:
    """A ratio as percent with one decimal."""
    return "—" if value is None else f"{Decimal(str(value)) * 100:.1f}%"


def group_patent_number(number: str) -> str:
    """`CN 2020 1 0123456.7` for reading; other numbers as they are."""
    digits, _, check = number.partition(".")
    year_digits = {12: 4, 8: 2}.get(len(digits)) if digits.isdigit() else None
    if year_digits is None:
        return number
    grouped = f"{digits[:year_digits]} {digits[year_digits]} {digits[year_digits + 1 :]}"
    return f"{grouped}.{check}" if check else grouped


def duration(until: datetime | timedelta | None) -> str:
    """剩余 2 天 3 小时 from a moment (until then) or a length of time."""
    if until is None:
        return "—"
    length = until - current_time() if isinstance(until, datetime) else until
    seconds = max(0, int(length.total_seconds()))
    days, seconds = divmod(seconds, 86_400)
    hours, seconds = divmod(seconds, 3_600)
    minutes, seconds = divmod(seconds, 60)
    parts = [
        ngettext("%(num)d 天", "%(num)d 天", days) if days else "",
        ngettext("%(num)d 小时", "%(num)d 小时", hours) if hours else "",
        ngettext("%(num)d 分钟", "%(num)d 分钟", minutes) if minutes and not days else "",
        ngettext("%(num)d 秒", "%(num)d 秒", seconds) if not (days or hours) else "",
    ]
    return " ".join(part for part in parts if part)


def params_in_words(params: Mapping[str, Any]) -> dict[str, Any]:
    """What a message puts into its places, sentences among it in the reader's language."""
    return {name: in_words(value) for name, value in params.items()}
