"""Pages of synonyms: the groups in force, a group with its history and a preview, changes by two persons."""

from __future__ import annotations

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from market.accounts.access import allowed, current_actor
from market.accounts.policy import Act
from market.kernel.clock import current_time
from market.kernel.db import current_session, transaction
from market.kernel.errors import NotFound
from market.kernel.lists import requested_choice, requested_words, workbook_of
from market.kernel.pages import refusals_on, requested_id, require_decision
from market.kernel.paging import requested_page
from search.jobs import current_engine
from search.synonyms import queries, rules, service
from search.synonyms.dictionary import Group
from search.synonyms.forms import GroupForm, RemovalForm
from search.synonyms.preview import Preview, preview
from search.synonyms.rules import Draft
from search.synonyms.vocabulary import Origin, SynonymState

blueprint = Blueprint("synonyms", __name__, url_prefix="/console/synonyms")
Answer = str | BaseResponse | tuple[str, int]
NEW = "new"


@blueprint.get("")
@allowed(Act.READ_SYNONYMS)
def index() -> str:
    order = queries.GROUP_ORDERS.requested()
    found = _requested_groups()
    page = requested_page(len(found))
    return render_template(
        "search/synonyms/index.html",
        rows=found[page.offset : page.offset + page.size],
        page=page,
        order=order,
        origins=list(Origin),
        waiting=queries.list_changes(state=SynonymState.PROPOSED),
        person_id=current_actor().person_id,
    )


@blueprint.get("/export.xlsx")
@allowed(Act.READ_SYNONYMS)
def export() -> Response:
    return workbook_of(_("同义词"), queries.COLUMNS, _requested_groups())


def _requested_groups() -> list[queries.GroupRow]:
    origin = requested_choice(Origin, "origin")
    return queries.list_groups(requested_words(), origin, queries.GROUP_ORDERS.requested())


@blueprint.route("/new", methods=["GET", "POST"])
@allowed(Act.PROPOSE_SYNONYMS)
def new() -> Answer:
    return _edited(None, None)


@blueprint.route("/<code>", methods=["GET", "POST"])
@allowed(Act.PROPOSE_SYNONYMS)
def group(code: str) -> Answer:
    session = current_session()
    if not service.is_known(session, code):
        raise NotFound
    return _edited(code, service.groups_in_force(session).get(code))


def _edited(code: str | None, in_force: Group | None) -> Answer:
    """The form of a group: look what the words would find, or propose them."""
    form, shown = GroupForm(data=_prefilled(code, in_force)), None
    if form.validate_on_submit():
        with refusals_on(form) as outcome:
            if request.form.get("action") == "preview":
                shown = _checked_preview(code, form.draft())
            else:
                with transaction() as session:
                    change = service.propose(
                        session, current_actor(), code, form.draft(), form.reason.data, now=current_time()
                    )
                    code = change.code
        if outcome.accepted and shown is None:
            flash(_("变更已提出，由另一人批准后立即生效。"), "success")
            return redirect(url_for("synonyms.group", code=code))
    page = render_template(
        "search/synonyms/group.html",
        code=code,
        in_force=in_force,
        form=form,
        changes=queries.list_changes(code=code) if code else [],
        previews=shown if shown is not None else _preview_of_waiting(code),
        is_draft=shown is not None,
        shipped=service.shipped_group(code),
        person_id=current_actor().person_id,
    )
    return page, 422 if form.errors or form.form_errors else 200


def _prefilled(code: str | None, in_force: Group | None) -> dict[str, str]:
    """The group as it is, or as it was in the version that the address names (`from`)."""
    start = in_force
    if code and (number := requested_id("from")):
        change = service.find_change(current_session(), number)
        start = service.draft_of(change).group(code) if change.code == code else start
    elif code and request.args.get("from") == "shipped":
        start = service.shipped_group(code) or start
    return {"words": "\n".join(start.words), "narrower": "\n".join(start.narrower)} if start else {}


def _checked_preview(code: str | None, draft: Draft) -> list[Preview]:
    groups = service.groups_in_force(current_session())
    rules.check_draft(draft, [one for one in groups.values() if one.code != code])
    return preview(current_session(), current_engine(), code or NEW, draft.group(code or NEW)) or []


def _preview_of_waiting(code: str | None) -> list[Preview]:
    waiting = next((one for one in queries.list_changes(code=code, state=SynonymState.PROPOSED) if code), None)
    if waiting is None:
        return []
    change = None if waiting.removes else Group(waiting.code, waiting.words, waiting.narrower)
    return preview(current_session(), current_engine(), waiting.code, change) or []


@blueprint.post("/<code>/removal")
@allowed(Act.PROPOSE_SYNONYMS)
def remove(code: str) -> Answer:
    form = RemovalForm()
    session = current_session()
    if code not in service.groups_in_force(session):
        raise NotFound
    if not form.validate_on_submit():
        flash(_("请写明变更理由。"), "danger")
        return redirect(url_for("synonyms.group", code=code))
    with transaction() as session:
        service.propose_removal(session, current_actor(), code, form.reason.data, now=current_time())
    flash(_("变更已提出，由另一人批准后立即生效。"), "success")
    return redirect(url_for("synonyms.group", code=code))


@blueprint.post("/changes/<int:change_id>/decision")
@allowed(Act.DECIDE_SYNONYMS)
def decide(change_id: int) -> Answer:
    approves = request.form.get("decision") == "approve"
    reason = request.form.get("reason", "").replace("\x00", "")[:1000]
    with transaction() as session:
        service.find_change(session, change_id)
        require_decision("approve", "reject")
        change = service.decide(
            session, current_actor(), change_id, approves=approves, reason=reason, now=current_time()
        )
        code = change.code
    flash(_("变更已批准，从下一次检索起生效。") if approves else _("变更没有批准，词组不变。"), "success")
    return redirect(url_for("synonyms.group", code=code))
