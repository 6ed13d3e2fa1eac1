"""Pages of saved searches: save, list, look, change, delete."""

from __future__ import annotations

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy import ColumnElement
from werkzeug.wrappers import Response as BaseResponse

from market.accounts.access import allowed, current_actor
from market.accounts.policy import Act
from market.kernel.clock import current_time
from market.kernel.db import current_session, transaction
from market.kernel.errors import N_
from market.kernel.excel import excel_response
from market.kernel.lists import Column, requested_choice, requested_words, workbook_of
from market.kernel.pages import refusals_on
from search.saved import queries, service
from search.saved.access import saved_search_for
from search.saved.exporting import FoundExport
from search.saved.forms import SavedSearchForm
from search.saved.queries import SavedRow
from search.saved.question import asked, suggested_name
from search.saved.reading import in_words
from search.saved.vocabulary import Rhythm

blueprint = Blueprint("saved_searches", __name__, url_prefix="/console/saved-searches")
Answer = str | BaseResponse | tuple[str, int]
COLUMNS: list[Column[SavedRow]] = [
    Column(N_("名称"), lambda row: row.name),
    Column(N_("检索条件"), lambda row: "；".join(in_words(row.query, queries.institutions_of([row.query]), gettext))),
    Column(N_("新成果"), lambda row: row.new),
    Column(N_("最近发现"), lambda row: row.last_found_at),
    Column(N_("通知"), lambda row: gettext(row.rhythm.label)),
    Column(N_("保存时间"), lambda row: row.created_at),
]


@blueprint.get("")
@allowed(Act.READ_SAVED_SEARCHES)
def index() -> str:
    shown = queries.SAVED.shown(_conditions())
    searches = [row.query for row in shown["rows"]]
    institutions = queries.institutions_of(searches)
    readings = {row.id: in_words(row.query, institutions, gettext) for row in shown["rows"]}
    return render_template("search/saved/index.html", rhythms=list(Rhythm), readings=readings, **shown)


@blueprint.get("/export.xlsx")
@allowed(Act.READ_SAVED_SEARCHES)
def export() -> Response:
    return workbook_of(gettext("保存的检索"), COLUMNS, queries.SAVED.exported(_conditions()))


def _conditions() -> list[ColumnElement[bool]]:
    rhythm = requested_choice(Rhythm, "rhythm")
    return queries.conditions(current_actor(), rhythm, requested_words(), only_new=_is_only_new())


def _is_only_new() -> bool:
    return request.args.get("new") == "yes"


@blueprint.route("/new", methods=["GET", "POST"])
@allowed(Act.SAVE_SEARCHES)
def new() -> Answer:
    """The question stands in the address, as on the result page."""
    actor = current_actor()
    question = asked(request.args)
    form = _form(suggested_name(question.query), Rhythm.DAILY.value)
    if form.validate_on_submit():
        with refusals_on(form) as outcome, transaction() as session:
            service.save(session, actor, question, form.name.data, form.chosen_rhythm(), now=current_time())
        if outcome.accepted:
            flash(gettext("检索已保存。有新的成果时会按您的选择通知。"), "success")
            return redirect(url_for("saved_searches.index"))
    reading = in_words(question.query, queries.institutions_of([question.query]), gettext)
    page = render_template("search/saved/new.html", form=form, question=question, reading=reading)
    return (page, 422) if request.method == "POST" else page


@blueprint.route("/<int:saved_id>", methods=["GET", "POST"])
@allowed(Act.SAVE_SEARCHES)
def detail(saved_id: int) -> Answer:
    """What it found, its name and its rhythm."""
    session = current_session()
    saved = saved_search_for(session, current_actor(), saved_id)
    form = _form(saved.name, saved.rhythm)
    if form.validate_on_submit() and _changed(saved_id, form):
        flash(gettext("修改已保存。"), "success")
        return redirect(url_for("saved_searches.detail", saved_id=saved_id))
    page = _detail_page(saved_id, form)
    return (page, 422) if request.method == "POST" else page


def _form(name: str, rhythm: str) -> SavedSearchForm:
    """What was sent; filled in as given where nothing was."""
    form = SavedSearchForm(data=None if request.method == "POST" else {"name": name, "rhythm": rhythm})
    form.offer_rhythms()
    return form


def _changed(saved_id: int, form: SavedSearchForm) -> bool:
    actor = current_actor()
    with refusals_on(form) as outcome, transaction() as session:
        saved = saved_search_for(session, actor, saved_id)
        service.change(session, actor, saved, form.name.data, form.chosen_rhythm(), now=current_time())
    return outcome.accepted


def _detail_page(saved_id: int, form: SavedSearchForm) -> str:
    row = queries.saved_row(current_session(), saved_id)
    shown = queries.HITS.shown(_hit_conditions(saved_id))
    reading = in_words(row.query, queries.institutions_of([row.query]), gettext)
    return render_template(
        "search/saved/detail.html", row=row, hits=shown["rows"], page=shown["page"], order=shown["order"],
        reading=reading, form=form, is_narrowed=bool(requested_words()) or _is_only_new(),
    )  # fmt: skip


def _hit_conditions(saved_id: int) -> list[ColumnElement[bool]]:
    return queries.hit_conditions(saved_id, requested_words(), only_new=_is_only_new())


@blueprint.get("/<int:saved_id>/export.xlsx")
@allowed(Act.READ_SAVED_SEARCHES)
def export_hits(saved_id: int) -> Response:
    """What it found, as the list shows it, with what the hall's export says of each listing."""
    session = current_session()
    saved = saved_search_for(session, current_actor(), saved_id)
    exported = FoundExport(
        session,
        queries.saved_row(session, saved.id),
        _hit_conditions(saved.id),
        queries.HIT_ORDERS.requested(),
        requested_words(),
        _is_only_new(),
    )
    name = gettext("检索“%(name)s”发现的成果", name=saved.name)
    return excel_response(name, exported.headings(), exported.rows(), exported.about())


@blueprint.post("/<int:saved_id>/look")
@allowed(Act.SAVE_SEARCHES)
def look(saved_id: int) -> Answer:
    """She has seen what the page showed; `run` leads on to the results."""
    through = request.form.get("through", 0, type=int)
    with transaction() as session:
        saved = saved_search_for(session, current_actor(), saved_id)
        service.look(session, current_actor(), saved, max(0, through))
        address = queries.saved_row(session, saved_id).address
    if request.form.get("run") == "yes":
        return redirect(address)
    return redirect(url_for("saved_searches.detail", saved_id=saved_id))


@blueprint.post("/<int:saved_id>/removal")
@allowed(Act.SAVE_SEARCHES)
def give_up(saved_id: int) -> Answer:
    actor = current_actor()
    with transaction() as session:
        service.give_up(session, actor, saved_search_for(session, actor, saved_id))
    flash(gettext("检索已删除，不再通知。"), "success")
    return redirect(url_for("saved_searches.index"))
