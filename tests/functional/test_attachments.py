"""Attachments of listings: who adds them, who gets them after which promise, what is recorded, what a scan does."""

from __future__ import annotations

import dataclasses
import io
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from openpyxl import load_workbook
from pypdf import PdfReader
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError

from market.accounts.models import Membership
from market.accounts.rules import OrganisationKind, Role
from market.achievements.models import StoredFile
from market.audit import erasing, personal_data
from market.kernel.db import transaction
from market.kernel.errors import NotFound
from market.kernel.events import Event
from market.listings.attachments import cleaning, handing, jobs, nda, service
from market.listings.attachments.errors import AttachmentRefused
from market.listings.attachments.models import Attachment, AttachmentReading, NdaConsent
from market.listings.attachments.queries import cover_id
from market.listings.attachments.rules import KEPT_DAYS, MAXIMUM_ATTACHMENTS, MAXIMUM_BYTES
from market.listings.attachments.vocabulary import Level, ScanState
from market.listings.errors import ReasonMissing
from market.listings.models import Listing
from market.notifications import service as notifications
from market.notifications.models import Notice
from tests.conftest import NOW
from tests.factories.attachments import VIRUS, add_attachment, docx_bytes, pdf_bytes, picture_bytes, scanner_server
from tests.factories.listings import make_draft_listing, make_published_listing, make_submitted_listing
from tests.factories.world import actor_of, make_institution, make_organisation, make_person, sign_in

PROGRAM = b"MZ\x90\x00" + b"\0" * 200


@pytest.fixture
def institution(session):
    return make_institution(session, name="瓯海大学")


@pytest.fixture
def officer(institution):
    return actor_of(institution.officer)


@pytest.fixture
def listing(session, institution):
    return make_published_listing(session, institution)


@pytest.fixture
def buyer(session):
    enterprise = make_organisation(session, OrganisationKind.ENTERPRISE, name="泵阀科技有限公司")
    return make_person(session, enterprise, Role.ENTERPRISE_USER, name="林读者")


def upload(client, listing, name, content, *, level="public", title=""):
    data = {"file": (io.BytesIO(content), name), "level": level, "title": title}
    return client.post(f"/console/listings/{listing.number}/attachments", data=data)


def count(session, model):
    return session.scalar(select(func.count()).select_from(model))


def path_of(listing, attachment):
    return f"/listings/{listing.number}/attachments/{attachment.id}"


def test_an_officer_adds_a_file_and_everybody_finds_it_on_the_page(client, session, institution, listing):
    session.commit()
    sign_in(client, institution.officer)

    answer = upload(client, listing, "检测 报告.pdf", pdf_bytes(), title="第三方检测报告")

    assert answer.status_code == 302
    row = session.scalars(select(Attachment)).one()
    assert (row.title, row.file_name, row.level, row.scan_state) == (
        "第三方检测报告", "检测 报告.pdf", "public", "unscanned",
    )  # fmt: skip
    page = client.application.test_client().get(f"/listings/{listing.number}").get_data(as_text=True)
    assert "第三方检测报告" in page
    assert row.sha256 in page


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("工具.pdf", PROGRAM, "按内容判断，这不是可以上传的文件"),
        ("报告.exe", pdf_bytes(), "内容却是 PDF"),
        ("报告.pdf", pdf_bytes() + docx_bytes(), "夹带了别的内容"),
        ("报告.pdf", pdf_bytes(password="x"), "PDF 加了密码"),
    ],
)
def test_a_file_that_is_not_what_it_says_is_refused_at_its_field(
    client, session, institution, listing, name, content, sentence
):
    session.commit()
    sign_in(client, institution.officer)

    answer = upload(client, listing, name, content)

    assert answer.status_code == 422
    assert sentence in answer.get_data(as_text=True)
    assert (count(session, Attachment), count(session, StoredFile)) == (0, 0)


