"""Sign-in by an identity provider: the way there, the way back, and the person's own say over it."""

from __future__ import annotations

import hmac
from datetime import UTC, datetime
from typing import Any

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
    check_proof,
)
from market.accounts.security.rules import TooManyAttempts
from market.accounts.views.blueprint import Answer, blueprint
from market.accounts.views.entering import current_visit, enter, own_address, pass_first_step, recently_authenticated
from market.kernel.clock import current_time
from market.kernel.db import transaction
from market.kernel.errors import NotFound
from market.kernel.pages import refusals_on

DEPARTURE_KEY = "oidc_departure"
PROOF_KEY = "oidc_proof"
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
        session[DEPARTURE_KEY] = _kept(departure, now) | {"next": own_address(request.args.get("next")) or ""}
        return redirect(departure.address)
    return _page(form), 503


@blueprint.get("/console/security/provider/proof")
@allowed(Act.KEEP_OWN_SIGN_IN)
def security_provider_proof() -> Answer:
    """Off to the provider, which asks anew who she is; opened beside the page whose form waits."""
    _require_provider()
    if not oidc.is_usable(current_user.person_id, oidc_client.issuer()):
        raise NotFound
    form, now = SignInForm(formdata=None), current_time()
    with refusals_on(form) as outcome:
        departure = oidc_client.depart(now, is_proof=True)
    if outcome.accepted:
        session[PROOF_KEY] = _kept(departure, now) | {"person": current_user.person_id}
        return redirect(departure.address)
    return _proof_page(form), 503


def _kept(departure: oidc_client.Departure, now: datetime) -> dict[str, Any]:
    """What this browser's session keeps until the answer."""
    return {
        "state": departure.state,
        "nonce": departure.nonce,
        "verifier": departure.verifier,
        "at": now.timestamp(),
    }


@blueprint.get("/sign-in/provider/answer")
@allowed(Act.ENTER)
def provider_answer() -> Answer:
    """Back from the provider; an answer is taken once, in the browser that left."""
    _require_provider()
    if _is_answer_to(PROOF_KEY):
        return _take_proof()
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


def _take_proof() -> Answer:
    """Her proof counts for the session that asked for it, like a password typed again."""
    form, status = SignInForm(formdata=None), 422
    with refusals_on(form) as outcome:
        try:
            _prove(_departure(PROOF_KEY))
        except (ProviderRefused, TooManyAttempts) as refusal:
            status = refusal.status
            raise
    return _proof_page(form), 200 if outcome.accepted else status


def _prove(departure: dict[str, Any]) -> None:
    visit, now = current_visit(), current_time()
    if not current_user.is_authenticated or current_user.person_id != departure["person"]:
        raise AnswerUnexpected
    with transaction() as database:
        attempt = attempts.begin_without_account(database, visit, now)
    try:
        claims = _redeemed(departure, now)
        check_proof(claims, datetime.fromtimestamp(departure["at"], UTC), now)
        with transaction() as database:
            oidc.prove(database, current_user.person_id, claims, now)
            attempts.succeed(database, attempt)
            sessions.authenticated_again(database, current_user.person_id, current_user.session_id, now)
    except ProviderRefused as refusal:
        with transaction() as database:
            sessions.record_refused(database, current_user.email, visit, now, method=METHOD, reason=refusal.code)
        raise


def _proof_page(form: SignInForm) -> str:
    return render_template("accounts/provider_proof.html", form=form, provider_name=oidc_client.provider_name())


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


def _is_answer_to(key: str) -> bool:
    departure: dict[str, Any] = session.get(key) or {}
    state = request.args.get("state", "")
    return bool(departure) and hmac.compare_digest(departure["state"].encode(), state.encode())


def _departure(key: str = DEPARTURE_KEY) -> dict[str, Any]:
    """What this answer belongs to, which is over with that. Raises AnswerUnexpected or ProviderDenied."""
    is_awaited = _is_answer_to(key)
    departure: dict[str, Any] = session.pop(key, None) or {}
    if not is_awaited or current_time().timestamp() - departure["at"] > ANSWERED_WITHIN.total_seconds():
        raise AnswerUnexpected
    given_issuer = request.args.get("iss")
    if given_issuer is not None and given_issuer != oidc_client.issuer():
        raise AnswerUnexpected
    if not 0 < len(request.args.get("code", "")) <= LONGEST_ANSWER or "error" in request.args:
        raise ProviderDenied
    return dict(departure)


def _redeemed(departure: dict[str, Any], now: datetime) -> ProviderClaims:
    return oidc_client.redeem(request.args["code"], nonce=departure["nonce"], verifier=departure["verifier"], now=now)


def _come_in(departure: dict[str, Any]) -> tuple[Person, ProviderClaims]:
    """The person behind the code; counted, and written down when refused."""
    visit, now = current_visit(), current_time()
    with transaction() as database:
        attempt = attempts.begin_without_account(database, visit, now)
    email = ""
    try:
        claims = _redeemed(departure, now)
        email = claims.email or ""
        with transaction() as database:
            person = oidc.person_for(database, claims, now)
            attempts.succeed(database, attempt)
    except ProviderRefused as refusal:
        with transaction() as database:
            sessions.record_refused(database, email, visit, now, method=METHOD, reason=refusal.code)
        raise
    return person, claims
