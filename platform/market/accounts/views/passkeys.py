"""Passkeys: on the security page, on the sign-in page, after the password, and where a proof is asked for again.

Pages work without them; `static/js/passkeys.js` shows the forms where the browser can answer.
"""

from __future__ import annotations

from typing import Any

from flask import Response, flash, jsonify, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user

from market.accounts.access import allowed
from market.accounts.forms import CodeForm, SignInForm
from market.accounts.models import Person
from market.accounts.passkey_forms import NewPasskeyForm, PasskeyAnswerForm, PasskeyNameForm
from market.accounts.policy import Act
from market.accounts.security import oidc_client, passkeys, second_factor
from market.accounts.security.passkey_protocol import Answer as DeviceAnswer
from market.accounts.security.passkey_rules import PasskeyNotAdded, Purpose, RelyingParty
from market.accounts.security.rules import TooManyAttempts
from market.accounts.security.sessions import add_passkey_to, with_passkey
from market.accounts.views.blueprint import Answer, blueprint
from market.accounts.views.entering import current_visit, enter, is_recent, pending_person, recently_authenticated
from market.accounts.views.passkey_proof import PASSKEY, ask, fresh_question, own_party, proven, required_party
from market.kernel.clock import current_time
from market.kernel.db import current_session, transaction
from market.kernel.errors import N_, NotAllowed
from market.kernel.pages import refusals_on


@blueprint.context_processor
def _passkeys() -> dict[str, RelyingParty | None]:
    return {"passkey_party": own_party()}


def _options(options: dict[str, Any]) -> Response:
    answer = jsonify(options)
    answer.headers["Cache-Control"] = "no-store"
    return answer


# signing in


@blueprint.post("/sign-in/passkey/options")
@allowed(Act.ENTER)
def passkey_options() -> Response:
    """The question to any device that has a key for us."""
    return _options(passkeys.request_options(required_party(), None, ask(Purpose.SIGN_IN)))


@blueprint.post("/sign-in/passkey")
@allowed(Act.ENTER)
def sign_in_with_passkey() -> Answer:
    """In, by a passkey alone: the device is what she has, its PIN or her finger what she knows or is."""
    form, status = PasskeyAnswerForm(), 422
    if form.validate_on_submit():
        with refusals_on(form):
            try:
                person = proven(form.answer.data, Purpose.SIGN_IN, current_visit())
                return enter(person, PASSKEY, form.next.data)
            except TooManyAttempts:
                status = TooManyAttempts.status
                raise
    page = SignInForm(formdata=None, data={"next": form.next.data or ""})
    page.form_errors.extend(form.problems())
    return _sign_in_page(page), status


def _sign_in_page(form: SignInForm) -> str:
    return render_template("accounts/sign_in.html", form=form, provider_name=oidc_client.provider_name())


@blueprint.post("/sign-in/second-factor/passkey/options")
@allowed(Act.ENTER)
def second_factor_passkey_options() -> Response:
    """The question to one of her devices, after the password."""
    person, _method, _wanted = pending_person()
    challenge = ask(Purpose.SECOND_FACTOR, person.id)
    return _options(passkeys.request_options(required_party(), person.id, challenge))


@blueprint.post("/sign-in/second-factor/passkey")
@allowed(Act.ENTER)
def second_factor_with_passkey() -> Answer:
    """A passkey instead of the code after the password."""
    person, method, wanted = pending_person()
    form, status = PasskeyAnswerForm(), 422
    if form.validate_on_submit():
        with refusals_on(form):
            try:
                proven(form.answer.data, Purpose.SECOND_FACTOR, current_visit(), person)
                return enter(person, with_passkey(method), wanted)
            except TooManyAttempts:
                status = TooManyAttempts.status
                raise
    page = CodeForm(formdata=None)
    page.form_errors.extend(form.problems())
    return second_factor_page(page, person), status


