"""The register: list, Excel, one achievement, what the officer states about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Response, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from market.accounts.access import allowed, current_actor
from market.accounts.policy import Act, may
from market.achievements import queries, service
from market.achievements.access import achievement_for
from market.achievements.forms import OwnershipForm, StatusForm
from market.achievements.importing.columns import Column
from market.achievements.queries import HappenedView, RegisterFilters
from market.achievements.views.blueprint import Answer, blueprint
from market.achievements.vocabulary import PATENT_KINDS, AchievementKind, LegalStatus, OwnershipStatus
from market.kernel.clock import current_time, local_date
from market.kernel.db import current_session, transaction
from market.kernel.errors import NotFound
from market.kernel.excel import excel_response
from market.kernel.pages import refusals_on
from market.kernel.paging import address_with, requested_page

PAGE_SIZES = (25, 50, 100)
_YEARS = range(1985, 2200)
_TEXT_CHARACTERS = 200


def _filters() -> RegisterFilters:
    given = request.args
    kind, ownership, year = given.get("kind", ""), given.get("ownership", ""), given.get("year", "")
    sort, state = given.get("sort", ""), given.get("state", "")
    known_year = int(year) if year.isascii() and year.isdigit() and len(year) == 4 else None  # noqa: PLR2004
    return RegisterFilters(
        text=given.get("text", "").replace("\x00", "")[:_TEXT_CHARACTERS].strip(),
        kind=AchievementKind(kind) if kind in set(AchievementKind) else None,
        state=state if state in queries.STATES else None,
        ownership=OwnershipStatus(ownership) if ownership in set(OwnershipStatus) else None,
        is_listed={"yes": True, "no": False}.get(given.get("listed", "")),
        year=known_year if known_year in _YEARS else None,
        sort=sort if sort in queries.SORTS else "filed",
        is_descending=given.get("order", "desc") != "asc",
    )


def _page_size() -> int:
    size = request.args.get("size", "")
    return int(size) if size in {str(known) for known in PAGE_SIZES} else PAGE_SIZES[0]


@blueprint.get("/console/register")
@allowed(Act.READ_REGISTER)
def register() -> Answer:
    actor, today, filters = current_actor(), local_date(current_time()), _filters()
    page = requested_page(queries.count_register(actor.organisation_id, filters, today), _page_size())
    rows = queries.register_rows(actor.organisation_id, filters, today, limit=page.size, offset=page.offset)
    return render_template(
        "achievements/register.html",
        rows=rows,
        page=page,
        filters=filters,
        is_filtered=any(request.args.get(name) for name in ("text", "kind", "state", "ownership", "listed", "year")),
        counts=queries.register_counts(actor.organisation_id, today),
        years=queries.filing_years(actor.organisation_id),
        kinds=[kind for kind in AchievementKind if kind in PATENT_KINDS],
        ownerships=list(OwnershipStatus),
        sizes=PAGE_SIZES,
        sort_links=_sort_links(filters),
        export_url=f"{url_for('achievements.export_register')}?{request.query_string.decode(errors='replace')}",
        may_write=may(actor, Act.KEEP_REGISTER),
        today=today,
    )


@dataclass(frozen=True)
class SortLink:
    """Where a heading leads, and how the list is sorted by it now."""

    url: str
    direction: str | None


def _sort_links(filters: RegisterFilters) -> dict[str, SortLink]:
    links = {}
    for name in queries.SORTS:
        is_current = name == filters.sort
        turned = "asc" if is_current and filters.is_descending else "desc"
        direction = ("descending" if filters.is_descending else "ascending") if is_current else None
        links[name] = SortLink(address_with(sort=name, order=turned), direction)
    return links


@blueprint.get("/console/register/export.xlsx")
@allowed(Act.READ_REGISTER)
def export_register() -> Response:
    actor, today = current_actor(), local_date(current_time())
    headings = [_(column.label) for column in Column]
    headings[:3] = [_("申请号"), _("名称"), _("申请人")]
    headings += [_("类型"), _("推定届满日"), _("状态"), _("权属"), _("挂牌编号"), _("挂牌状态")]
    rows = queries.iterate_register(actor.organisation_id, _filters(), today)
    return excel_response(_("成果台账"), headings, map(_export_line, rows))


def _export_line(row: queries.RegisterRow) -> Sequence[Any]:
    return (
        row.number,
        row.title,
        row.applicants,
        row.inventors,
        row.filing_date,
        row.publication_number,
        row.main_class,
        row.abstract,
        _(row.kind.label),
        row.expires_on,
        _(row.state.label) if row.state else None,
        _(row.ownership.label),
        row.listing.number if row.listing else None,
        _(row.listing.state_label) if row.listing else None,
    )


@blueprint.get("/console/register/<int:achievement_id>")
@allowed(Act.READ_REGISTER)
def detail(achievement_id: int) -> Answer:
    return _detail_page(achievement_id, OwnershipForm(), StatusForm())


@blueprint.post("/console/register/<int:achievement_id>/ownership")
@allowed(Act.KEEP_REGISTER)
def confirm_ownership(achievement_id: int) -> Answer:
    achievement_for(current_session(), current_actor(), achievement_id)
    form = OwnershipForm()
    if form.validate_on_submit():
        with refusals_on(form) as outcome, transaction() as session:
            service.confirm_ownership(
                session, current_actor(), achievement_id, reason=form.reason.data, now=current_time()
            )
        if outcome.accepted:
            flash(_("已记录权属依据，这项成果现在可以挂牌。"), "success")
            return redirect(url_for("achievements.detail", achievement_id=achievement_id))
    return _detail_page(achievement_id, form, StatusForm(formdata=None)), 422


@blueprint.post("/console/register/<int:achievement_id>/rights/<int:right_id>/status")
@allowed(Act.KEEP_REGISTER)
def confirm_status(achievement_id: int, right_id: int) -> Answer:
    view = queries.achievement_view(
        achievement_for(current_session(), current_actor(), achievement_id), local_date(current_time())
    )
    if right_id not in {right.right_id for right in view.rights}:
        raise NotFound
    form = StatusForm()
    if form.validate_on_submit():
        status = LegalStatus(form.status.data)
        with refusals_on(form) as outcome, transaction() as session:
            service.confirm_legal_status(
                session, current_actor(), right_id, status, reason=form.reason.data, now=current_time()
            )
        if outcome.accepted:
            flash(_("已记录法律状态：%(status)s。", status=_(status.label)), "success")
            return redirect(url_for("achievements.detail", achievement_id=achievement_id))
    return _detail_page(achievement_id, OwnershipForm(formdata=None), form, right_id), 422


def _detail_page(
    achievement_id: int, ownership_form: OwnershipForm, status_form: StatusForm, open_right_id: int | None = None
) -> str:
    actor = current_actor()
    achievement = achievement_for(current_session(), actor, achievement_id)
    view = queries.achievement_view(achievement, local_date(current_time()))
    return render_template(
        "achievements/detail.html",
        achievement=view,
        happened=[_line(event) for event in queries.happened_to(achievement_id)],
        ownership_form=ownership_form,
        status_form=status_form,
        open_right_id=open_right_id,
        may_write=may(actor, Act.KEEP_REGISTER),
        listing_url=_listing_url(view) if may(actor, Act.WRITE_LISTING) else None,
    )


def _listing_url(view: queries.AchievementView) -> str | None:
    if view.listing is not None or view.refusals or "listings.new" not in current_app.view_functions:
        return None
    return url_for("listings.new", achievement=view.id)


@dataclass(frozen=True)
class TimelineLine:
    """One line of the timeline, as the macro wants it."""

    at: datetime
    actor: str | None
    text: str
    reason: str | None
    rule: str | None = None


def _line(event: HappenedView) -> TimelineLine:
    return TimelineLine(event.at, event.actor, _sentence(event), event.reason, _rule(event))


def _sentence(event: HappenedView) -> str:
    if event.action == "achievement.registered":
        return str(_("登记入册（从文件导入）") if event.payload.get("import_run_id") else _("登记入册"))
    if event.action == "achievement.changed":
        fields = "、".join(_field_label(name) for name in event.payload.get("fields", {}))
        return str(_("内容更新：%(fields)s", fields=fields))
    if event.action == "achievement.ownership_confirmed":
        return str(_("说明权属依据"))
    if event.action == "achievement.status_confirmed":
        status = _(LegalStatus(event.state_after or "unknown").label)
        return str(_("确认法律状态：%(status)s", status=status))
    return event.action


def _field_label(name: str) -> str:
    return str(_("权属") if name == "ownership_status" else _(Column(name).label))


def _rule(event: HappenedView) -> str | None:
    if event.action == "achievement.ownership_confirmed":
        return str(_("促进科技成果转化法第十八条；浙江省促进科技成果转化条例第十五条"))
    return str(_("专利法第四十四条")) if event.action == "achievement.status_confirmed" else None
