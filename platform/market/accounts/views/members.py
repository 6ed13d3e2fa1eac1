"""The own organisation: members, roles, invitations, verification; and the page behind an invitation's link."""

from __future__ import annotations

from flask import Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from market.accounts import claims, members, membership_queries
from market.accounts.access import allowed, current_actor
from market.accounts.claims import OrganisationClaim
from market.accounts.joining_forms import InvitationForm, NewPersonForm, OrganisationForm
from market.accounts.membership_queries import MemberRow
from market.accounts.models import Invitation, Organisation
from market.accounts.policy import Act
from market.accounts.rules import ROLES_OF_KIND, Role
from market.accounts.texts import ORGANISATION_TEXTS
from market.accounts.timeline import timeline
from market.accounts.views.blueprint import Answer, blueprint
from market.accounts.views.entering import recently_authenticated
from market.accounts.views.joining import uploaded
from market.kernel.clock import current_time
from market.kernel.db import current_session, transaction
from market.kernel.errors import N_, NotFound
from market.kernel.lists import Column, requested_choice, requested_words, workbook_of
from market.kernel.pages import refusals_on

ADDRESS: Column[MemberRow] = Column(N_("邮箱"), lambda row: row.email)
MEMBER_COLUMNS: tuple[Column[MemberRow], ...] = (
    Column(N_("姓名"), lambda row: row.person_name),
    ADDRESS,
    Column(N_("角色"), lambda row: _("、").join(_(role.label) for role in row.roles)),
    Column(N_("管理员"), lambda row: _("是") if row.is_administrator else ""),
    Column(N_("加入时间"), lambda row: row.since),
)


@blueprint.get("/console/organisation")
@allowed(Act.READ_OWN_ORGANISATION)
def own_organisation() -> Answer:
    return _page(), 200


def _page(form: InvitationForm | None = None, claim_form: OrganisationForm | None = None) -> str:
    actor = current_actor()
    organisation = current_session().get_one(Organisation, actor.organisation_id)
    return render_template(
        "accounts/own_organisation.html",
        actor=actor,
        organisation=organisation,
        members=_shown_members(),
        order=membership_queries.MEMBER_ORDERS.requested(),
        administrator_count=membership_queries.count_administrators(organisation.id),
        invitations=membership_queries.open_invitations_of(organisation.id, current_time()),
        reviews=membership_queries.reviews_of(organisation.id),
        evidence=membership_queries.evidence_of(organisation.id) if actor.is_administrator else [],
        roles=[role for role in Role if role in ROLES_OF_KIND[actor.organisation_kind]],
        events=timeline("organisation", organisation.id, ORGANISATION_TEXTS),
        form=form or InvitationForm(formdata=None).offer_roles_of(actor.organisation_kind),
        claim_form=claim_form or _claim_form(organisation),
    )


def _shown_members() -> list[MemberRow]:
    """The members as the address asks for them."""
    actor = current_actor()
    words, role = requested_words(), requested_choice(Role, "role")
    conditions = membership_queries.member_conditions(words, role, sees_addresses=actor.is_administrator)
    order = membership_queries.MEMBER_ORDERS.requested()
    return membership_queries.members_of(actor.organisation_id, conditions, order)


@blueprint.get("/console/organisation/members/export.xlsx")
@allowed(Act.READ_OWN_ORGANISATION)
def export_members() -> Response:
    """The list as shown: addresses stand in it for administrators only."""
    columns = [column for column in MEMBER_COLUMNS if column is not ADDRESS or current_actor().is_administrator]
    return workbook_of(_("成员"), columns, _shown_members())


def _claim_form(organisation: Organisation) -> OrganisationForm:
    known = {
        field: getattr(organisation, field) or "" for field in ("credit_code", "county_code", "size_class", "industry")
    }
    return OrganisationForm(formdata=None, data=known | {"organisation_name": organisation.name})


def _back() -> Answer:
    return redirect(url_for("accounts.own_organisation"))


@blueprint.post("/console/organisation/invitations")
@allowed(Act.ADMINISTER_ORGANISATION)
def invite() -> Answer:
    actor = current_actor()
    members.require_administrator(actor)
    form = InvitationForm().offer_roles_of(actor.organisation_kind)
    if form.validate_on_submit():
        with refusals_on(form) as outcome, transaction() as session:
            members.invite(session, actor, form.email.data, Role(form.role.data), now=current_time())
        if outcome.accepted:
            flash(_("邀请已发出，7 天内有效。"), "success")
            return _back()
    return _page(form=form), 422


