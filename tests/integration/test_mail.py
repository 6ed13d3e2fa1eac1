"""Mails: with the business or not at all, once whatever the retries, no smuggled headers, links that no Host bends."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from config import ConfigurationError, load_settings
from market.kernel.db import transaction
from market.kernel.mail import JOB, MailMessage, MailRefused, absolute_url, queue_mail, send_mail
from market.kernel.worker import run_worker
from tests.conftest import NOW


@dataclass
class Post:
    """A small SMTP server: keeps what it takes; `answers` are given to DATA first, one each."""

    port: int = 0
    taken: list[EmailMessage] = field(default_factory=list)
    answers: list[bytes] = field(default_factory=list)
    refused_recipient: bytes | None = None


class Postman(socketserver.StreamRequestHandler):
    """Enough of RFC 5321 for smtplib."""

    def handle(self) -> None:
        post: Post = self.server.post  # type: ignore[attr-defined]
        self.wfile.write(b"220 post\r\n")
        while line := self.rfile.readline():
            word = line.split(b" ")[0].strip().upper()
            if word == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                self._take(post)
            elif word == b"RCPT" and post.refused_recipient:
                self.wfile.write(post.refused_recipient)
            elif word == b"QUIT":
                self.wfile.write(b"221 bye\r\n")
                return
            else:
                self.wfile.write(b"250 ok\r\n")

    def _take(self, post: Post) -> None:
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line[1:] if line.startswith(b".") else line)
        if post.answers:
            self.wfile.write(post.answers.pop(0))
            return
        post.taken.append(message_from_bytes(b"".join(lines), policy=default))  # type: ignore[arg-type]
        self.wfile.write(b"250 taken\r\n")


@pytest.fixture
def post() -> Iterator[Post]:
    held = Post()
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Postman) as server:
        server.post = held  # type: ignore[attr-defined]
        held.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield held
        server.shutdown()


@pytest.fixture
def posting(committed_app: Flask, post: Post) -> Flask:
    """The application with that mail server."""
    settings = committed_app.extensions["kezhuan_settings"]
    committed_app.extensions["kezhuan_settings"] = replace(
        settings,
        mail_server="127.0.0.1",
        mail_port=post.port,
        mail_security="none",
        mail_from="market@example.test",
        public_url="https://market.example",
    )
    return committed_app


def write(session: Session, key: str = "one", **changes: str) -> int | None:
    mail = {"recipient": "person@example.test", "subject": "请确认邮箱", "body": "您好\n.点开头\nhttps://a/b"}
    return queue_mail(session, **{**mail, **changes}, template="test", deduplication_key=key, now=NOW)


def the_mail(session: Session) -> MailMessage:
    return session.scalars(select(MailMessage)).one()


def test_a_mail_goes_after_the_commit_and_its_text_is_emptied(posting: Flask, post: Post) -> None:
    with posting.app_context():
        with transaction() as session:
            write(session)
        run_worker(posting, posting.config["SQLALCHEMY_DATABASE_URI"], wait=False)

        [mail] = post.taken
        assert (mail["To"], mail["From"], mail["Subject"]) == (
            "person@example.test",
            "market@example.test",
            "请确认邮箱",
        )
        assert mail.get_content().splitlines() == ["您好", ".点开头", "https://a/b"]
        with transaction() as session:
            row = the_mail(session)
            assert (row.sent_at is not None, row.body, row.attempts) == (True, "", 1)


def test_a_business_that_is_rolled_back_sends_nothing(posting: Flask, post: Post) -> None:
    with posting.app_context():
        with pytest.raises(RuntimeError), transaction() as session:
            write(session)
            raise RuntimeError
        with transaction() as session:
            assert session.scalars(select(MailMessage)).all() == []
            assert session.scalar(text("SELECT count(*) FROM procrastinate_jobs WHERE task_name = :n"), {"n": JOB}) == 0
    assert post.taken == []


def test_the_job_twice_sends_once(posting: Flask, post: Post) -> None:
    with posting.app_context():
        with transaction() as session:
            message_id = write(session)
        assert message_id is not None
        send_mail(message_id)
        send_mail(message_id)
    assert len(post.taken) == 1


def test_a_server_that_is_busy_is_asked_again_with_the_same_message_id(posting: Flask, post: Post) -> None:
    post.answers = [b"451 later\r\n"]
    with posting.app_context():
        with transaction() as session:
            message_id = write(session)
        assert message_id is not None
        with pytest.raises(Exception, match="later"):
            send_mail(message_id)
        with transaction() as session:
            assert (the_mail(session).attempts, the_mail(session).failed_at) == (1, None)
        send_mail(message_id)
    assert [mail["Message-ID"] for mail in post.taken] == [f"<mail-{message_id}@example.test>"]


def test_an_address_refused_for_good_is_noted_and_not_tried_again(posting: Flask, post: Post) -> None:
    post.refused_recipient = b"550 nobody here\r\n"
    with posting.app_context():
        with transaction() as session:
            message_id = write(session)
        assert message_id is not None
        send_mail(message_id)
        with transaction() as session:
            row = the_mail(session)
            assert row.failed_at is not None
            assert row.sent_at is None
            assert "nobody here" in (row.failure or "")
        post.refused_recipient = None
        send_mail(message_id)
    assert post.taken == []


def test_the_same_key_writes_one_mail(session: Session) -> None:
    assert write(session) is not None
    assert write(session) is None
    assert write(session, "two") is not None


@pytest.mark.parametrize(
    "changes",
    [
        {"recipient": "a@b.cn\r\nBcc: all@b.cn"},
        {"recipient": "a@b.cn\nBcc: all@b.cn"},
        {"recipient": "a@b.cn, c@d.cn"},
        {"recipient": "张三@b.cn"},
        {"recipient": "no address"},
        {"subject": "请确认\r\nBcc: all@b.cn"},
        {"subject": "请确认\x00"},
        {"subject": "  "},
    ],
)
def test_headers_cannot_be_smuggled_in(session: Session, changes: dict[str, str]) -> None:
    with pytest.raises(MailRefused):
        write(session, **changes)
    assert session.scalars(select(MailMessage)).all() == []


def test_links_start_with_the_setting_whatever_the_request_says(posting: Flask) -> None:
    with posting.test_request_context("/", headers={"Host": "evil.example", "X-Forwarded-Host": "evil.example"}):
        assert absolute_url("/sign-up/x") == "https://market.example/sign-up/x"


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({"MAIL_SERVER": "mail.example", "MAIL_FROM": "a@b.cn"}, "PUBLIC_URL"),
        ({"MAIL_SERVER": "mail.example", "PUBLIC_URL": "https://m.example"}, "MAIL_FROM"),
        ({"PUBLIC_URL": "m.example"}, "PUBLIC_URL"),
        ({"MAIL_FROM": "no address"}, "MAIL_FROM"),
        ({"MAIL_SECURITY": "hope"}, "MAIL_SECURITY"),
    ],
)
def test_unusable_mail_settings_are_refused_and_named(variables: dict[str, str], named: str) -> None:
    with pytest.raises(ConfigurationError, match=named):
        load_settings(variables)


def test_the_mailbox_shows_mails_outside_production_only(client, session, worker_app) -> None:  # type: ignore[no-untyped-def]
    write(session)
    session.commit()
    assert "请确认邮箱" in client.get("/mailbox").get_data(as_text=True)

    settings = worker_app.extensions["kezhuan_settings"]
    worker_app.extensions["kezhuan_settings"] = replace(settings, environment="production")
    try:
        answer = client.get("/mailbox")
    finally:
        worker_app.extensions["kezhuan_settings"] = settings
    assert answer.status_code == 404
    assert "请确认邮箱" not in answer.get_data(as_text=True)
