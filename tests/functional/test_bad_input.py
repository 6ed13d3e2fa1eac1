"""Bad input over a real socket: each gets a clear sentence, nothing is half-done, memory stays flat, never a 500."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from io import BytesIO
from urllib.parse import quote

import pytest
from openpyxl import Workbook

from tests.functional.real_server import RunningPlatform, Visitor, running_platform

MEGABYTE = 1024 * 1024
pytestmark = pytest.mark.timeout(600)
"""The first test of a run that asks for the demo world waits until it is loaded, beside other tests."""


@pytest.fixture(scope="module")
def platform() -> Iterator[RunningPlatform]:
    with running_platform() as running:
        yield running


@pytest.fixture
def visitor(platform: RunningPlatform) -> Iterator[Visitor]:
    with Visitor(platform.address) as someone:
        yield someone


@pytest.fixture(scope="module")
def officer(platform: RunningPlatform) -> Iterator[Visitor]:
    with Visitor(platform.address) as someone:
        yield someone.sign_in("officer@wzu.demo")


@pytest.fixture(scope="module")
def buyer(platform: RunningPlatform) -> Iterator[Visitor]:
    with Visitor(platform.address) as someone:
        yield someone.sign_in("buyer@e35.demo")


def upload(officer: Visitor, name: str, content: bytes) -> tuple[int, str]:
    token = officer.token("/console/imports/new")
    answer = officer.http.post(
        "/console/imports/new", data={"csrf_token": token}, files={"file": (name, content, "application/octet-stream")}
    )
    return answer.status_code, answer.text


def import_count(officer: Visitor) -> int:
    return len(re.findall(r'href="/console/imports/\d+"', officer.http.get("/console/imports").text))


def workbook(*headings: str) -> bytes:
    book = Workbook()
    book.active.append(headings)
    book.active.append(["一种阀门"] * len(headings))
    content = BytesIO()
    book.save(content)
    return content.getvalue()


@pytest.mark.parametrize(
    ("name", "content"),
    [("专利.xlsx", b"this is no workbook"), ("专利.xlsx", b""), ("照片.xlsx", b"\x89PNG\r\n\x1a\n" + bytes(2000))],
)
def test_a_file_that_is_no_workbook_is_refused_with_a_sentence(officer, name, content):
    before = import_count(officer)
    status, page = upload(officer, name, content)
    assert status == 422
    assert 'class="field-error"' in page
    assert import_count(officer) == before


def test_a_workbook_without_a_number_column_says_which_headings_it_has(officer):
    before = import_count(officer)
    status, page = upload(officer, "教师名单.xlsx", workbook("姓名", "职称"))
    assert status == 422
    assert "职称" in page
    assert import_count(officer) == before


def test_two_hundred_megabytes_get_a_page_and_leave_memory_flat(platform, officer):
    token_cookie = "; ".join(f"{cookie.name}={cookie.value}" for cookie in officer.http.cookies.jar)
    boundary, size = "kezhuan", 200 * MEGABYTE
    head = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="big.xlsx"\r\n'
        "Content-Type: application/octet-stream\r\n\r\n"
    ).encode()
    tail = f"\r\n--{boundary}--\r\n".encode()
    before = platform.memory_bytes()
    with socket.create_connection(platform.host_and_port, timeout=60) as connection:
        request = (
            f"POST /console/imports/new HTTP/1.1\r\nHost: {platform.address.removeprefix('http://')}\r\n"
            f"Cookie: {token_cookie}\r\nContent-Type: multipart/form-data; boundary={boundary}\r\n"
            f"Content-Length: {len(head) + size + len(tail)}\r\nConnection: close\r\n\r\n"
        )
        connection.sendall(request.encode() + head)
        block = bytes(MEGABYTE)
        for _ in range(size // MEGABYTE):
            connection.sendall(block)
        connection.sendall(tail)
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 413")
    assert "30" in answer.decode()
    assert platform.memory_bytes() - before < 30 * MEGABYTE


def running_lot(buyer: Visitor) -> str:
    found = re.search(r'href="/lots/(JJ\w+)"', buyer.http.get("/lots").text)
    assert found is not None
    return f"/lots/{found[1]}"


def bid_count(buyer: Visitor, lot: str) -> int:
    return len(re.findall(r'data-bid="\d+"', buyer.http.get(lot).text))


@pytest.fixture(scope="module")
def bidder(platform: RunningPlatform) -> Iterator[Visitor]:
    """An enterprise that is registered for the running lot."""
    with Visitor(platform.address) as someone:
        someone.sign_in("buyer@e36.demo")
        lot = running_lot(someone)
        someone.post(f"{lot}/registrations", lot)
        assert 'id="bid-form"' in someone.http.get(lot).text
        yield someone


def bid(bidder: Visitor, amount: str, form_token: str | None = None) -> tuple[int, str]:
    lot = running_lot(bidder)
    page = bidder.http.get(lot).text
    token = form_token or re.search(r'name="form_token"[^>]*value="([^"]+)"', page)[1]  # type: ignore[index]
    answer = bidder.post(f"{lot}/bids", lot, amount=amount, form_token=token)
    return answer.status_code, answer.text


def lead(bidder: Visitor) -> tuple[str, ...]:
    """Every accepted bid as the page shows it."""
    page = bidder.http.get(running_lot(bidder)).text
    return tuple(re.findall(r"¥[\d,.]+", page))


@pytest.mark.parametrize(
    "amount", ["0", "-1", "1e9", "abc", "", "999999999999999999", "800000.001", "800001", "１００"]
)
def test_a_bad_amount_is_refused_with_a_sentence_and_no_bid(bidder, amount):
    before = lead(bidder)
    status, page = bid(bidder, amount)
    assert status == 422
    assert 'class="field-error"' in page
    assert lead(bidder) == before


def test_the_same_bid_form_sent_twice_makes_one_bid(bidder):
    page = bidder.http.get(running_lot(bidder)).text
    amount = re.search(r'name="amount"[^>]*value="([\d.]+)"', page)[1]
    token = re.search(r'name="form_token"[^>]*value="([^"]+)"', page)[1]
    assert bid(bidder, amount, token)[0] == 302
    after_first = lead(bidder)
    assert bid(bidder, amount, token)[0] == 302
    assert lead(bidder) == after_first


def test_a_bid_after_the_end_is_refused(platform, buyer):
    closed = re.search(r'href="/lots/(JJ\w+)"', buyer.http.get("/lots?tab=closed").text)[1]
    answer = buyer.post(f"/lots/{closed}/bids", "/lots", amount="99000000", form_token="x" * 32)
    assert answer.status_code in {404, 422}
    assert answer.status_code == 422
    assert "HTTP" not in answer.text


def test_a_foreign_listing_in_the_address_looks_like_one_that_is_not_there(visitor, officer):
    owner, stranger = visitor.sign_in("officer@wmu.demo"), officer
    foreign = re.search(r'href="/console/listings/(WZ\w+)"', owner.http.get("/console/listings").text)[1]
    seen = stranger.http.get(f"/console/listings/{foreign}")
    missing = stranger.http.get("/console/listings/WZ202600Z999999")
    assert (seen.status_code, missing.status_code) == (404, 404)
    refused = stranger.post(f"/console/listings/{foreign}/withdrawal", "/console/listings", reason="不是我的")
    assert refused.status_code == 404


@pytest.mark.parametrize(
    "words",
    [
        "密" * 10_000,
        "，。！？；：",
        "\x00",
        "阀\x00门",
        '"未闭合',
        "***???",
        "😀",
        "(" * 500,
        "AND OR NOT",
        "%",
        "\\",
        "\ud83d".encode("utf-8", "surrogatepass").decode("latin-1"),
        "?*?*" * 2_500,
        "(" * 10_000,
        "(a OR -(" * 1_250,
        '"' * 9_999,
        "“「『" * 3_000,
        "a OR " * 2_000,
        "-" * 10_000,
        "NOT " * 2_500,
        "标题:" * 3_000,
        "价格:<abc TRL:99 发布:2026-13 IPC:Z 县:火星 编号:",
        "价格:50万..10万 OR OR AND",
        "价格:" + "9" * 300,
        "发布:9999-99-99..0000",
        "\u202e激光 OR \u200f密封\u202c",
        "标题:😀 -😀",
    ],
    ids=[
        "ten thousand characters",
        "punctuation",
        "null",
        "null inside",
        "open quote",
        "wildcards",
        "emoji",
        "brackets",
        "operators",
        "percent",
        "backslash",
        "broken surrogate",
        "wildcard bomb",
        "ten thousand brackets",
        "nested alternatives",
        "ten thousand quotes",
        "Chinese quotes",
        "thousands of alternatives",
        "ten thousand minus signs",
        "thousands of exclusions",
        "thousands of field names",
        "unreadable values",
        "ends swapped and operators without a side",
        "a price of three hundred digits",
        "no such days",
        "right to left",
        "emoji in a field",
    ],
)
def test_every_query_gets_an_answer(visitor, words):
    assert visitor.status_of(f"/listings?q={quote(words)}") == 200


def test_a_facet_given_ten_thousand_times_gets_an_answer(visitor):
    assert visitor.status_of("/listings?q=TRL:6&" + "&".join(["way=assignment"] * 10_000)) == 200


@pytest.mark.parametrize(
    "rest", ["page=1000000000", "page=-1", "page=x", "way=nothing", "institution=' OR 1=1", "county=%00", "sort=zzz"]
)
def test_every_filter_gets_an_answer(visitor, rest):
    answer = visitor.http.get(f"/listings?q=激光&{rest}", follow_redirects=True)
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/listings/%00",
        "/lots/%00",
        "/listings/WZ",
        "/console/register/99999999999999999999",
        "/console/register?page=9&year=abc&kind=%00",
        "/console/imports/0",
        "/console/listings?state=%00&text=%00%25",
        "/offers/99999999999999999999/application",
        "/console/listings/new?achievement=99999999999999999999",
        "/console/notices?page=-5",
    ],
)
def test_no_address_breaks_the_server(officer, path):
    assert officer.http.get(path).status_code < 500


def test_a_form_field_full_of_nulls_is_an_error_at_the_form(visitor):
    answer = visitor.post("/sign-in", "/sign-in", email="a\x00b@example.test", password="\x00")
    assert answer.status_code == 422
