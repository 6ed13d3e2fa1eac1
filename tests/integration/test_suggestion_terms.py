"""The suggested terms follow the public listings."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from market.accounts.models import OrganisationName
from market.kernel import jobs
from market.kernel.db import transaction
from search import entries
from search.analysis import name_key
from search.suggesting import keeping, terms
from search.suggesting.keeping import Outcome
from search.suggesting.models import SuggestionListing, SuggestionTerm, SuggestionUse
from tests.factories.listings import make_published_listing
from tests.factories.public_listings import make_public_listing
from tests.factories.world import make_institution, make_organisation


def uses(session: Session, kind: str = "term") -> dict[str, int]:
    session.expire_all()
    rows = session.execute(select(SuggestionTerm.key, SuggestionTerm.uses).where(SuggestionTerm.kind == kind))
    return {row.key: row.uses for row in rows}


def test_a_public_listing_gives_its_terms_once_each(session: Session) -> None:
    university = make_organisation(session, name="温州某大学", former_names=("温州某学院",))
    ids = [make_public_listing(session, title, organisation=university).id for title in ("高温密封件", "高温水泵")]
    assert keeping.bring(session, ids) == Outcome(updated=2)
    assert uses(session) == {"高温": 2, "高温密封件": 1, "密封件": 1, "高温水泵": 1, "水泵": 1}
    assert uses(session, "institution") == {"温州某大学": 2, "温州某学院": 2}
    assert uses(session, "title") == {"高温密封件": 1, "高温水泵": 1}


def test_names_of_people_are_not_kept(session: Session) -> None:
    listing = make_public_listing(session, "水泵", completers="陈立新；李四")
    keeping.bring(session, [listing.id])
    texts = session.scalars(select(SuggestionTerm.text)).all()
    assert "水泵" in texts
    assert not [text for text in texts if "陈立新" in text or "李四" in text]


@pytest.mark.parametrize("state", ["draft", "platform_review", "paused", "sold", "withdrawn"])
def test_a_listing_that_is_not_public_any_more_takes_its_terms_along(session: Session, state: str) -> None:
    kept, gone = (make_public_listing(session, title) for title in ("高温水泵", "高温密封件"))
    keeping.bring(session, [kept.id, gone.id])
    gone.state = state
    session.flush()
    assert keeping.bring(session, [gone.id]) == Outcome(removed=1)
    assert uses(session) == {"高温": 1, "高温水泵": 1, "水泵": 1}
    assert session.scalars(select(SuggestionUse.listing_id).distinct()).all() == [kept.id]
    assert session.scalars(select(SuggestionListing.listing_id)).all() == [kept.id]


def test_a_changed_title_changes_its_terms(session: Session) -> None:
    listing = make_public_listing(session, "激光焊接")
    keeping.bring(session, [listing.id])
    listing.title = "激光切割"
    session.flush()
    keeping.bring(session, [listing.id])
    assert uses(session) == {"激光": 1, "激光切割": 1, "切割": 1}


def test_bringing_twice_and_bringing_nothing_changes_nothing(session: Session) -> None:
    listing = make_public_listing(session, "激光焊接")
    keeping.bring(session, [listing.id])
    before = uses(session)
    assert keeping.bring(session, [listing.id]) == keeping.bring(session, [987_654_321]) == Outcome()
    assert keeping.bring(session, []) == Outcome()
    assert uses(session) == before


def test_what_the_index_holds_beside_the_text_gives_no_new_terms(session: Session) -> None:
    listing = make_public_listing(session, "激光焊接")
    keeping.bring(session, [listing.id])
    entries.touch(session, [listing.id])
    session.flush()
    assert keeping.bring(session, [listing.id]) == Outcome()


def test_reconciling_repairs_everything_that_no_job_told_of(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "BLOCK", 2)
    listings = [make_public_listing(session, f"{word}水泵") for word in ("高温", "低温", "变频", "节能", "无声")]
    assert keeping.reconcile() == Outcome(updated=5)
    listings[0].state, listings[3].state, listings[4].state = "withdrawn", "sold", "paused"
    listings[1].title = "电动阀门"
    session.flush()
    assert keeping.reconcile() == Outcome(updated=1, removed=3)
    assert uses(session) == {"电动阀门": 1, "变频": 1, "变频水泵": 1, "水泵": 1}
    assert keeping.reconcile() == Outcome()


def test_new_rules_take_all_terms_anew(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    make_public_listing(session, "高温水泵")
    keeping.reconcile()
    monkeypatch.setattr(terms, "_cutter", lambda: None)
    monkeypatch.setattr(keeping, "RULES_VERSION", terms.RULES_VERSION + 1)
    assert keeping.reconcile() == Outcome(updated=1)
    assert uses(session) == {"高温水泵": 1}


def test_a_rebuild_counts_again(session: Session) -> None:
    make_public_listing(session, "水泵")
    keeping.reconcile()
    session.query(SuggestionUse).delete()
    assert keeping.rebuild() == Outcome(updated=1)
    assert uses(session) == {"水泵": 1}
    assert session.scalar(select(SuggestionUse.listing_id)) is not None


def test_the_shell_repairs_and_takes_anew(app: Flask, session: Session) -> None:
    make_public_listing(session, "水泵")
    runner = app.test_cli_runner()
    first = runner.invoke(args=["search", "suggestions"])
    second = runner.invoke(args=["search", "suggestions"])
    anew = runner.invoke(args=["search", "suggestions", "--rebuild"])
    assert [one.exit_code for one in (first, second, anew)] == [0, 0, 0]
    assert ["更新 1" in one.output for one in (first, second, anew)] == [True, False, True]


def test_each_event_of_a_listing_defers_the_job_with_its_lock(session: Session) -> None:
    listing = make_published_listing(session, make_institution(session))
    locks = session.scalars(
        text(
            "SELECT lock FROM procrastinate_jobs WHERE task_name = 'search.keep_terms' AND args = CAST(:args AS jsonb)"
        ),
        {"args": f'{{"listing_id": {listing.id}}}'},
    ).all()
    assert set(locks) == {"search.suggestions"}
    jobs.registered["search.keep_terms"].function(listing.id)
    assert set(uses(session, "title")) == {name_key(listing.title)}


def test_a_former_name_is_suggested_when_its_job_has_run(session: Session) -> None:
    institution = make_organisation(session, name="温州某大学")
    make_public_listing(session, "水泵", organisation=institution)
    keeping.reconcile()
    session.add(OrganisationName(organisation_id=institution.id, name="温州某学院", normalised="温州某学院"))
    session.flush()
    jobs.registered["search.follow_names_in_terms"].function()
    assert set(uses(session, "institution")) == {"温州某大学", "温州某学院"}


def test_writers_at_once_count_each_listing_once(committed_app: Flask) -> None:
    with committed_app.app_context(), transaction() as given:
        ids = [make_public_listing(given, title).id for title in ("高温水泵", "高温阀门", "高温水泵")]
    everybody_is_ready = threading.Barrier(3)

    def write(listing_ids: list[int]) -> None:
        with committed_app.app_context():
            everybody_is_ready.wait()
            with transaction() as mine:
                keeping.bring(mine, listing_ids)

    with ThreadPoolExecutor(3) as writers:
        for done in [writers.submit(write, part) for part in (ids, ids[::-1], ids[1:])]:
            done.result()
    with committed_app.app_context(), transaction() as seen:
        assert uses(seen) == {"高温": 3, "高温水泵": 2, "水泵": 2, "高温阀门": 1, "阀门": 1}
        assert seen.query(SuggestionUse).count() == sum(
            sum(uses(seen, kind).values()) for kind in ("term", "class", "institution", "title", "number")
        )


def test_a_job_that_is_killed_leaves_the_terms_as_they_were(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    listing = make_public_listing(session, "高温水泵")
    keeping.reconcile()
    before = uses(session)
    listing.title = "激光焊接"
    session.commit()

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(keeping, "_count", die)
    with pytest.raises(KeyboardInterrupt):
        jobs.registered["search.keep_terms"].function(listing.id)
    assert uses(session) == before
    monkeypatch.undo()
    assert keeping.reconcile() == Outcome(updated=1)
    assert set(uses(session)) == {"激光", "激光焊接", "焊接"}
