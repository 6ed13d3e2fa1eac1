"""The operator's list of organisations and their verification."""

from __future__ import annotations

from io import BytesIO

from flask import Response, flash, redirect, render_template, request, send_file, url_for
from flask_babel import gettext as _
from sqlalchemy import ColumnElement

from market.accounts import founding, membership_queries, merging, queries, reviewing, service
from market.accounts.access import allowed, current_actor
from market.accounts.claims import OrganisationClaim
from market.accounts.counties import county_name
from market.accounts.joining_forms import MergeForm, RecordingForm, RejectionForm
from market.accounts.models import Organisation
from market.accounts.policy import Act
from market.accounts.rules import OrganisationKind
from market.accounts.texts import ORGANISATION_TEXTS
from market.accounts.timeline import timeline
from market.accounts.views.blueprint import Answer, blueprint
from market.accounts.views.entering import recently_authenticated
from market.accounts.views.joining import uploaded
from market.kernel.clock import current_time
from market.kernel.db import current_session, transaction
from market.kernel.errors import N_, NotFound
from market.kernel.excel import excel_response
from market.kernel.pages import refusals_on
from market.kernel.paging import requested_page


@blueprint.get("/console/organisations")
@allowed(Act.READ_ORGANISATIONS)
def organisations() -> Answer:
    conditions = _conditions()
    page, order = requested_page(queries.count_organisations(conditions)), queries.ORGANISATION_ORDERS.requested()
    rows = queries.list_organisations(conditions, limit=page.size, offset=page.offset, order=order)
    kinds = list(OrganisationKind)
    return render_template("accounts/organisations.html", rows=rows, page=page, order=order, kinds=kinds)


@blueprint.get("/console/organisations/export.xlsx")
@allowed(Act.READ_ORGANISATIONS)
def export_organisations() -> Response:
    rows = queries.list_organisations(_conditions(), order=queries.ORGANISATION_ORDERS.requested())
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


@blueprint.route("/console/organisations/new", methods=["GET", "POST"])
@allowed(Act.RECORD_ORGANISATION)
@recently_authenticated
def record_organisation() -> Answer:
    form = RecordingForm().offer_kinds(founding.RECORDED_KINDS)
    if form.validate_on_submit():
        claim = OrganisationClaim(kind=OrganisationKind(form.kind.data), **form.claimed())
        code = ""
        with refusals_on(form) as outcome, transaction() as session:
            made = founding.record_organisation(
                session, current_actor(), claim, form.email.data, uploaded(form.evidence.data), now=current_time()
            )
            code = made.code
        if outcome.accepted:
            flash(_("已登记，邀请已发出。请由另一名运营人员核验。"), "success")
            return redirect(url_for("accounts.organisation", code=code))
    page = render_template("accounts/organisation_new.html", form=form)
    return page, 422 if request.method == "POST" else 200


@blueprint.post("/console/organisations/<code>/verification")
@allowed(Act.VERIFY_ORGANISATION)
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


@blueprint.get("/console/organisations/<code>")
@allowed(Act.READ_ORGANISATIONS)
def organisation(code: str) -> Answer:
    return _page(_organisation(code)), 200


def _organisation(code: str) -> Organisation:
    found = queries.organisation_by_code(code)
    if found is None:
        raise NotFound
    return found


def _page(found: Organisation, rejection: RejectionForm | None = None, merge_form: MergeForm | None = None) -> str:
    return render_template(
        "accounts/organisation.html",
        organisation=found,
        kind=OrganisationKind(found.kind),
        former_names=queries.names_of(found.id)[1:],
        members=membership_queries.members_of(found.id),
        reviews=membership_queries.reviews_of(found.id),
        evidence=membership_queries.evidence_of(found.id),
        alike=membership_queries.looks_like(found),
        waits=reviewing.waiting_review(current_session(), found.id) is not None,
        merged_into=current_session().get(Organisation, found.merged_into_id) if found.merged_into_id else None,
        rejection=rejection or RejectionForm(formdata=None),
        events=timeline("organisation", found.id, ORGANISATION_TEXTS),
        merge_form=merge_form or MergeForm(formdata=None, prefix="merge-"),
    )


@blueprint.post("/console/organisations/<code>/rejection")
@allowed(Act.VERIFY_ORGANISATION)
def reject_organisation(code: str) -> Answer:
    found = _organisation(code)
    form = RejectionForm()
    if form.validate_on_submit():
        with refusals_on(form) as outcome, transaction() as session:
            reviewing.reject(session, current_actor(), found.id, form.reason.data or "", now=current_time())
        if outcome.accepted:
            flash(_("已答复申请人。"), "success")
            return redirect(url_for("accounts.organisation", code=code))
    return _page(_organisation(code), rejection=form), 422


@blueprint.post("/console/organisations/<code>/merge")
@allowed(Act.MERGE_ORGANISATIONS)
def merge_organisation(code: str) -> Answer:
    found = _organisation(code)
    form = MergeForm(prefix="merge-")
    if form.validate_on_submit():
        with refusals_on(form) as outcome, transaction() as session:
            target = queries.organisation_by_code(form.into.data)
            if target is None:
                raise merging.MergeRefused("merge.unknown", N_("没有这个代码的机构。"), field="into")
            merging.merge(session, current_actor(), found.id, target.id, reason=form.reason.data, now=current_time())
            name, target_code = target.name, target.code
        if outcome.accepted:
            flash(_("已并入：%(name)s。", name=name), "success")
            return redirect(url_for("accounts.organisation", code=target_code))
    return _page(_organisation(code), merge_form=form), 422


@blueprint.get("/console/organisations/<code>/evidence/<int:evidence_id>")
@allowed(Act.READ_ORGANISATIONS)
def evidence(code: str, evidence_id: int) -> Response:
    file = membership_queries.evidence_file(_organisation(code).id, evidence_id)
    if file is None:
        raise NotFound
    return send_file(
        BytesIO(file.content), mimetype=file.media_type, as_attachment=True, download_name=file.name, max_age=0
    )
