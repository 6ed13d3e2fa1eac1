"""Sign-in, sign-out, the switch of organisation."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import flash, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from flask_login import current_user, login_user, logout_user

from market.accounts import queries, service
from market.accounts.access import ACTING_KEY, public, signed_in
from market.accounts.forms import SignInForm
from market.accounts.sign_in import SessionUser
from market.accounts.views.blueprint import Answer, blueprint
from market.kernel.db import transaction
from market.kernel.errors import NotFound
from market.kernel.pages import refusals_on


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
