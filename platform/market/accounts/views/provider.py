"""Sign-in by an identity provider: the way there, the way back, and the person's own say over it."""

from __future__ import annotations

import hmac

from flask import flash, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from flask_login import current_user

from market.accounts.access import allowed
from market.accounts.forms import SignInForm
from market.accounts.models import Person
from market.accounts.policy import Act
from market.accounts.security import attempts, oidc, oidc_client, sessions
from market.accounts.security.oidc_rules import (
    ANSWERED_WITHIN,
    METHOD,
    METHOD_WITH_SECOND_FACTOR,
    AnswerUnexpected,
    ProviderClaims,
    ProviderDenied,
    ProviderRefused,
)
from market.accounts.security.rules import TooManyAttempts
from market.accounts.views.blueprint import Answer, blueprint
from market.accounts.views.entering import current_visit, enter, own_address, pass_first_step, recently_authenticated
from market.kernel.clock import current_time
from market.kernel.db import transaction
from market.kernel.errors import NotFound
from market.kernel.pages import refusals_on

DEPARTURE_KEY = "oidc_departure"
LONGEST_ANSWER = 4096


@blueprint.get("/sign-in/provider")
@allowed(Act.ENTER)
def provider_sign_in() -> Answer:
    """Off to the provider."""
    _require_provider()
    form, now = SignInForm(formdata=None, data={"next": request.args.get("next", "")}), current_time()
    with refusals_on(form) as outcome:
        departure = oidc_client.depart(now)
    if outcome.accepted:
        session[DEPARTURE_KEY] = {
            "state": departure.state,
            "nonce": departure.nonce,
            "verifier": departure.verifier,
            "at": now.timestamp(),
            "next": own_address(request.args.get("next")) or "",
        }
        return redirect(departure.address)
    return _page(form), 503


@blueprint.get("/sign-in/provider/answer")
@allowed(Act.ENTER)
def provider_answer() -> Answer:
    """Back from the provider; an answer is taken once, in the browser that left."""
    _require_provider()
    form, status = SignInForm(formdata=None), 422
    with refusals_on(form) as outcome:
        try:
            departure = _departure()
            person, claims = _come_in(departure)
        except (ProviderRefused, TooManyAttempts) as refusal:
            status = refusal.status
            raise
    if not outcome.accepted:
        return _page(form), status
    if claims.has_second_factor:
        return enter(person, METHOD_WITH_SECOND_FACTOR, departure["next"])
    return pass_first_step(person, METHOD, departure["next"])


@blueprint.post("/console/security/provider/ending")
@allowed(Act.KEEP_OWN_SIGN_IN)
@recently_authenticated
def security_end_provider() -> Answer:
    _require_provider()
    with transaction() as database:
        oidc.end(database, current_user.person_id, oidc_client.issuer(), current_time())
    flash(_("已停用，这个账号不能再用来登录。"), "success")
    return redirect(url_for("accounts.security"))


@blueprint.post("/console/security/provider/restoration")
@allowed(Act.KEEP_OWN_SIGN_IN)
@recently_authenticated
def security_restore_provider() -> Answer:
    _require_provider()
    with transaction() as database:
        oidc.restore(database, current_user.person_id, oidc_client.issuer(), current_time())
    flash(_("已恢复，可以再用这个账号登录。"), "success")
    return redirect(url_for("accounts.security"))


def _require_provider() -> None:
    if oidc_client.provider_name() is None:
        raise NotFound


def _page(form: SignInForm) -> str:
    return render_template("accounts/sign_in.html", form=form, provider_name=oidc_client.provider_name())


def _departure() -> dict[str, str]:
    """The sign-in that this answer belongs to, which is over with that. Raises AnswerUnexpected or ProviderDenied."""
    departure = session.pop(DEPARTURE_KEY, None)
    state = request.args.get("state", "")
    if not departure or not hmac.compare_digest(departure["state"].encode(), state.encode()):
        raise AnswerUnexpected
    if current_time().timestamp() - departure.pop("at") > ANSWERED_WITHIN.total_seconds():
        raise AnswerUnexpected
    given_issuer = request.args.get("iss")
    if given_issuer is not None and given_issuer != oidc_client.issuer():
        raise AnswerUnexpected
    if not 0 < len(request.args.get("code", "")) <= LONGEST_ANSWER or "error" in request.args:
        raise ProviderDenied
    return dict(departure)


def _come_in(departure: dict[str, str]) -> tuple[Person, ProviderClaims]:
    """The person behind the code; counted, and written down when refused."""
    visit, now = current_visit(), current_time()
    with transaction() as database:
        attempt = attempts.begin_without_account(database, visit, now)
    email = ""
    try:
        claims = oidc_client.redeem(
            request.args["code"], nonce=departure["nonce"], verifier=departure["verifier"], now=now
        )
        email = claims.email or ""
        with transaction() as database:
            person = oidc.person_for(database, claims, now)
            attempts.succeed(database, attempt)
    except ProviderRefused as refusal:
        with transaction() as database:
            sessions.record_refused(database, email, visit, now, method=METHOD, reason=refusal.code)
        raise
    return person, claims
