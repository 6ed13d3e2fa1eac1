"""Sign-in, sign-out, the switch of organisation."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from flask_login import current_user, logout_user

from market.accounts import queries
from market.accounts.access import ACTING_KEY, allowed
from market.accounts.forms import CodeForm, SignInForm
from market.accounts.policy import Act
from market.accounts.security import oidc_client, sessions
from market.accounts.security.rules import TooManyAttempts
from market.accounts.security.sessions import PASSWORD
from market.accounts.views.blueprint import Answer, blueprint
from market.accounts.views.entering import (
    code_is_right,
    enter,
    pass_first_step,
    password_is_right,
    pending_person,
)
from market.accounts.views.passkeys import second_factor_page
from market.kernel.clock import current_time
from market.kernel.db import transaction
from market.kernel.errors import NotFound
from market.kernel.pages import refusals_on


@blueprint.route("/sign-in", methods=["GET", "POST"])
@allowed(Act.ENTER)
def sign_in() -> Answer:
    form = SignInForm(data={"next": request.args.get("next", "")})
    status = 422 if request.method == "POST" else 200
    if form.validate_on_submit():
        with refusals_on(form):
            try:
                person = password_is_right(form.email.data, form.password.data)
                return pass_first_step(person, PASSWORD, form.next.data)
            except TooManyAttempts:
                status = TooManyAttempts.status
                raise
    page = render_template("accounts/sign_in.html", form=form, provider_name=oidc_client.provider_name())
    return page, status


@blueprint.route("/sign-in/second-factor", methods=["GET", "POST"])
@allowed(Act.ENTER)
def second_factor_step() -> Answer:
    """The code after the password."""
    person, method, wanted = pending_person()
    form, status = CodeForm(), 422 if request.method == "POST" else 200
    if form.validate_on_submit():
        with refusals_on(form):
            try:
                code_is_right(person, form.code.data)
                return enter(person, method, wanted)
            except TooManyAttempts:
                status = TooManyAttempts.status
                raise
    return second_factor_page(form, person), status


@blueprint.post("/sign-out")
@allowed(Act.KEEP_OWN_SIGN_IN)
def sign_out() -> Answer:
    with transaction() as database:
        sessions.end_session(database, current_user.person_id, current_user.session_id, current_time())
    language = session.get("language")
    logout_user()
    session.clear()
    if language:
        session["language"] = language
    return redirect(url_for("web.home"))


@blueprint.post("/acting-as")
@allowed(Act.KEEP_OWN_SIGN_IN)
def act_as() -> Answer:
    wanted = request.form.get("membership_id", "")
    for membership in queries.memberships_of(current_user.person_id):
        if str(membership.membership_id) == wanted:
            session[ACTING_KEY] = membership.membership_id
            flash(_("您现在代表：%(name)s", name=membership.organisation_name), "success")
            return redirect(url_for("web.console"))
    raise NotFound
