"""The operator's console, readiness, metrics, request ids and every error page, rendered for real."""

from __future__ import annotations

import json
import logging
import re
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from io import BytesIO

import pytest
from flask import abort
from python_calamine import CalamineWorkbook
from sqlalchemy import func, select, text
from sqlalchemy.exc import OperationalError

from market.accounts.rules import OrganisationKind, Role
from market.kernel.events import Event
from market.kernel.jobs import defer
from market.kernel.logs import JsonFormatter
from market.kernel.mail import MailMessage, queue_mail
from market.kernel.orm import Base
from market.operations.table_names import TABLE_NAMES
from tests.conftest import NOW
from tests.factories.whole_world import make_failed_job, make_failed_mail
from tests.factories.world import make_institution, make_organisation, make_person, sign_in

WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.fixture
def operator(session, client):
    person = make_person(session, make_organisation(session, OrganisationKind.OPERATOR), Role.OPERATOR)
    sign_in(client, person)
    return person


def job_row(session, job_id):
    return session.execute(
        text("SELECT status::text FROM procrastinate_jobs WHERE id = :id"), {"id": job_id}
    ).scalar_one()


def test_a_failed_job_runs_again_and_the_record_says_who_asked(session, client, operator):
    job_id = make_failed_job(session)
    answer = client.post(f"/console/operations/jobs/{job_id}/retry")
    assert (answer.status_code, job_row(session, job_id)) == (302, "todo")
    event = session.scalars(select(Event).where(Event.action == "job.retried")).one()
    assert (event.subject_id, event.actor_person_id) == (job_id, operator.id)


def test_a_job_that_waits_is_not_put_back_again(session, client, operator):
    job_id = make_failed_job(session)
    session.execute(text("UPDATE procrastinate_jobs SET status = 'todo' WHERE id = :id"), {"id": job_id})
    assert client.post(f"/console/operations/jobs/{job_id}/retry").status_code == 422
    assert session.scalar(select(func.count(Event.id)).where(Event.action == "job.retried")) == 0


def test_jobs_are_filtered_sorted_and_exported(session, client, operator):
    failed = make_failed_job(session, "evaluation.derive_facts")
    defer(session, "search.index_listing", listing_id=4711)
    page = client.get("/console/operations/jobs?state=failed&sort=id&order=asc").get_data(as_text=True)
    assert f"/console/operations/jobs/{failed}/retry" in page
    assert "4711" not in page
    assert "4711" in client.get("/console/operations/jobs?task=search&sort=task").get_data(as_text=True)
    answer = client.get("/console/operations/jobs/export.xlsx?state=failed")
    assert (answer.status_code, answer.mimetype) == (200, WORKBOOK)
    answer.close()


def test_one_rebuild_of_the_index_waits_at_a_time(session, client, operator):
    waiting = text(
        "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'search.rebuild' AND lock = 'search.index'"
    )
    statuses = [client.post("/console/operations/search-rebuild").status_code for _ in range(2)]
    assert (statuses, session.scalar(waiting)) == ([302, 422], 1)


def test_the_outbox_shows_who_and_whether_but_never_the_text(session, client, operator):
    queue_mail(
        session, recipient="a@example.test", subject="核验结果", body="秘密链接", template="test",
        deduplication_key="operation-page", now=NOW,
    )  # fmt: skip
    page = client.get("/console/operations/mails?state=waiting&text=example.test").get_data(as_text=True)
    assert "核验结果" in page
    assert "秘密链接" not in page
    assert "核验结果" not in client.get("/console/operations/mails?state=sent").get_data(as_text=True)


def resendings(session):
    waiting = text("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'kernel.send_mail' AND status = 'todo'")
    return session.scalar(waiting), session.scalar(select(func.count(Event.id)).where(Event.action == "mail.resent"))


def test_a_failed_mail_is_sent_again_once_and_the_record_says_who_asked(session, client, operator):
    mail_id = make_failed_mail(session)
    session.execute(text("DELETE FROM procrastinate_jobs"))
    address = f"/console/operations/mails/{mail_id}/resending"
    assert address in client.get("/console/operations/mails?state=failed").get_data(as_text=True)

    statuses = [client.post(address).status_code for _ in range(2)]

    session.expire_all()
    mail = session.get_one(MailMessage, mail_id)
    assert (statuses, resendings(session)) == ([302, 422], (1, 1))
    assert (mail.failed_at, mail.failure, mail.attempts, mail.body) == (None, None, 0, "正文")
    event = session.scalars(select(Event).where(Event.action == "mail.resent")).one()
    assert (event.subject_id, event.actor_person_id) == (mail_id, operator.id)
    assert "nobody@example.test" not in str(event.payload)


def test_a_mail_that_has_gone_or_waits_is_not_sent_again(session, client, operator):
    mail_id = make_failed_mail(session)
    session.execute(text("DELETE FROM procrastinate_jobs"))
    session.execute(text("UPDATE mail_message SET failed_at = NULL, sent_at = :now"), {"now": NOW})

    assert client.post(f"/console/operations/mails/{mail_id}/resending").status_code == 422
    assert resendings(session) == (0, 0)


