"""Coming in: what every way to sign in ends with, and the proof asked for once more before signatures and money."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit

from flask import current_app, g, redirect, render_template, request, session, url_for
from flask_babel import gettext
from flask_login import current_user, login_user
from werkzeug.wrappers import Response

from market.accounts import service
from market.accounts.models import Person
from market.accounts.security import attempts, oidc, oidc_client, passkeys, second_factor, sessions
from market.accounts.security.attempts import Visit
from market.accounts.security.models import SignInSession
from market.accounts.security.passkey_rules import ANSWER_FIELD, LONGEST_ANSWER, Purpose
from market.accounts.security.rules import PENDING_FOR, CodeRefused, SignInExpired, device_name, network_prefix
from market.accounts.service import SignInRefused
from market.accounts.sign_in import SessionUser
from market.accounts.views.passkey_proof import own_party, proven
from market.kernel.clock import current_time
from market.kernel.db import current_session, transaction
from market.kernel.errors import N_, Refusal

View = TypeVar("View", bound=Callable[..., Any])
DEVICE_COOKIE = "kezhuan_device"
DEVICE_SECONDS = 365 * 24 * 3600
PENDING_KEY = "sign_in_pending"
CONFIRM_FIELD = "confirm_password"
NOT_REPEATED = frozenset({"csrf_token", CONFIRM_FIELD, ANSWER_FIELD})


def current_visit() -> Visit:
    """Where this request comes from."""
    token = request.cookies.get(DEVICE_COOKIE, "")
    return Visit(
        network=network_prefix(request.remote_addr),
        device=device_name(request.headers.get("User-Agent", "")[:500]),
        device_token=token if 0 < len(token) <= 100 and token.isascii() else None,  # noqa: PLR2004 - ours have 43
    )


def password_is_right(email: str, password: str) -> Person:
    """The person, after the attempt was counted. Raises TooManyAttempts or SignInRefused, which is written down."""
    visit, now = current_visit(), current_time()
    with transaction() as database:
        attempt = attempts.begin(database, email, visit, now)
    try:
        with transaction() as database:
            person = service.sign_in(database, email, password)
            attempts.succeed(database, attempt)
    except SignInRefused:
        with transaction() as database:
            sessions.record_refused(database, email, visit, now)
        raise
    return person


def pass_first_step(person: Person, method: str, wanted: str | None) -> Response:
    """After the first proof: on to the second factor if there is one, else in."""
    if second_factor.is_asked(current_session(), person.id, current_time()):
        _clear()
        session[PENDING_KEY] = {
            "person": person.id,
            "version": person.session_version,
            "method": method,
            "at": current_time().timestamp(),
            "next": own_address(wanted) or "",
        }
        return redirect(url_for("accounts.second_factor_step"))
    return enter(person, method, wanted)


def pending_person() -> tuple[Person, str, str]:
    """Who passed the first step in this browser, how, and where she wanted to go. Raises SignInExpired."""
    pending = session.get(PENDING_KEY)
    if not pending or current_time().timestamp() - pending["at"] > PENDING_FOR.total_seconds():
        raise SignInExpired
    person = current_session().get(Person, pending["person"])
    if person is None or not person.is_enabled or person.session_version != pending["version"]:
        raise SignInExpired
    return person, pending["method"], pending["next"]


def code_is_right(person: Person, code: str) -> None:
    """The second factor's code, counted like a password. Raises TooManyAttempts or CodeRefused."""
    visit, now = current_visit(), current_time()
    with transaction() as database:
        attempt = attempts.begin(database, f"{person.email} code", visit, now)
    try:
        with transaction() as database:
            second_factor.check(database, person.id, code, now)
            attempts.succeed(database, attempt)
    except CodeRefused:
        with transaction() as database:
            sessions.record_refused(database, person.email, visit, now)
        raise


def enter(person: Person, method: str, wanted: str | None) -> Response:
    """Begin the session, with a fresh cookie, and go where she wanted to go."""
    with transaction() as database:
        opened = sessions.open_session(database, person, current_visit(), method=method, now=current_time())
    _clear()
    session.permanent = True
    row = current_session().get_one(SignInSession, opened.session_id)
    login_user(SessionUser(person, row, opened.token))
    answer = redirect(own_address(wanted) or url_for("web.console"))
    answer.set_cookie(
        DEVICE_COOKIE,
        opened.device_token,
        max_age=DEVICE_SECONDS,
        httponly=True,
        samesite="Lax",
        secure=bool(current_app.config["SESSION_COOKIE_SECURE"]),
    )
    return answer


def _clear() -> None:
    language = session.get("language")
    session.clear()
    if language:
        session["language"] = language


def own_address(address: str | None) -> str | None:
    """The address if it is a path of this site; anything that could lead elsewhere is dropped."""
    if not address or not address.startswith("/") or address.startswith("//") or "\\" in address:
        return None
    parts = urlsplit(address)
    has_control = any(ord(character) < 32 for character in address)  # noqa: PLR2004
    return None if parts.scheme or parts.netloc or has_control else address


def is_recent() -> bool:
    """Whether she proved lately enough who she is to sign and spend."""
    now = current_time()
    return bool(now - current_user.authenticated_at <= sessions.recent_for(current_session(), now))


def has_just_proven() -> bool:
    """Whether this very request carried the proof that `recently_authenticated` had asked for."""
    return bool(g.get("has_just_proven", False))


def recently_authenticated(view: View) -> View:
    """Ask for the password, or a passkey, once more before a posted act when the last proof is old; nothing typed is lost.

    Stands below the declaration of the roles. The page that asks carries the whole form on.
    """

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        has_answer = bool(request.form.get(ANSWER_FIELD))
        if request.method != "POST" or (is_recent() and not has_answer):
            return view(*args, **kwargs)
        is_proof = has_answer or CONFIRM_FIELD in request.form
        refusal = _confirm() if is_proof else None
        if is_proof and refusal is None:
            g.has_just_proven = True
            return view(*args, **kwargs)
        return _ask_again(refusal)

    return cast(View, guarded)


WRONG_PASSWORD = N_("密码不正确，请重试。")


def _confirm() -> str | None:
    """None when the passkey or the password is right; else the sentence that says why not."""
    answer = request.form.get(ANSWER_FIELD, "")
    try:
        if answer:
            own = current_session().get_one(Person, current_user.person_id)
            proven(answer[:LONGEST_ANSWER], Purpose.CONFIRM, current_visit(), own)
        else:
            password_is_right(current_user.email, request.form[CONFIRM_FIELD][:200])
    except SignInRefused:
        return str(gettext(WRONG_PASSWORD))
    except Refusal as refusal:
        return str(gettext(refusal.message, **refusal.params))
    with transaction() as database:
        sessions.authenticated_again(database, current_user.person_id, current_user.session_id, current_time())
        if answer:
            sessions.add_passkey_to(database, current_user.session_id)
    return None


def _ask_again(problem: str | None) -> tuple[str, int]:
    fields = [(name, value) for name, values in request.form.lists() if name not in NOT_REPEATED for value in values]
    page = render_template(
        "accounts/confirm_identity.html",
        fields=fields,
        problem=problem,
        field_name=CONFIRM_FIELD,
        answer_name=ANSWER_FIELD,
        passkey_party=own_party() if passkeys.has_any(current_user.person_id) else None,
        provider_name=_own_provider(),
    )
    return page, 422


def _own_provider() -> str | None:
    """What the provider is called by which she can prove herself; None where she has no account there."""
    name = oidc_client.provider_name()
    return name if name and oidc.is_usable(current_user.person_id, oidc_client.issuer()) else None