@blueprint.post("/console/organisation/invitations/<int:invitation_id>/revocation")
@allowed(Act.ADMINISTER_ORGANISATION)
def revoke_invitation(invitation_id: int) -> Answer:
    with transaction() as session:
        members.revoke_invitation(session, current_actor(), invitation_id, now=current_time())
    flash(_("邀请已撤回，链接不再有效。"), "success")
    return _back()


@blueprint.post("/console/organisation/members/<int:membership_id>/roles")
@allowed(Act.ADMINISTER_ORGANISATION)
def set_roles(membership_id: int) -> Answer:
    wanted = [Role(value) for value in request.form.getlist("roles") if value in set(Role)]
    with transaction() as session:
        members.set_roles(session, current_actor(), membership_id, wanted, now=current_time())
    flash(_("角色已保存，立即生效。"), "success")
    return _back()


@blueprint.post("/console/organisation/members/<int:membership_id>/end")
@allowed(Act.ADMINISTER_ORGANISATION)
def end_membership(membership_id: int) -> Answer:
    """Asked for on a page that names what stays behind (`web.leaving`); without its consent, back to it."""
    if request.form.get("confirmed") != "yes":
        if membership_id not in {
            row.membership_id for row in membership_queries.members_of(current_actor().organisation_id)
        }:
            raise NotFound
        return redirect(url_for("web.member_leaving", membership_id=membership_id))
    with transaction() as session:
        members.end_membership(session, current_actor(), membership_id, now=current_time())
    flash(_("已结束这位成员的身份，立即生效。"), "success")
    return redirect(url_for("web.home")) if membership_id == current_actor().membership_id else _back()


@blueprint.post("/console/organisation/members/<int:membership_id>/administrator")
@allowed(Act.ADMINISTER_ORGANISATION)
@recently_authenticated
def appoint_administrator(membership_id: int) -> Answer:
    steps_down = request.form.get("steps_down") == "yes"
    with transaction() as session:
        members.appoint_administrator(
            session, current_actor(), membership_id, steps_down=steps_down, now=current_time()
        )
    sentence = _("已移交，您不再是管理员，立即生效。") if steps_down else _("已设为管理员，立即生效。")
    flash(sentence, "success")
    return _back()


@blueprint.post("/console/organisation/verification")
@allowed(Act.ADMINISTER_ORGANISATION)
def apply_for_verification() -> Answer:
    """Correct what was said of the organisation, add a file, and ask (again) to be verified."""
    actor = current_actor()
    form = OrganisationForm()
    if form.validate_on_submit():
        claim = OrganisationClaim(kind=actor.organisation_kind, **form.claimed())
        with refusals_on(form) as outcome, transaction() as session:
            claims.correct(session, actor, claim, uploaded(form.evidence.data), now=current_time())
        if outcome.accepted:
            flash(_("已提交，平台运营核验后会通知您。"), "success")
            return _back()
    return _page(claim_form=form), 422


@blueprint.route("/invitations/<token>", methods=["GET", "POST"])
@allowed(Act.ENTER)
def invitation(token: str) -> Answer:
    found = members.find_invitation(current_session(), token, now=current_time())
    person = members.person_invited(current_session(), found)
    form = NewPersonForm()
    if request.method == "GET" or (person is None and not form.validate_on_submit()):
        return _invitation_page(found, form, token), 200 if request.method == "GET" else 422
    if person is not None and (not current_user.is_authenticated or current_user.person_id != person.id):
        return redirect(url_for("accounts.sign_in", next=url_for("accounts.invitation", token=token)))
    with refusals_on(form) as outcome, transaction() as session:
        if person is not None:
            members.accept_as(session, token, person.id, now=current_time())
        else:
            name, password = form.display_name.data, form.password.data
            members.accept_as_new_person(session, token, display_name=name, password=password, now=current_time())
    if not outcome.accepted:
        return _invitation_page(found, form, token), 422
    if person is None:
        flash(_("您已加入，请用刚才设置的密码登录。"), "success")
        return redirect(url_for("accounts.sign_in"))
    flash(_("您已加入。可以在页面右上角选择代表哪个机构。"), "success")
    return redirect(url_for("web.console"))


def _invitation_page(found: Invitation, form: NewPersonForm, token: str) -> str:
    person = members.person_invited(current_session(), found)
    is_hers = person is not None and current_user.is_authenticated and current_user.person_id == person.id
    return render_template(
        "accounts/invitation.html",
        form=form,
        token=token,
        email=found.email,
        role=Role(found.role),
        organisation=current_session().get_one(Organisation, found.organisation_id),
        is_known=person is not None,
        is_hers=is_hers,
    )
