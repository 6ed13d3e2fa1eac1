"""Claims of rights on pages: typed, changed and shown in the register, folded on the public page, told at hits."""

from __future__ import annotations

import io
import re
from datetime import date
from html import unescape

import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from market.achievements.models import Achievement, IPRight
from market.listings.models import Listing
from search import service
from search.engines.embedded import EmbeddedEngine
from tests.conftest import NOW
from tests.factories.public_listings import make_public_listing
from tests.factories.register_entries import NAME, PUMP, make_entry, right_draft
from tests.factories.world import Institution, actor_of

CLAIMS = "1. 一种水泵，其特征在于，<b>叶轮</b>为双层。\n2. 根据权利要求1所述的水泵，壳体由铜制成。"
NEW = "/console/register/new"


@pytest.fixture
def entry(session: Session, institution: Institution) -> Achievement:
    right = right_draft(NAME, claims=CLAIMS)
    made = make_entry(session, actor_of(institution.officer), NOW, right, title="一种水泵")
    session.commit()
    return made


def claims_of(session: Session) -> str:
    return session.scalars(select(IPRight.claims)).one()


def typed(page: str) -> dict[str, str]:
    """What the form of a right holds, with the line ends that a browser sends."""
    form = page.split('class="editor"')[1]
    found = {}
    for tag in re.findall(r"<input[^>]*>", form):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        if name:
            found[name[1]] = unescape(value[1]) if value else ""
    for name, body in re.findall(r'<textarea[^>]*name="([^"]*)"[^>]*>(.*?)</textarea>', form, re.DOTALL):
        found[name] = unescape(body).strip().replace("\r\n", "\n").replace("\n", "\r\n")
    for name, body in re.findall(r'<select[^>]*name="([^"]*)"[^>]*>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'<option selected value="([^"]*)"', body)
        found[name] = chosen[1] if chosen else ""
    return found


def address_of(session: Session, entry: Achievement) -> str:
    return f"/console/register/{entry.id}/rights/{session.scalars(select(IPRight.id)).one()}/edit"


ENTRY = {
    "title": "一种水泵",
    "kind": "invention",
    "right-number": PUMP,
    "right-applicants": NAME,
    "right-filing_date": "2017-07-21",
}


def test_a_new_entry_takes_the_claims_of_its_right(officer: FlaskClient, session: Session) -> None:
    answer = officer.post(NEW, data=ENTRY | {"right-claims": CLAIMS.replace("\n", "\r\n")})
    assert answer.status_code == 302
    assert claims_of(session) == CLAIMS


@pytest.mark.parametrize(
    ("given", "sentence"), [("长" * 32_768, "不超过 32767 个字。"), ("一种\x00水泵", "文字里有无法保存的字符")]
)
def test_claims_that_are_too_long_or_hold_a_null_are_refused_at_their_field(
    officer: FlaskClient, session: Session, given: str, sentence: str
) -> None:
    answer = officer.post(NEW, data=ENTRY | {"right-claims": given})
    page = unescape(answer.text)
    assert answer.status_code == 422
    assert 'id="right-claims-error"' in page
    assert sentence in page
    assert session.scalar(select(func.count(IPRight.id))) == 0


def test_software_has_no_claims(officer: FlaskClient, session: Session) -> None:
    software = ENTRY | {"kind": "software", "right-number": "2021SR0123456", "right-claims": CLAIMS}
    answer = officer.post(NEW, data=software)
    assert answer.status_code == 422
    assert "只有专利和专利申请有权利要求。" in answer.text
    assert officer.post(NEW, data=software | {"right-claims": ""}).status_code == 302
    assert claims_of(session) == ""


def test_the_longest_claims_are_taken(officer: FlaskClient, session: Session) -> None:
    answer = officer.post(NEW, data=ENTRY | {"abstract": "短" * 20_000, "right-claims": "长" * 32_767})
    assert answer.status_code == 302
    assert len(claims_of(session)) == 32_767


