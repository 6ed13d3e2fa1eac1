"""A person's own sign-in security: where she is signed in, authenticator, recovery codes."""

from __future__ import annotations

from flask import Response, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user

from market.accounts.access import allowed
from market.accounts.forms import CodeForm
from market.accounts.policy import Act
from market.accounts.security import oidc, oidc_client, passkeys, second_factor, sessions
from market.accounts.texts import PERSON_TEXTS
from market.accounts.timeline import timeline
from market.accounts.views.blueprint import Answer, blueprint
from market.accounts.views.entering import is_recent, recently_authenticated
from market.kernel.clock import current_time
from market.kernel.db import transaction
from market.kernel.errors import NotFound
from market.kernel.pages import refusals_on

LATEST_EVENTS = 50


@blueprint.get("/console/security")
@allowed(Act.KEEP_OWN_SIGN_IN)
def security() -> Answer:
    person_id, now, provider_name = current_user.person_id, current_time(), oidc_client.provider_name()
    return render_template(
        "accounts/security.html",
        sessions=sessions.sessions_of(person_id, current_user.session_id, now),
        factor=second_factor.state_of(person_id),
        needs_second_factor=current_user.needs_second_factor,
        events=timeline("person", person_id, PERSON_TEXTS, limit=LATEST_EVENTS),
        is_recent=is_recent(),
        passkeys=passkeys.passkeys_of(person_id),
        provider_name=provider_name,
        provider=oidc.state_of(person_id, oidc_client.issuer()) if provider_name else None,
    )


@blueprint.post("/console/security/sessions/<int:session_id>/ending")
@allowed(Act.KEEP_OWN_SIGN_IN)
def security_end_session(session_id: int) -> Answer:
    with transaction() as database:
        sessions.end_session(database, current_user.person_id, session_id, current_time())
    flash(_("该设备已退出登录。"), "success")
    return redirect(url_for("accounts.security"))


@blueprint.post("/console/security/sessions/ending")
@allowed(Act.KEEP_OWN_SIGN_IN)
def security_end_other_sessions() -> Answer:
    with transaction() as database:
        sessions.end_other_sessions(database, current_user.person_id, current_user.session_id, current_time())
    flash(_("其他设备都已退出登录。"), "success")
    return redirect(url_for("accounts.security"))


@blueprint.post("/console/security/proof")
@allowed(Act.KEEP_OWN_SIGN_IN)
@recently_authenticated
def security_prove() -> Answer:
    """Only asks for the password again, so that what follows need not."""
    return redirect(url_for("accounts.security"))


@blueprint.get("/console/security/second-factor")
@allowed(Act.KEEP_OWN_SIGN_IN)
def security_second_factor() -> Answer:
    return _set_up_page(CodeForm(), 200)


def _set_up_page(form: CodeForm, status: int) -> Answer:
    secret = second_factor.waiting_secret(current_user.person_id)
    if secret is None:
        return redirect(url_for("accounts.security"))
    groups = [secret[start : start + 4] for start in range(0, len(secret), 4)]
    return render_template("accounts/second_factor.html", form=form, groups=groups), status


@blueprint.get("/console/security/second-factor/qr.svg")
@allowed(Act.KEEP_OWN_SIGN_IN)
def security_qr() -> Response:
    secret = second_factor.waiting_secret(current_user.person_id)
    if secret is None:
        raise NotFound
    picture = Response(second_factor.qr_picture(secret, current_user.email), mimetype="image/svg+xml")
    picture.headers["Cache-Control"] = "no-store"
    return picture


@blueprint.post("/console/security/second-factor")
@allowed(Act.KEEP_OWN_SIGN_IN)
@recently_authenticated
def security_begin_second_factor() -> Answer:
    with transaction() as database:
        second_factor.begin(database, current_user.person_id, current_time())
    return redirect(url_for("accounts.security_second_factor"))


@blueprint.post("/console/security/second-factor/confirmation")
@allowed(Act.KEEP_OWN_SIGN_IN)
@recently_authenticated
def security_confirm_second_factor() -> Answer:
    form = CodeForm()
    if form.validate_on_submit():
        with refusals_on(form) as outcome, transaction() as database:
            codes = second_factor.confirm(database, current_user.person_id, form.code.data, current_time())
        if outcome.accepted:
            return _codes_page(codes)
    return _set_up_page(form, 422)


@blueprint.post("/console/security/recovery-codes")
@allowed(Act.KEEP_OWN_SIGN_IN)
@recently_authenticated
def security_renew_codes() -> Answer:
    with transaction() as database:
        codes = second_factor.renew_recovery_codes(database, current_user.person_id, current_time())
    return _codes_page(codes)


def _codes_page(codes: list[str]) -> Answer:
    answer = Response(render_template("accounts/recovery_codes.html", codes=codes))
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.post("/console/security/second-factor/removal")
@allowed(Act.KEEP_OWN_SIGN_IN)
@recently_authenticated
def security_remove_second_factor() -> Answer:
    with transaction() as database:
        second_factor.remove(database, current_user.person_id, current_time())
    flash(_("身份验证器已停用。"), "success")
    return redirect(url_for("accounts.security"))