def test_thirty_one_megabytes_are_refused_with_a_sentence(client, session, institution, listing):
    session.commit()
    sign_in(client, institution.officer)

    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="big.pdf"\r\n\r\n%PDF-'
    body = head + b"\0" * (MAXIMUM_BYTES + 1024 * 1024) + b"\r\n--x--\r\n"
    address = f"/console/listings/{listing.number}/attachments"
    answer = client.post(address, data=body, content_type="multipart/form-data; boundary=x")

    assert answer.status_code == 413
    assert "上传的文件太大" in answer.get_data(as_text=True)
    assert count(session, Attachment) == 0


def test_the_eleventh_is_refused(session, officer, listing):
    for _number in range(MAXIMUM_ATTACHMENTS):
        add_attachment(session, officer, listing.id)

    with pytest.raises(AttachmentRefused) as refused:
        add_attachment(session, officer, listing.id)
    assert refused.value.code == "attachment.count"
    assert count(session, Attachment) == MAXIMUM_ATTACHMENTS


def test_a_foreign_listing_is_not_there(client, session, officer, listing):
    other = make_institution(session)
    row = add_attachment(session, officer, listing.id)
    with pytest.raises(NotFound):
        add_attachment(session, actor_of(other.officer), listing.id)
    with pytest.raises(NotFound):
        service.remove_attachment(session, actor_of(other.officer), row.id, reason="不要了", now=NOW)
    session.commit()
    sign_in(client, other.officer)

    base = f"/console/listings/{listing.number}"
    assert upload(client, listing, "报告.pdf", pdf_bytes()).status_code == 404
    assert client.get(f"{base}/attachments").status_code == 404
    assert client.get(f"{base}/attachments/{row.id}/file").status_code == 404
    assert client.get(f"{base}/readings").status_code == 404
    assert count(session, Attachment) == 1


def test_an_attachment_of_another_listing_is_not_reached_through_ones_own(
    client, session, officer, listing, institution
):
    other = make_institution(session)
    own = make_draft_listing(session, other)
    row = add_attachment(session, officer, listing.id, Level.AFTER_NDA)
    session.commit()
    sign_in(client, other.officer)

    base = f"/console/listings/{own.number}/attachments/{row.id}"
    assert client.get(f"{base}/file").status_code == 404
    assert client.post(base, data={"title": "x", "level": "public"}).status_code == 404
    assert client.post(f"{base}/removal", data={"reason": "x"}).status_code == 404
    assert (row.level, row.removed_at) == ("after_nda", None)


def test_during_a_review_nothing_is_added_or_changed(session, officer, institution):
    listing = make_draft_listing(session, institution)
    row = add_attachment(session, officer, listing.id)
    waiting = make_submitted_listing(session, institution)
    with pytest.raises(AttachmentRefused) as refused:
        add_attachment(session, officer, waiting.id)
    assert refused.value.code == "attachment.review"
    assert session.scalars(select(Attachment.id)).all() == [row.id]


def test_what_was_published_goes_only_with_a_reason_and_is_gone_at_once(client, session, officer, listing):
    row = add_attachment(session, officer, listing.id)
    with pytest.raises(ReasonMissing):
        service.remove_attachment(session, officer, row.id, reason=" ", now=NOW)
    assert row.removed_at is None

    service.remove_attachment(session, officer, row.id, reason="报告已过期", now=NOW)
    session.commit()

    assert client.get(path_of(listing, row)).status_code == 404
    event = session.scalars(select(Event).where(Event.action == "listing.attachment_removed")).one()
    assert event.reason == "报告已过期"


