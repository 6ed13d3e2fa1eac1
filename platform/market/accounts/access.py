"""Which act of the policy a route serves, and who is acting. Every view function carries this declaration."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, TypeVar, cast

from flask import abort, current_app, g, redirect, request, session, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from market.accounts.policy import POLICY, Act, Audience, Grant, refusal
from market.accounts.rules import Actor

View = TypeVar("View", bound=Callable[..., Any])
ACTING_KEY = "acting_membership_id"


@dataclass(frozen=True)
class RoutePolicy:
    """The act that a route serves, as the policy table describes it."""

    act: Act

    @property
    def grant(self) -> Grant:
        """What the table says about the act."""
        return POLICY[self.act]

    def admits(self, actor: Actor | None, *, is_signed_in: bool) -> bool:
        """Whether the caller may use the route at all; rows are guarded by loaders."""
        return self.grant.admits(actor, is_signed_in=is_signed_in)


def allowed(act: Act) -> Callable[[View], View]:
    """Only who may do the act, by the policy table, may use the route."""

    def decorate(view: View) -> View:
        return _declare(view, RoutePolicy(act))

    return decorate


def _declare(view: View, policy: RoutePolicy) -> View:
    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        refusal = _refusal(policy)
        return view(*args, **kwargs) if refusal is None else refusal

    guarded.route_policy = policy  # type: ignore[attr-defined]
    return cast(View, guarded)


def _refusal(policy: RoutePolicy) -> Response | None:
    is_signed_in = bool(current_user.is_authenticated)
    if policy.admits(optional_actor(), is_signed_in=is_signed_in):
        return _second_factor_first(policy, is_signed_in=is_signed_in)
    if is_signed_in:
        raise refusal(policy.grant)
    back = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("accounts.sign_in", next=back))


def _second_factor_first(policy: RoutePolicy, *, is_signed_in: bool) -> Response | None:
    """A person whose role needs a second factor sets it up before she does anything else behind the sign-in."""
    if policy.grant.audience is Audience.EVERYBODY or not is_signed_in or not current_user.needs_second_factor:
        return None
    endpoint = request.endpoint or ""
    if endpoint == "accounts.sign_out" or endpoint.startswith("accounts.security"):
        return None
    return redirect(url_for("accounts.security"))


def declared_policy(endpoint: str) -> RoutePolicy | None:
    """What the view behind an endpoint declares; None = nothing, which a test refuses."""
    return getattr(current_app.view_functions[endpoint], "route_policy", None)


def optional_actor() -> Actor | None:
    """The acting person and organisation, or None for a visitor or a person without organisation."""
    if "actor" not in g:
        g.actor = _load_actor()
    return cast("Actor | None", g.actor)


def current_actor() -> Actor:
    """The acting person; only behind a declaration that admits signed-in people. 403 without an organisation."""
    actor = optional_actor()
    if actor is None:
        abort(403)
    return actor


def _load_actor() -> Actor | None:
    from market.accounts.queries import actor_for

    if not current_user.is_authenticated:
        return None
    return actor_for(current_user.person_id, session.get(ACTING_KEY))
