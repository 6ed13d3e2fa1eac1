"""Sign-in, the switch of organisation, the operator's list of organisations."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, Response, flash, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from flask_login import current_user, login_user, logout_user
from sqlalchemy import ColumnElement
from werkzeug.wrappers import Response as BaseResponse

from market.accounts import queries, service
from market.accounts.access import ACTING_KEY, current_actor, for_roles, public, signed_in
from market.accounts.counties import county_name
from market.accounts.forms import SignInForm
from market.accounts.rules import OrganisationKind, Role
from market.accounts.sign_in import SessionUser
from market.kernel.clock import current_time
from market.kernel.db import transaction
from market.kernel.errors import NotFound
from market.kernel.excel import excel_response
from market.kernel.pages import refusals_on
from market.kernel.paging import requested_page

blueprint = Blueprint("accounts", __name__)
Answer = str | BaseResponse | tuple[str, int]


@blueprint.route("/sign-in", methods=["GET", "POST"])
@public
def sign_in() -> Answer:
    form = SignInForm(data={"next": request.args.get("next", "")})
    if form.validate_on_submit():
        with refusals_on(form) as outcome, transaction() as database:
            person = service.sign_in(database, form.email.data, form.password.data)
        if outcome.accepted:
            language = session.get("language")
            session.clear()
            if language:
                session["language"] = language
            session.permanent = True
            login_user(SessionUser(person.id, person.session_version, person.language))
            return redirect(_own_address(form.next.data) or url_for("web.console"))
    status = 422 if request.method == "POST" else 200
    return render_template("accounts/sign_in.html", form=form), status


def _own_address(address: str | None) -> str | None:
    """The address if it is a path of this site; anything that could lead elsewhere is dropped."""
    if not address or not address.startswith("/") or address.startswith("//") or "\\" in address:
        return None
    parts = urlsplit(address)
    has_control = any(ord(character) < 32 for character in address)  # noqa: PLR2004
    return None if parts.scheme or parts.netloc or has_control else address


@blueprint.post("/sign-out")
@signed_in
def sign_out() -> Answer:
    language = session.get("language")
    logout_user()
    session.clear()
    if language:
        session["language"] = language
    return redirect(url_for("web.home"))


@blueprint.post("/acting-as")
@signed_in
def act_as() -> Answer:
    wanted = request.form.get("membership_id", "")
    for membership in queries.memberships_of(current_user.person_id):
        if str(membership.membership_id) == wanted:
            session[ACTING_KEY] = membership.membership_id
            flash(_("您现在代表：%(name)s", name=membership.organisation_name), "success")
            return redirect(url_for("web.console"))
    raise NotFound


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
def verify_organisation(code: str) -> Answer:
    with transaction() as database:
        organisation = queries.organisation_by_code(code)
        if organisation is None:
            raise NotFound
        service.verify_organisation(database, current_actor(), organisation.id, now=current_time())
        name = organisation.name
    flash(_("已核验：%(name)s。该机构现在可以申请和竞价。", name=name), "success")
    return redirect(url_for("accounts.organisations"))