def test_people_are_found_by_role_and_name(session, client, operator):
    institution = make_institution(session, name="瓯海大学")
    page = client.get("/console/operations/people?role=institution_head&text=瓯海").get_data(as_text=True)
    assert institution.head.email in page
    assert institution.officer.email not in page


def test_a_percent_sign_is_no_wildcard(session, client, operator):
    make_institution(session)
    assert "没有符合条件的人员" in client.get("/console/operations/people?text=%25%25").get_data(as_text=True)


def exported(client, address):
    with client.get(address) as answer:
        assert (answer.status_code, answer.mimetype) == (200, WORKBOOK)
        return CalamineWorkbook.from_filelike(BytesIO(answer.data)).get_sheet_by_index(0).to_python()


def test_tables_are_filtered_sorted_and_exported(session, client, operator):
    address = "/console/operations/storage"
    page = client.get(f"{address}?text=LISTING&sort=name&order=desc").get_data(as_text=True)
    shown = re.findall(r'<small class="soft">([a-z_]+)</small></th>', page)
    assert {"listing", "listing_member"} <= set(shown)
    assert [name for name in shown if "listing" not in name] == []
    assert shown == sorted(shown, reverse=True)
    assert f"{address}/export.xlsx?text=LISTING&amp;sort=name&amp;order=desc" in page
    headings, *rows = exported(client, f"{address}/export.xlsx?text=LISTING&sort=name&order=desc")
    assert (headings, [row[1] for row in rows]) == (["名称", "表", "行数（估计）", "大小（字节）"], shown)
    assert dict(row[1::-1] for row in rows)["listing_change"] == "挂牌修改稿"
    for number, key in ((2, "rows"), (3, "size")):
        for order in ("asc", "desc"):
            values = [row[number] for row in exported(client, f"{address}/export.xlsx?sort={key}&order={order}")[1:]]
            assert values == sorted(values, reverse=order == "desc")
    assert len(exported(client, f"{address}/export.xlsx")) > len(rows) + 1


def test_every_table_has_a_name_and_is_found_by_it(session, client, operator):
    names = set(session.scalars(text("SELECT relname::text FROM pg_stat_user_tables WHERE schemaname = 'public'")))
    assert set(Base.metadata.tables) <= names
    assert (names - set(TABLE_NAMES), set(TABLE_NAMES) - names) == (set(), set())
    assert len(set(TABLE_NAMES.values())) == len(TABLE_NAMES)

    page = client.get("/console/operations/storage?text=通行密").get_data(as_text=True)
    assert re.findall(r'<th scope="row">(.*?)</th>', page) == ['通行密钥<br><small class="soft">passkey</small>']


def test_a_filter_that_fits_no_table_says_so_and_nonsense_is_no_error(client, operator):
    assert "没有符合条件的表" in client.get("/console/operations/storage?text=%25").get_data(as_text=True)
    assert client.get("/console/operations/storage?sort=password_hash&order=sideways&text=%00'").status_code == 200
    assert len(exported(client, "/console/operations/storage/export.xlsx?text=qqqqqq")) == 1


def test_the_overview_says_how_much_waits_and_how_big_it_is(session, client, operator):
    make_failed_job(session)
    page = client.get("/console/operations").get_data(as_text=True)
    assert "执行失败：1" in page
    assert "程序需要的版本" in page


def test_readyz_says_that_everything_is_there(client):
    answer = client.get("/readyz")
    assert answer.status_code == 200
    checks = answer.get_json()["checks"]
    assert (checks["database"], checks["migrations"], checks["worker"]) == (True, True, True)


def test_a_job_that_nobody_takes_degrades_readiness(session, client):
    defer(session, "notifications.deliver", event_id=1)
    session.execute(text("UPDATE procrastinate_events SET at = now() - interval '5 minutes'"))
    answer = client.get("/readyz")
    body = answer.get_json()
    assert (answer.status_code, body["status"], body["checks"]["worker"]) == (200, "degraded", False)
    assert 299 < body["lag_seconds"]["worker"] < 400


def test_listings_that_wait_for_the_index_are_counted_also_while_their_next_try_is_far(session, client):
    for listing_id in (1, 1, 2):
        defer(session, "search.index_listing", listing_id=listing_id, run_at=NOW + timedelta(days=3650))
    session.execute(text("UPDATE procrastinate_events SET at = now() - interval '5 minutes'"))
    body = client.get("/readyz").get_json()
    assert body["lag_rows"] == {"search": 2}
    assert 299 < body["lag_seconds"]["search"] < 400
    assert "kezhuan_search_lag_rows 2.0" in client.get("/metrics").get_data(as_text=True)


def test_a_job_planned_for_the_past_has_waited_since_it_was_written(session, client):
    defer(session, "notifications.deliver", event_id=1, run_at=NOW - timedelta(days=365))
    assert client.get("/readyz").get_json()["checks"]["worker"] is True