def second_factor_page(form: CodeForm, person: Person) -> str:
    """The page between the first proof and the console: a code, a passkey, or both, as she has them."""
    party = own_party() if passkeys.has_any(person.id) else None
    has_codes = second_factor.is_in_force(current_session(), person.id)
    return render_template("accounts/second_factor_step.html", form=form, passkey_party=party, has_codes=has_codes)


# on the security page


@blueprint.post("/console/security/passkeys/proof/options")
@allowed(Act.KEEP_OWN_SIGN_IN)
def security_proof_options() -> Response:
    """The question to one of her devices, before a signature."""
    challenge = ask(Purpose.CONFIRM, current_user.person_id)
    return _options(passkeys.request_options(required_party(), current_user.person_id, challenge))


@blueprint.post("/console/security/passkeys/beginning")
@allowed(Act.KEEP_OWN_SIGN_IN)
@recently_authenticated
def security_begin_passkey() -> Answer:
    required_party()
    return redirect(url_for("accounts.security_new_passkey"))


@blueprint.get("/console/security/passkeys/new")
@allowed(Act.KEEP_OWN_SIGN_IN)
def security_new_passkey() -> Answer:
    if not is_recent():
        return redirect(url_for("accounts.security"))
    return _new_page(NewPasskeyForm(data={"name": current_visit().device})), 200


def _new_page(form: NewPasskeyForm) -> str:
    required_party()
    return render_template("accounts/new_passkey.html", form=form)


@blueprint.post("/console/security/passkeys/options")
@allowed(Act.KEEP_OWN_SIGN_IN)
def security_passkey_options() -> Response:
    """The question to make a key; only for somebody who proved lately who she is."""
    party = required_party()
    if not is_recent():
        raise NotAllowed("passkey.stale_proof", N_("距上次确认身份已有一段时间，请从“登录安全”重新开始。"))
    person = current_session().get_one(Person, current_user.person_id)
    handle = passkeys.handle_of(person.id)
    return _options(passkeys.creation_options(party, person, ask(Purpose.ADD, person.id, handle), handle))


@blueprint.post("/console/security/passkeys")
@allowed(Act.KEEP_OWN_SIGN_IN)
@recently_authenticated
def security_add_passkey() -> Answer:
    form, party = NewPasskeyForm(), required_party()
    if form.validate_on_submit():
        with refusals_on(form) as outcome:
            _add(form, party)
        if outcome.accepted:
            flash(_("通行密钥已添加，下次可以用它登录。"), "success")
            return redirect(url_for("accounts.security"))
    return _new_page(form), 422


def _add(form: NewPasskeyForm, party: RelyingParty) -> None:
    person_id = current_user.person_id
    question = fresh_question(Purpose.ADD, person_id)
    if question is None:
        raise PasskeyNotAdded
    answer = DeviceAnswer(party, form.answer.data, question.challenge, question.handle)
    with transaction() as database:
        passkeys.add(database, person_id, form.name.data, answer, now=current_time())
        add_passkey_to(database, current_user.session_id)


@blueprint.post("/console/security/passkeys/<int:passkey_id>/name")
@allowed(Act.KEEP_OWN_SIGN_IN)
def security_rename_passkey(passkey_id: int) -> Answer:
    form = PasskeyNameForm()
    name = form.name.data if form.validate_on_submit() else None
    with transaction() as database:
        passkeys.rename(database, current_user.person_id, passkey_id, name, now=current_time())
    flash(_("通行密钥已改名。"), "success")
    return redirect(url_for("accounts.security"))


@blueprint.post("/console/security/passkeys/<int:passkey_id>/removal")
@allowed(Act.KEEP_OWN_SIGN_IN)
@recently_authenticated
def security_remove_passkey(passkey_id: int) -> Answer:
    with transaction() as database:
        passkeys.remove(database, current_user.person_id, passkey_id, now=current_time())
    flash(_("通行密钥已移除，不能再用它登录。"), "success")
    return redirect(url_for("accounts.security"))
