"""The operator's page of one person: her organisations, what happened to the account, help and switching off."""

from __future__ import annotations

from collections.abc import Callable

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _

from market.accounts import membership_queries, people
from market.accounts.access import allowed, current_actor
from market.accounts.joining_forms import PersonForm
from market.accounts.models import Person
from market.accounts.policy import Act
from market.accounts.security import passkeys, second_factor
from market.accounts.texts import PERSON_TEXTS
from market.accounts.timeline import timeline
from market.accounts.views.blueprint import Answer, blueprint
from market.accounts.views.entering import recently_authenticated
from market.kernel.clock import current_time
from market.kernel.db import current_session, transaction
from market.kernel.errors import NotFound
from market.kernel.pages import refusals_on


@blueprint.get("/console/people/<int:person_id>")
@allowed(Act.READ_OPERATION)
def person(person_id: int) -> Answer:
    return _page(person_id), 200


def _page(person_id: int, form: PersonForm | None = None) -> str:
    found = current_session().get(Person, person_id)
    if found is None:
        raise NotFound
    return render_template(
        "accounts/person.html",
        person=found,
        is_self=person_id == current_actor().person_id,
        memberships=membership_queries.memberships_of(person_id),
        factor=second_factor.state_of(person_id),
        passkeys=passkeys.passkeys_of(person_id),
        events=timeline("person", person_id, PERSON_TEXTS, limit=50),
        form=form or PersonForm(formdata=None),
    )


@blueprint.post("/console/people/<int:person_id>/switching-off")
@allowed(Act.MANAGE_PEOPLE)
@recently_authenticated
def switch_off(person_id: int) -> Answer:
    return _do(person_id, people.switch_off, _("账号已停用，所有登录立即结束。"))


@blueprint.post("/console/people/<int:person_id>/switching-on")
@allowed(Act.MANAGE_PEOPLE)
@recently_authenticated
def switch_on(person_id: int) -> Answer:
    return _do(person_id, people.switch_on, _("账号已恢复。"))


@blueprint.post("/console/people/<int:person_id>/second-factor-reset")
@allowed(Act.MANAGE_PEOPLE)
@recently_authenticated
def reset_factors(person_id: int) -> Answer:
    return _do(person_id, people.reset_factors, _("第二重验证已重置，本人会收到邮件。"))


def _do(person_id: int, deed: Callable[..., None], done: str) -> Answer:
    form = PersonForm()
    if form.validate_on_submit():
        with refusals_on(form) as outcome, transaction() as session:
            deed(session, current_actor(), person_id, form.reason.data or "", now=current_time())
        if outcome.accepted:
            flash(done, "success")
            return redirect(url_for("accounts.person", person_id=person_id))
    return _page(person_id, form), 422
