"""The operator's list of organisations and their verification."""

from __future__ import annotations

from flask import Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import ColumnElement

from market.accounts import queries, service
from market.accounts.access import current_actor, for_roles
from market.accounts.counties import county_name
from market.accounts.rules import OrganisationKind, Role
from market.accounts.views.blueprint import Answer, blueprint
from market.accounts.views.entering import recently_authenticated
from market.kernel.clock import current_time
from market.kernel.db import transaction
from market.kernel.errors import NotFound
from market.kernel.excel import excel_response
from market.kernel.paging import requested_page


@blueprint.get("/console/organisations")
@for_roles(Role.OPERATOR)
def organisations() -> Answer:
    conditions = _conditions()
    page = requested_page(queries.count_organisations(conditions))
    rows = queries.list_organisations(conditions, limit=page.size, offset=page.offset)
    return render_template("accounts/organisations.html", rows=rows, page=page, kinds=list(OrganisationKind))


@blueprint.get("/console/organisations/export.xlsx")
@for_roles(Role.OPERATOR)
def export_organisations() -> Response:
    rows = queries.list_organisations(_conditions())
    headings = [_("代码"), _("名称"), _("类型"), _("所在县（市、区）"), _("统一社会信用代码"), _("核验时间")]
    values = (
        (row.code, row.name, _(row.kind.label), county_name(row.county_code), row.credit_code, row.verified_at)
        for row in rows
    )
    return excel_response(_("机构"), headings, values)


def _conditions() -> list[ColumnElement[bool]]:
    kind = request.args.get("kind", "")
    known = kind if kind in set(OrganisationKind) else None
    text = request.args.get("text", "").replace("\x00", "")[:100].strip()
    return queries.organisation_filters(known, text, request.args.get("verified"))


@blueprint.post("/console/organisations/<code>/verification")
@for_roles(Role.OPERATOR)
@recently_authenticated
def verify_organisation(code: str) -> Answer:
    with transaction() as database:
        organisation = queries.organisation_by_code(code)
        if organisation is None:
            raise NotFound
        service.verify_organisation(database, current_actor(), organisation.id, now=current_time())
        name = organisation.name
    flash(_("已核验：%(name)s。该机构现在可以申请和竞价。", name=name), "success")
    return redirect(url_for("accounts.organisations"))