def test_a_public_file_comes_as_a_download_that_no_browser_opens_here(client, session, officer, listing):
    row = add_attachment(session, officer, listing.id, name="检测 报告.pdf")
    session.commit()

    with client.get(path_of(listing, row)) as answer:
        assert answer.status_code == 200
        assert answer.data == pdf_bytes() or answer.data.startswith(b"%PDF-")
        assert answer.headers["Content-Disposition"].startswith("attachment;")
        assert "filename*=UTF-8''" in answer.headers["Content-Disposition"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert count(session, AttachmentReading) == 0


def test_a_visitor_signs_in_first(client, session, officer, listing, buyer):
    row = add_attachment(session, officer, listing.id, Level.SIGNED_IN)
    session.commit()

    answer = client.get(path_of(listing, row))
    assert (answer.status_code, answer.location) == (302, f"/sign-in?next=/listings/{listing.number}")
    sign_in(client, buyer)
    with client.get(path_of(listing, row)) as answer:
        assert answer.status_code == 200
    reading = session.scalars(select(AttachmentReading)).one()
    assert (reading.person_id, reading.attachment_id, reading.has_watermark, reading.nda_consent_id) == (
        buyer.id, row.id, False, None,
    )  # fmt: skip


def test_without_the_promise_a_secret_file_leads_to_it(client, session, officer, listing, buyer):
    row = add_attachment(session, officer, listing.id, Level.AFTER_NDA)
    session.commit()
    sign_in(client, buyer)

    answer = client.get(path_of(listing, row))

    assert (answer.status_code, answer.location) == (302, f"/listings/{listing.number}/secrecy")
    assert client.post(f"/listings/{listing.number}/secrecy", data={}).status_code == 422
    assert client.get(path_of(listing, row)).status_code == 302
    assert (count(session, AttachmentReading), count(session, NdaConsent)) == (0, 0)


def test_the_promise_is_kept_word_for_word_told_and_cannot_be_changed(client, session, listing, buyer, institution):
    session.commit()
    sign_in(client, buyer)
    address = f"/listings/{listing.number}/secrecy"

    assert client.post(address, data={"agrees": "y"}).status_code == 302
    assert client.post(address, data={"agrees": "y"}).status_code == 302

    consent = session.scalars(select(NdaConsent)).one()
    actor = actor_of(buyer)
    assert (consent.person_id, consent.organisation_id, consent.listing_id) == (
        buyer.id, actor.organisation_id, listing.id,
    )  # fmt: skip
    assert consent.text.startswith("泵阀科技有限公司（以下称“本单位”）")
    assert (consent.text_version, consent.text_sha256) == (nda.VERSION, nda.digest(consent.text))
    assert consent.text_sha256 in client.get(address).get_data(as_text=True)
    event = session.scalars(select(Event).where(Event.action == "listing.secrecy_promised")).one()
    assert event.payload["text_sha256"] == consent.text_sha256
    notifications.deliver(session, event.id)
    notice = session.scalars(select(Notice).where(Notice.title == "有企业签署保密承诺")).one()
    assert notice.organisation_id == institution.organisation.id
    assert notice.params["reader"] == "泵阀科技有限公司"
    with pytest.raises(DBAPIError, match="append-only"), session.begin_nested():
        session.execute(sa.update(NdaConsent).values(text="anderes"))


@pytest.fixture
def promised(session, listing, buyer):
    return service.promise_secrecy(session, actor_of(buyer), listing.id, now=NOW)


def test_after_the_promise_a_pdf_bears_the_readers_name_and_each_download_is_recorded(
    client, session, officer, listing, buyer, promised
):
    row = add_attachment(session, officer, listing.id, Level.AFTER_NDA)
    session.commit()
    sign_in(client, buyer)

    for _time in range(2):
        with client.get(path_of(listing, row)) as answer:
            assert answer.headers["Cache-Control"] == "private, no-store"
            pages = PdfReader(io.BytesIO(answer.data)).pages
            texts = [page.extract_text().replace("\n", "") for page in pages]
    with client.head(path_of(listing, row)) as answer:
        assert answer.status_code == 200

    assert len(texts) == 2
    assert all("泵阀科技有限公司 林读者 2026-11-22 10:00" in text for text in texts)
    readings = session.scalars(select(AttachmentReading)).all()
    assert [(reading.has_watermark, reading.nda_consent_id) for reading in readings] == [(True, promised.id)] * 2


def test_two_readers_never_get_each_others_copy(client, session, officer, listing, buyer, promised):
    colleague = make_person(
        session, session.get_one(Membership, actor_of(buyer).membership_id).organisation, name="王同事"
    )
    service.promise_secrecy(session, actor_of(colleague), listing.id, now=NOW)
    row = add_attachment(session, officer, listing.id, Level.AFTER_NDA)
    session.commit()
    texts = []
    for person in (buyer, colleague):
        reader = client.application.test_client()
        sign_in(reader, person)
        with reader.get(path_of(listing, row)) as answer:
            texts.append(PdfReader(io.BytesIO(answer.data)).pages[0].extract_text().replace("\n", ""))

    assert ["林读者" in text for text in texts] == [True, False]
    assert ["王同事" in text for text in texts] == [False, True]


def test_a_secret_file_that_is_no_pdf_comes_as_it_is_and_is_recorded(
    client, session, officer, listing, buyer, promised
):
    content = docx_bytes()
    row = add_attachment(session, officer, listing.id, Level.AFTER_NDA, name="参数.docx", content=content)
    session.commit()
    sign_in(client, buyer)

    with client.get(path_of(listing, row)) as answer:
        assert answer.data == content
    assert session.scalars(select(AttachmentReading.has_watermark)).all() == [False]


def test_whose_membership_ended_reads_no_longer(client, session, officer, listing, buyer, promised):
    row = add_attachment(session, officer, listing.id, Level.AFTER_NDA)
    other = make_organisation(session, OrganisationKind.ENTERPRISE)
    session.commit()
    sign_in(client, buyer)
    with client.get(path_of(listing, row)) as answer:
        assert answer.status_code == 200

    membership = session.get_one(Membership, actor_of(buyer).membership_id)
    membership.ended_at = NOW
    session.add(Membership(person_id=buyer.id, organisation_id=other.id, created_at=NOW))
    session.commit()

    assert client.get(path_of(listing, row)).location == f"/listings/{listing.number}/secrecy"
    assert client.get(f"/listings/{listing.number}/secrecy").status_code == 403
    assert count(session, AttachmentReading) == 1


def test_nobody_else_signed_in_gets_a_secret_file(client, session, officer, listing):
    row = add_attachment(session, officer, listing.id, Level.AFTER_NDA)
    strangers = [make_institution(session).officer]
    kinds = {OrganisationKind.BUREAU: Role.SUPERVISOR, OrganisationKind.AUDITOR: Role.AUDITOR}
    strangers += [make_person(session, make_organisation(session, kind), role) for kind, role in kinds.items()]
    strangers.append(
        make_person(session, session.get_one(Membership, officer.membership_id).organisation, Role.COMPLETER)
    )
    session.commit()
    for person in strangers:
        reader = client.application.test_client()
        sign_in(reader, person)
        assert reader.get(path_of(listing, row)).status_code == 302
        assert reader.get(f"/listings/{listing.number}/secrecy").status_code == 403
    assert count(session, AttachmentReading) == 0


def test_the_institution_reads_its_own_unmarked_and_unrecorded_and_sees_who_read_what(
    client, session, officer, listing, buyer, promised, institution
):
    row = add_attachment(session, officer, listing.id, Level.AFTER_NDA)
    session.commit()
    reader = client.application.test_client()
    sign_in(reader, buyer)
    with reader.get(path_of(listing, row)) as answer:
        assert answer.status_code == 200
    sign_in(client, institution.head)
    base = f"/console/listings/{listing.number}"

    with client.get(f"{base}/attachments/{row.id}/file") as answer:
        assert "林读者" not in PdfReader(io.BytesIO(answer.data)).pages[0].extract_text()
    page = client.get(f"{base}/readings").get_data(as_text=True)
    assert "林读者" in page
    assert "2026-11-22 10:00" in page
    with client.get(f"{base}/readings/export.xlsx?text=林读") as answer:
        rows = list(load_workbook(io.BytesIO(answer.data)).active.values)
    assert [row[1:5] for row in rows[1:]] == [("检测报告", "签保密承诺后可下载", "林读者", "泵阀科技有限公司")]
    assert count(session, AttachmentReading) == 1


def test_who_read_is_not_the_operators_business(client, session, listing):
    operator = make_person(session, make_organisation(session, OrganisationKind.OPERATOR), Role.OPERATOR)
    session.commit()
    sign_in(client, operator)

    assert client.get(f"/console/listings/{listing.number}/attachments").status_code == 200
    assert client.get(f"/console/listings/{listing.number}/readings").status_code == 403


def test_a_withdrawn_listings_files_are_gone_with_its_page(client, session, officer, listing, buyer, promised):
    from market.listings.vocabulary import ListingState

    row = add_attachment(session, officer, listing.id, Level.AFTER_NDA)
    listing.state = ListingState.WITHDRAWN
    session.commit()
    sign_in(client, buyer)

    assert client.get(path_of(listing, row)).status_code == 404
    assert client.get(f"/listings/{listing.number}/secrecy").status_code == 404


def covers_of(session):
    session.flush()
    return {number: cover for number, cover in session.execute(select(Listing.number, cover_id())) if cover}


def test_the_first_public_picture_is_the_cover_until_it_is_public_no_more(client, session, officer, listing):
    picture = picture_bytes()
    first = add_attachment(session, officer, listing.id, name="一.jpg", content=picture)
    second = add_attachment(session, officer, listing.id, name="二.jpg", content=picture)
    assert covers_of(session) == {listing.number: first.id}
    service.choose_cover(session, officer, second.id, now=NOW)
    assert covers_of(session) == {listing.number: second.id}
    session.commit()
    with client.get(f"{path_of(listing, second)}/thumbnail") as answer:
        assert (answer.status_code, answer.mimetype) == (200, "image/jpeg")

    service.change_attachment(session, officer, second.id, "二", Level.SIGNED_IN, now=NOW)
    session.commit()

    assert covers_of(session) == {}
    assert client.get(f"{path_of(listing, second)}/thumbnail").status_code in {302, 403}
    with pytest.raises(AttachmentRefused):
        service.choose_cover(session, officer, second.id, now=NOW)


def test_the_officer_orders_renames_and_removes_in_the_page(client, session, officer, listing, institution):
    first, second = (add_attachment(session, officer, listing.id) for _ in range(2))
    session.commit()
    sign_in(client, institution.officer)
    base = f"/console/listings/{listing.number}/attachments"

    assert client.post(f"{base}/{second.id}/order", data={"decision": "up"}).status_code == 302
    assert client.post(f"{base}/{first.id}", data={"title": "新名", "level": "after_nda"}).status_code == 302
    assert client.post(f"{base}/{second.id}/removal", data={"reason": ""}).status_code == 422
    assert client.post(f"{base}/{second.id}/removal", data={"reason": "换新版"}).status_code == 302

    session.expire_all()
    assert (first.position, second.position) == (2, 1)
    assert (first.title, first.level) == ("新名", "after_nda")
    assert (second.removal_reason, second.removed_at is not None) == ("换新版", True)


@pytest.fixture
def scanned(app):
    """The application with a scanner."""
    settings = app.extensions["kezhuan_settings"]
    with scanner_server() as address:
        app.extensions["kezhuan_settings"] = dataclasses.replace(settings, virus_scanner=address)
        yield
    app.extensions["kezhuan_settings"] = settings


def scan_state(session, row):
    session.expire_all()
    return row.scan_state


def test_a_file_is_unseen_until_the_scanner_calls_it_clean(client, session, officer, listing, institution, scanned):
    session.commit()
    sign_in(client, institution.officer)
    upload(client, listing, "报告.pdf", pdf_bytes())
    row = session.scalars(select(Attachment)).one()
    assert row.scan_state == ScanState.WAITING
    assert client.get(path_of(listing, row)).status_code == 404
    assert "待扫描" in client.get(f"/console/listings/{listing.number}/attachments").get_data(as_text=True)

    jobs.scan(row.id)

    assert scan_state(session, row) == ScanState.CLEAN
    with client.get(path_of(listing, row)) as answer:
        assert answer.status_code == 200


def test_an_infected_file_is_quarantined_and_the_institution_told(
    client, session, officer, listing, institution, scanned
):
    content = docx_bytes(extra={"word/macro.txt": b""}).replace(b"<Types/>", b"<Types/>")
    row = add_attachment(session, officer, listing.id, name="说明.docx", content=content, has_scanner=True)
    session.get_one(StoredFile, row.stored_file_id).content = VIRUS
    session.get_one(StoredFile, row.stored_file_id).byte_size = len(VIRUS)
    session.commit()

    jobs.scan(row.id)
    jobs.scan_waiting()

    assert scan_state(session, row) == ScanState.INFECTED
    assert client.get(path_of(listing, row)).status_code == 404
    event = session.scalars(select(Event).where(Event.action == "listing.attachment_infected")).one()
    notifications.deliver(session, event.id)
    assert session.scalars(select(Notice.title).where(Notice.title == "附件发现病毒")).all() == ["附件发现病毒"]


def test_a_scanner_that_does_not_answer_leaves_the_file_waiting(session, officer, listing, app):
    settings = app.extensions["kezhuan_settings"]
    with scanner_server() as address:
        pass  # closed again: nobody listens
    row = add_attachment(session, officer, listing.id, has_scanner=True)
    session.commit()
    app.extensions["kezhuan_settings"] = dataclasses.replace(settings, virus_scanner=address)
    try:
        jobs.scan_waiting()
    finally:
        app.extensions["kezhuan_settings"] = settings

    assert scan_state(session, row) == ScanState.WAITING
    assert row.scan_finding


def test_files_from_the_time_without_a_scanner_are_scanned_later(session, officer, listing, scanned):
    row = add_attachment(session, officer, listing.id)
    session.commit()

    jobs.scan_waiting()

    assert scan_state(session, row) == ScanState.CLEAN


def test_without_a_scanner_the_console_says_so(client, session, listing, institution):
    session.commit()
    sign_in(client, institution.officer)

    page = client.get(f"/console/listings/{listing.number}/attachments").get_data(as_text=True)

    assert "平台没有配置病毒扫描" in page


def test_a_removed_files_content_goes_after_its_time_and_its_name_stays(session, officer, listing):
    row = add_attachment(session, officer, listing.id, name="一.jpg", content=picture_bytes())
    kept = add_attachment(session, officer, listing.id)
    service.remove_attachment(session, officer, row.id, reason="过期", now=NOW)
    assert cleaning.give_up_removed(session, now=NOW + timedelta(days=KEPT_DAYS)) == 0

    later = NOW + timedelta(days=KEPT_DAYS, seconds=1)
    assert cleaning.give_up_removed(session, now=later) == 1
    assert cleaning.delete_orphans(session, now=later) == 2

    session.expire_all()
    assert (row.stored_file_id, row.thumbnail_file_id, row.file_name) == (None, None, "一.jpg")
    assert session.scalars(select(StoredFile.id)).all() == [kept.stored_file_id]


def test_marked_copies_of_past_hours_are_removed(app, session):
    old = handing.cache_folder() / "old.pdf"
    old.write_bytes(b"x")
    with transaction():
        assert handing.clear_cache(NOW + timedelta(days=9999)) >= 1
    assert not Path(old).exists()


def test_an_erased_readers_name_is_gone_from_the_list_and_her_data_export_has_the_readings(
    client, session, officer, listing, institution
):
    enterprise = make_organisation(session, OrganisationKind.ENTERPRISE)
    make_person(session, enterprise)
    reader = make_person(session, enterprise, Role.ENTERPRISE_USER, name="将注销者")
    row = add_attachment(session, officer, listing.id, Level.AFTER_NDA)
    service.promise_secrecy(session, actor_of(reader), listing.id, now=NOW)
    session.commit()
    sign_in(client, reader)
    with client.get(path_of(listing, row)) as answer:
        assert answer.status_code == 200

    about = personal_data.about(session, reader.email)
    assert (len(about["attachment_reading"]), len(about["nda_consent"])) == (1, 1)
    erasing.erase(session, reader.email, now=NOW)
    session.commit()

    other = client.application.test_client()
    sign_in(other, institution.officer)
    page = other.get(f"/console/listings/{listing.number}/readings").get_data(as_text=True)
    assert "将注销者" not in page
    assert "已注销人员" in page
