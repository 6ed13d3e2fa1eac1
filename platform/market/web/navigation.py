"""Halls of the portal and the console's left navigation by role. A hall appears when its page exists."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import current_app, request, url_for
from flask_babel import gettext

from market.accounts.access import declared_policy
from market.accounts.rules import Actor
from market.kernel.errors import N_


@dataclass(frozen=True)
class Hall:
    """One word of the header; marked as current on every address that begins with one of the prefixes."""

    label: str
    endpoint: str
    prefixes: tuple[str, ...]


@dataclass(frozen=True)
class ConsoleEntry:
    """One line of the console's navigation; shown to whoever the route's own declaration admits."""

    section: str
    label: str
    endpoint: str
    icon: str


HALLS = (
    Hall(N_("成果大厅"), "search.results", ("/listings",)),
    Hall(N_("竞价大厅"), "auctions.hall", ("/lots",)),
    Hall(N_("公示公告"), "portal.announcements", ("/announcements", "/publicities/", "/open-list")),
    Hall(N_("机构"), "portal.institutions", ("/institutions",)),
)

WORK, SUPPLY, TRADE, BUREAU, OPERATION = N_("工作台"), N_("成果"), N_("交易"), N_("监管"), N_("运营")

CONSOLE = (
    ConsoleEntry(WORK, N_("待办"), "web.console", "list-check"),
    ConsoleEntry(WORK, N_("通知"), "notifications.inbox", "bell"),
    ConsoleEntry(WORK, N_("登录安全"), "accounts.security", "lock"),
    ConsoleEntry(WORK, N_("本单位"), "accounts.own_organisation", "building"),
    ConsoleEntry(WORK, N_("登记事项"), "accounts.particulars", "file-text"),
    ConsoleEntry(SUPPLY, N_("成果台账"), "achievements.register", "book"),
    ConsoleEntry(SUPPLY, N_("导入"), "achievements.imports", "upload"),
    ConsoleEntry(SUPPLY, N_("挂牌"), "listings.index", "tag"),
    ConsoleEntry(TRADE, N_("公开提问"), "enquiries.questions", "message"),
    ConsoleEntry(TRADE, N_("咨询"), "enquiries.enquiries", "mail"),
    ConsoleEntry(TRADE, N_("关注"), "enquiries.watches", "star"),
    ConsoleEntry(TRADE, N_("保存的检索"), "saved_searches.index", "search"),
    ConsoleEntry(TRADE, N_("申请"), "deals.applications", "send"),
    ConsoleEntry(TRADE, N_("交易"), "deals.deals", "arrows-exchange"),
    ConsoleEntry(TRADE, N_("竞价标的"), "auctions.index", "gavel"),
    ConsoleEntry(BUREAU, N_("数量监测"), "monitoring.volumes", "chart-bar"),
    ConsoleEntry(BUREAU, N_("答复情况"), "enquiries.replies", "clock"),
    ConsoleEntry(BUREAU, N_("举报"), "reports.index", "alert-triangle"),
    ConsoleEntry(BUREAU, N_("评价得分"), "evaluation.scores", "medal"),
    ConsoleEntry(BUREAU, N_("本单位评价"), "evaluation.own_score", "medal"),
    ConsoleEntry(OPERATION, N_("机构核验"), "accounts.organisations", "building"),
    ConsoleEntry(OPERATION, N_("机构登记事项"), "accounts.statement_list", "file-text"),
    ConsoleEntry(OPERATION, N_("审计日志"), "audit.log", "book"),
    ConsoleEntry(OPERATION, N_("紧急查看"), "audit.break_glass", "alert-triangle"),
    ConsoleEntry(OPERATION, N_("人员和角色"), "operations.people", "users"),
    ConsoleEntry(OPERATION, N_("参数"), "operations.parameters", "settings"),
    ConsoleEntry(OPERATION, N_("同义词"), "synonyms.index", "search"),
    ConsoleEntry(OPERATION, N_("节假日"), "operations.holidays", "calendar"),
    ConsoleEntry(OPERATION, N_("运行状态"), "operations.overview", "database"),
)


def console_sections(actor: Actor) -> list[dict[str, Any]]:
    """Sections with the entries that this actor may open, in order."""
    entries = [(entry, url_for(entry.endpoint)) for entry in CONSOLE if _is_open_to(actor, entry)]
    around = [address for entry, address in entries if entry.endpoint != "web.console"]
    # the scores lie below the volumes: only the nearest entry is the active one
    active = max((address for address in around if f"{request.path}/".startswith(f"{address}/")), key=len, default=None)
    sections: dict[str, list[dict[str, Any]]] = {}
    for entry, address in entries:
        is_active = address == (active or request.path)
        sections.setdefault(entry.section, []).append(
            {"label": gettext(entry.label), "url": address, "active": is_active, "icon": entry.icon, "count": None}
        )
    return [{"title": gettext(title), "items": items} for title, items in sections.items()]


def _is_open_to(actor: Actor, entry: ConsoleEntry) -> bool:
    if entry.endpoint not in current_app.view_functions:
        return False
    policy = declared_policy(entry.endpoint)
    return policy is not None and policy.admits(actor, is_signed_in=True)