def test_a_right_sent_back_unchanged_stays_and_a_change_of_claims_is_told(
    officer: FlaskClient, session: Session, entry: Achievement
) -> None:
    address = address_of(session, entry)
    shown = typed(officer.get(address).text)
    assert officer.post(address, data=shown).status_code == 302
    assert "内容更新" not in officer.get(f"/console/register/{entry.id}").text

    assert officer.post(address, data=shown | {"claims": "1. 一种铜泵。"}).status_code == 302

    page = officer.get(f"/console/register/{entry.id}").text
    assert "内容更新：权利要求" in page
    assert "1. 一种铜泵。" in page
    answer = officer.post(address, data=shown)
    assert answer.status_code == 409
    assert re.search(r'<a href="#claims">权利要求</a></th><td[^>]*>1\. 一种铜泵。</td>', answer.text)


def test_the_register_shows_claims_folded_and_says_when_nobody_else_sees_them(
    officer: FlaskClient, session: Session, entry: Achievement
) -> None:
    page = officer.get(f"/console/register/{entry.id}").text
    assert re.search(r'<details class="unfold">\s*<summary>权利要求</summary>', page)
    assert "&lt;b&gt;叶轮&lt;/b&gt;" in page
    assert "按尚未公布处理" in page
    session.scalars(select(IPRight)).one().publication_number = "CN107265123A"
    session.commit()
    assert "按尚未公布处理" not in officer.get(f"/console/register/{entry.id}").text


def test_the_excel_file_of_the_register_has_the_claims(officer: FlaskClient, entry: Achievement) -> None:
    with officer.get("/console/register/export.xlsx", buffered=True) as answer:
        rows = list(load_workbook(io.BytesIO(answer.data)).active.iter_rows(values_only=True))
    assert dict(zip(rows[0], rows[1], strict=True))["权利要求"] == CLAIMS


@pytest.fixture
def listing(session: Session) -> Listing:
    made = make_public_listing(session, "一种水泵", patent_numbers=(PUMP,), abstract="泵。", summary="用于灌溉。")
    made.achievement.rights[0].claims = CLAIMS
    made.achievement.rights[0].grant_date = date(2024, 5, 6)
    session.commit()
    return made


def test_the_public_page_shows_claims_folded(client: FlaskClient, listing: Listing) -> None:
    page = client.get(f"/listings/{listing.number}").text
    assert re.search(r'<details class="unfold">\s*<summary>[^<]*一种水泵</summary>', page)
    assert "&lt;b&gt;叶轮&lt;/b&gt;为双层" in page
    assert "专利法第64条" in page


def test_the_public_page_hides_claims_that_are_not_published(
    client: FlaskClient, session: Session, listing: Listing
) -> None:
    listing.achievement.rights[0].grant_date = None
    session.commit()
    page = client.get(f"/listings/{listing.number}").text
    assert "双层" not in page
    assert "专利法第64条" not in page


def test_the_public_page_shows_claims_without_an_abstract_too(
    client: FlaskClient, session: Session, listing: Listing
) -> None:
    listing.achievement.abstract = ""
    session.commit()
    assert "双层" in client.get(f"/listings/{listing.number}").text


@pytest.mark.parametrize("state", ["draft", "platform_review", "withdrawn"])
def test_what_is_not_public_shows_nothing(client: FlaskClient, session: Session, listing: Listing, state: str) -> None:
    listing.state = state
    session.commit()
    assert "双层" not in client.get(f"/listings/{listing.number}").text


def test_a_hit_by_claims_shows_the_passage_and_says_where(
    client: FlaskClient, session: Session, engine: EmbeddedEngine, listing: Listing
) -> None:
    service.reconcile(engine)
    page = unescape(client.get("/listings?q=双层叶轮+铜制").text)
    assert re.search(r"<mark>双层</mark>|<mark>叶轮</mark>", page)
    assert "根据权利要求1所述" in re.sub("<[^>]+>", "", page)
    assert "权利要求" in re.sub("<[^>]+>", "", page.split('class="why"')[1].split("</summary>")[0])


def test_the_help_of_the_search_language_names_the_field(client: FlaskClient, engine: EmbeddedEngine) -> None:
    assert "标题、摘要、权利要求、申请人" in client.get("/listings").text
