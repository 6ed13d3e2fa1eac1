"""Sign-up with an organisation, a new password, and the links in mails that lead there."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, session, url_for
from flask_babel import get_locale
from flask_babel import gettext as _
from werkzeug.datastructures import FileStorage

from market.accounts import joining, links
from market.accounts.access import allowed
from market.accounts.joining import Applicant
from market.accounts.joining_forms import AddressForm, NewPasswordForm, SignUpForm
from market.accounts.policy import Act
from market.accounts.reviewing import MAXIMUM_BYTES, EvidenceFile
from market.accounts.rules import LinkPurpose, OrganisationKind
from market.accounts.views.blueprint import Answer, blueprint
from market.kernel.clock import current_time
from market.kernel.db import current_session, transaction
from market.kernel.pages import refusals_on


@blueprint.route("/sign-up", methods=["GET", "POST"])
@allowed(Act.ENTER)
def sign_up() -> Answer:
    form = AddressForm()
    if form.validate_on_submit():
        with refusals_on(form) as outcome, transaction() as database:
            joining.request_sign_up(database, form.email.data, language=_language(), now=current_time())
        if outcome.accepted:
            return render_template("accounts/link_sent.html", minutes=24 * 60)
    return render_template("accounts/sign_up.html", form=form), _status()


@blueprint.route("/sign-up/<token>", methods=["GET", "POST"])
@allowed(Act.ENTER)
def complete_sign_up(token: str) -> Answer:
    email = _address_behind(token, LinkPurpose.SIGN_UP)
    form = SignUpForm()
    if form.validate_on_submit():
        with refusals_on(form) as outcome, transaction() as database:
            joining.sign_up(database, token, _applicant(form), uploaded(form.evidence.data), now=current_time())
        if outcome.accepted:
            flash(_("注册成功。请登录；平台运营核验机构之后会通知您。"), "success")
            return redirect(url_for("accounts.sign_in"))
    return render_template("accounts/sign_up_form.html", form=form, email=email, token=token), _status()


@blueprint.route("/password-reset", methods=["GET", "POST"])
@allowed(Act.ENTER)
def request_new_password() -> Answer:
    form = AddressForm()
    if form.validate_on_submit():
        with refusals_on(form) as outcome, transaction() as database:
            joining.request_new_password(database, form.email.data, now=current_time())
        if outcome.accepted:
            return render_template("accounts/link_sent.html", minutes=60)
    return render_template("accounts/password_reset.html", form=form), _status()


@blueprint.route("/password-reset/<token>", methods=["GET", "POST"])
@allowed(Act.ENTER)
def set_new_password(token: str) -> Answer:
    email = _address_behind(token, LinkPurpose.RESET_PASSWORD)
    form = NewPasswordForm()
    if form.validate_on_submit():
        with refusals_on(form) as outcome, transaction() as database:
            joining.set_new_password(database, token, form.password.data, now=current_time())
        if outcome.accepted:
            language = session.get("language")
            session.clear()
            if language:
                session["language"] = language
            flash(_("密码已修改，请用新密码登录。"), "success")
            return redirect(url_for("accounts.sign_in"))
    return render_template("accounts/new_password.html", form=form, email=email, token=token), _status()


def uploaded(file: FileStorage | None) -> EvidenceFile | None:
    """What was uploaded, read up to just beyond the limit; None when no file was chosen."""
    if file is None or not file.filename:
        return None
    try:
        return EvidenceFile(file.filename.replace("\x00", ""), file.stream.read(MAXIMUM_BYTES + 1))
    finally:
        file.close()


def _address_behind(token: str, purpose: LinkPurpose) -> str:
    return links.find(current_session(), token, purpose, now=current_time()).email


def _status() -> int:
    return 422 if request.method == "POST" else 200


def _language() -> str:
    return "en" if str(get_locale()).startswith("en") else "zh"


def _applicant(form: SignUpForm) -> Applicant:
    return Applicant(
        display_name=form.display_name.data,
        password=form.password.data,
        kind=OrganisationKind(form.kind.data),
        **form.claimed(),
        language=_language(),
    )