def test_a_database_behind_the_code_is_not_ready(session, client):
    session.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    answer = client.get("/readyz")
    assert (answer.status_code, answer.get_json()["checks"]["migrations"]) == (503, False)


def test_metrics_count_requests_and_tell_the_lag(session, client):
    client.get("/healthz")
    make_failed_job(session)
    page = client.get("/metrics").get_data(as_text=True)
    assert 'kezhuan_requests_total{endpoint="web.healthz",method="GET",status="200"}' in page
    assert 'kezhuan_jobs{state="failed"} 1.0' in page
    assert "kezhuan_worker_lag_seconds" in page


@pytest.mark.parametrize(
    "foreign", [{"environ_base": {"REMOTE_ADDR": "203.0.113.9"}}, {"headers": {"X-Forwarded-For": "203.0.113.9"}}]
)
def test_metrics_are_not_there_for_others(client, foreign):
    assert client.get("/metrics", **foreign).status_code == 404


@pytest.fixture
def with_token(app):
    settings = app.extensions["kezhuan_settings"]
    app.extensions["kezhuan_settings"] = replace(settings, metrics_token="open-sesame")
    yield
    app.extensions["kezhuan_settings"] = settings


@pytest.mark.parametrize(("header", "status"), [("Bearer open-sesame", 200), ("Bearer wrong", 404), ("", 404)])
def test_a_token_opens_the_metrics_from_everywhere_and_nothing_else_does(with_token, client, header, status):
    answer = client.get("/metrics", headers={"Authorization": header}, environ_base={"REMOTE_ADDR": "203.0.113.9"})
    assert answer.status_code == status


def test_every_answer_bears_an_id_and_a_proxys_own_is_kept(client):
    first, second = (client.get("/healthz").headers["X-Request-ID"] for _ in range(2))
    assert (len(first), first != second) == (32, True)
    assert (
        client.get("/healthz", headers={"X-Request-ID": "proxy-id-12345"}).headers["X-Request-ID"] == "proxy-id-12345"
    )


@pytest.mark.parametrize("forged", ["short", "<script>alert(1)</script>", "x" * 65, "a b c d e f g h"])
def test_an_id_that_is_none_is_replaced(client, forged):
    assert len(client.get("/healthz", headers={"X-Request-ID": forged}).headers["X-Request-ID"]) == 32


def test_a_request_is_one_line_of_json_without_its_query(client):
    lines = []
    handler = logging.Handler()
    handler.emit = lambda record: lines.append(JsonFormatter().format(record))
    log = logging.getLogger("kezhuan.request")
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    try:
        request_id = client.get("/listings?q=不公开的问题").headers["X-Request-ID"]
    finally:
        log.removeHandler(handler)
        log.setLevel(logging.NOTSET)
    line = json.loads(lines[-1])
    assert (line["method"], line["path"], line["status"], line["level"]) == ("GET", "/listings", 200, "INFO")
    assert line["duration_ms"] > 0
    assert "不公开" not in lines[-1]
    assert line["request_id"] == request_id


@contextmanager
def instead_of_home(app, view):
    """The home page does something else for a while."""
    kept = app.view_functions["web.home"]
    app.view_functions["web.home"] = view
    propagates = app.config["TESTING"]
    app.config["TESTING"] = False
    app.testing = False
    try:
        yield
    finally:
        app.view_functions["web.home"] = kept
        app.config["TESTING"] = propagates


@pytest.mark.parametrize(
    ("status", "title"),
    [
        (400, "这个请求没有被受理"),
        (403, "您现在的身份不能使用这一页"),
        (404, "没有找到这一页"),
        (405, "这个地址不能这样打开"),
        (413, "上传的文件太大"),
        (429, "操作太频繁"),
        (500, "系统出错了"),
        (503, "暂时无法服务"),
    ],
)
def test_an_error_page_says_what_happened(app, client, status, title):
    with instead_of_home(app, lambda: abort(status)):
        answer = client.get("/")
    page = answer.get_data(as_text=True)
    assert answer.status_code == status
    assert title in page
    assert "接下来可以" in page


def test_a_crash_shows_the_id_under_which_it_was_logged(app, client, caplog):
    def crash():
        raise ZeroDivisionError

    with instead_of_home(app, crash), caplog.at_level(logging.ERROR):
        answer = client.get("/", headers={"X-Request-ID": "incident-4711"})
    assert answer.status_code == 500
    assert "incident-4711" in answer.get_data(as_text=True)
    assert answer.headers["X-Request-ID"] == "incident-4711"
    assert "ZeroDivisionError" in caplog.text


def test_a_lost_database_is_told_with_the_id(app, client):
    def lost():
        raise OperationalError("SELECT 1", {}, Exception("gone"))

    with instead_of_home(app, lost):
        answer = client.get("/", headers={"X-Request-ID": "incident-4712"})
    assert answer.status_code == 503
    assert "incident-4712" in answer.get_data(as_text=True)
