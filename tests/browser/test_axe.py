"""Every page that can be opened, as somebody who may see it: nothing serious from axe-core in light and dark, no sideways
scrolling on a phone, nothing on the browser's console."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from flask import Flask
from playwright.sync_api import Browser, expect
from werkzeug.exceptions import HTTPException

from tests.browser.support import Person, Site, arrive, violations
from tests.factories.office_files import HEADINGS, office_rows, workbook_bytes

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
VISITOR = ""
OFFICER, HEAD, OPERATOR = "officer@wzu.demo", "head@wzu.demo", "operator@demo"
BUYER, BUREAU, COUNTY, PROFESSOR = "buyer@e35.demo", "bureau@demo", "longwan@demo", "professor@wzu.demo"
AUDITOR = "auditor@demo"

SCROLLS_SIDEWAYS = """
[...document.querySelectorAll("main *")]
  .filter(e => ["auto", "scroll"].includes(getComputedStyle(e).overflowX) && e.scrollWidth > e.clientWidth + 1)
  .map(e => `${e.className || e.tagName}: ${e.scrollWidth} > ${e.clientWidth}`)
"""

NOT_PAGES = {
    "static": "files",
    "web.healthz": "for machines",
    "web.readyz": "for machines",
    "web.metrics": "for machines",
    "portal.listing_feed": "for machines",
    "portal.lot_feed": "for machines",
    "portal.institution_feed": "for machines",
    "portal.site_map": "for machines",
    "portal.site_map_file": "for machines",
    "portal.robots": "for machines",
    "listings.qr": "a picture",
    "accounts.evidence": "a file",
    "achievements.document": "a file",
    "attachments.download": "a file",
    "attachments.console_file": "a file",
    "attachments.thumbnail": "a picture",
    "reports.evidence": "a file",
    **dict.fromkeys(
        ("reports.received", "reports.report"),
        "for rows that the demo world has not; tests/functional/test_reports.py",
    ),
    "attachments.console_thumbnail": "a picture",
    **dict.fromkeys(
        ("achievements.end_encumbrance", "achievements.withdraw_implementation"),
        "a short form like “encumbrance”, for rows that the demo world has not",
    ),
    "accounts.statement": "a row that the demo world has not; tests/functional/test_particulars.py",
    "accounts.second_factor_step": "between password and page; tests/functional/test_sign_in_security.py",
    "accounts.security_qr": "a picture",
    "accounts.provider_sign_in": "leads to the identity provider; tests/functional/test_identity_provider.py",
    "accounts.security_provider_proof": "leads to the identity provider; tests/functional/test_identity_provider.py",
    "accounts.provider_answer": "the way back from there",
    "auctions.live": "a part of the lot's page, checked there",
    "suggesting.suggestions": "the list below the search box; tests/browser/test_suggestions.py",
    "auctions.lot_of_listing": "leads to the lot's page",
    **dict.fromkeys(
        (
            "accounts.export_members",
            "accounts.export_organisations",
            "accounts.export_statements",
            "web.export_tasks",
            "attachments.export_readings",
            "audit.export_log",
            "audit.export_requests",
            "achievements.export_import",
            "achievements.export_imports",
            "achievements.export_register",
            "auctions.export",
            "auctions.index_export",
            "deals.export_applications",
            "deals.export_deals",
            "enquiries.export_questions",
            "enquiries.export_enquiries",
            "enquiries.export_watches",
            "enquiries.export_replies",
            "enquiries.export_overdue",
            "evaluation.export_scores",
            "listings.export",
            "monitoring.export",
            "monitoring.export_records",
            "operations.export_parameters",
            "operations.export_holidays",
            "operations.export_jobs",
            "operations.export_mails",
            "operations.export_people",
            "operations.export_storage",
            "synonyms.export",
            "notifications.export_notices",
            "search.export",
            "saved_searches.export",
            "saved_searches.export_hits",
            "reports.export",
        ),
        "a workbook",
    ),
}


@dataclass(frozen=True)
class PageCase:
    """A page, who looks at it, and, where the address has a part that depends on the rows, the query that gives it."""

    name: str
    email: str
    address: str
    query: str = ""

    def path(self, site: Site) -> str:
        """The address to open."""
        return self.address.format(site.value(self.query)) if self.query else self.address


OF_WZU = "(SELECT id FROM organisation WHERE code = 'WZU')"
OF_BUYER = "(SELECT id FROM organisation WHERE code = 'E35')"
LISTING = "SELECT min(number) FROM listing WHERE state = '{}'"
RUNNING_LOT = (
    "SELECT min(number) FROM lot JOIN lot_registration r ON r.lot_id = lot.id"
    f" WHERE now() BETWEEN opens_at AND closes_at AND organisation_id = {OF_BUYER}"
)
ANNOUNCED_LOT = (
    "SELECT min(number) FROM lot JOIN organisation o ON o.id = seller_organisation_id"
    " WHERE opens_at > now() AND state = 'announced' AND o.code = 'WZPT'"
)
COMPARED = (
    "SELECT string_agg('listing=' || number, '&') FROM"
    " (SELECT number FROM listing WHERE state = 'published' ORDER BY id LIMIT 4) AS four"
)
OWN_LISTING = f"SELECT min(number) FROM listing WHERE organisation_id = {OF_WZU} AND state = '{{}}'"
ACHIEVEMENT = (
    f"SELECT min(a.id) FROM achievement a JOIN ip_right r ON r.achievement_id = a.id WHERE organisation_id = {OF_WZU}"
)
OF_RIGHT = (
    "SELECT min(a.id || '/{}' || r.id || '{}') FROM achievement a JOIN ip_right r ON r.achievement_id = a.id"
    f" WHERE organisation_id = {OF_WZU}"
)
OWN_QUESTION = f"SELECT min(id) FROM listing_question WHERE state = 'waiting' AND seller_organisation_id = {OF_WZU}"
OWN_ENQUIRY = f"SELECT min(number) FROM enquiry WHERE state = 'waiting' AND seller_organisation_id = {OF_WZU}"
DEMO_IMPORT = f"SELECT min(id) FROM import_run WHERE state = 'done' AND organisation_id = {OF_WZU}"

LINK = "SELECT substring(body FROM '/{0}/([^[:space:]]+)') FROM mail_message WHERE body ~ '/{0}/' AND recipient = '{1}'"
NEWCOMER, FORGETFUL, INVITED = "newcomer@example.test", "head@wzut.demo", "invited@example.test"

PAGES = [
    PageCase("home", VISITOR, "/"),
    PageCase("sign in", VISITOR, "/sign-in"),
    PageCase("sign up", VISITOR, "/sign-up"),
    PageCase("forgotten password", VISITOR, "/password-reset"),
    PageCase("sign up: behind the link", VISITOR, "/sign-up/{}", LINK.format("sign-up", NEWCOMER)),
    PageCase("new password: behind the link", VISITOR, "/password-reset/{}", LINK.format("password-reset", FORGETFUL)),
    PageCase("invitation: behind the link", VISITOR, "/invitations/{}", LINK.format("invitations", INVITED)),
    PageCase("search: everything", VISITOR, "/listings"),
    PageCase("search: a sentence", VISITOR, "/listings?q=想降低泵阀密封件在高温下的磨损"),
    PageCase("search: chosen facets", VISITOR, "/listings?q=激光&way=ordinary_licence"),
    PageCase("search: nothing found", VISITOR, "/listings?q=qqqqqqq"),
    PageCase("listing", VISITOR, "/listings/{}", LISTING.format("published")),
    PageCase("listing: paused", VISITOR, "/listings/{}", LISTING.format("paused")),
    PageCase("listing: sold", VISITOR, "/listings/{}", LISTING.format("sold")),
    PageCase("comparison: nothing", VISITOR, "/comparison"),
    PageCase("comparison", VISITOR, "/comparison?{}", COMPARED),
    PageCase("institutions", VISITOR, "/institutions"),
    PageCase("institution", VISITOR, "/institutions/WZU"),
    PageCase("institution: nothing found", VISITOR, "/institutions/WZU?text=qqqqqqq"),
    PageCase("announcements", VISITOR, "/announcements"),
    PageCase("announcements: nothing found", VISITOR, "/announcements?text=qqqqqqq"),
    PageCase("report: new", VISITOR, "/reports/new"),
    PageCase("report: state", VISITOR, "/reports/state"),
    PageCase("reports", BUREAU, "/console/reports"),
    PageCase("publicity", VISITOR, "/publicities/{}", "SELECT min(number) FROM publicity WHERE state = 'running'"),
    PageCase("lots", VISITOR, "/lots"),
    PageCase("lots: closed", VISITOR, "/lots?tab=closed"),
    PageCase("lots: none found", VISITOR, "/lots?q=qqqqqqq"),
    PageCase("lot: running", VISITOR, "/lots/{}", RUNNING_LOT),
    PageCase("lot: announced", VISITOR, "/lots/{}", ANNOUNCED_LOT),
    PageCase("lot: sold", VISITOR, "/lots/{}", "SELECT min(number) FROM lot WHERE state = 'sold'"),
    PageCase("mailbox", VISITOR, "/mailbox"),
    PageCase("no such page", VISITOR, "/no-such-page"),
    PageCase("console of an officer", OFFICER, "/console"),
    PageCase("console of a head", HEAD, "/console"),
    PageCase("console of the operator", OPERATOR, "/console"),
    PageCase("console of a buyer", BUYER, "/console"),
    PageCase("console of the bureau", BUREAU, "/console"),
    PageCase("console of a professor", PROFESSOR, "/console"),
    PageCase("notices", OFFICER, "/console/notices"),
    PageCase("register", OFFICER, "/console/register"),
    PageCase("register: nothing found", OFFICER, "/console/register?text=qqqqqqq"),
    PageCase("achievement", OFFICER, "/console/register/{}", ACHIEVEMENT + " AND r.legal_status = 'unknown'"),
    PageCase("achievement: run out", OFFICER, "/console/register/{}", ACHIEVEMENT + " AND r.expires_on < now()"),
    PageCase("open list", VISITOR, "/open-list"),
    PageCase("entry: new", OFFICER, "/console/register/new"),
    PageCase("entry: change", OFFICER, "/console/register/{}/edit", ACHIEVEMENT),
    PageCase("entry: join", OFFICER, "/console/register/{}/join", ACHIEVEMENT),
    PageCase("right: new", OFFICER, "/console/register/{}/rights/new", ACHIEVEMENT),
    PageCase("right: change", OFFICER, "/console/register/{}", OF_RIGHT.format("rights/", "/edit")),
    PageCase("right: status", OFFICER, "/console/register/{}", OF_RIGHT.format("rights/", "/status")),
    PageCase("encumbrance", OFFICER, "/console/register/{}", OF_RIGHT.format("rights/", "/encumbrances/new")),
    PageCase("use", OFFICER, "/console/register/{}/implementations/new", ACHIEVEMENT),
    PageCase("open list: decision", OFFICER, "/console/register/{}/open-list", ACHIEVEMENT),
    PageCase("paper: new", OFFICER, "/console/register/{}/documents/new", ACHIEVEMENT),
    PageCase("imports", OFFICER, "/console/imports"),
    PageCase("import: new", OFFICER, "/console/imports/new"),
    PageCase(
        "import: columns", OFFICER, "/console/imports/{}", "SELECT min(id) FROM import_run WHERE state = 'uploaded'"
    ),
    PageCase(
        "import: checked", OFFICER, "/console/imports/{}", "SELECT min(id) FROM import_run WHERE state = 'checked'"
    ),
    PageCase("import: result", OFFICER, "/console/imports/{}", DEMO_IMPORT),
    PageCase("import: remembered columns", OFFICER, "/console/imports/columns"),
    PageCase("listings of an institution", OFFICER, "/console/listings"),
    PageCase("listings of the operator", OPERATOR, "/console/listings"),
    PageCase("listing: manage", OFFICER, "/console/listings/{}", OWN_LISTING.format("published")),
    PageCase("listing: attachments", OFFICER, "/console/listings/{}/attachments", OWN_LISTING.format("published")),
    PageCase(
        "listing: attachments under review",
        OPERATOR,
        "/console/listings/{}/attachments",
        LISTING.format("platform_review"),
    ),
    PageCase("listing: who downloaded", OFFICER, "/console/listings/{}/readings", OWN_LISTING.format("published")),
    PageCase("promise of secrecy", BUYER, "/listings/{}/secrecy", LISTING.format("published")),
    PageCase("listing: versions", OFFICER, "/console/listings/{}/versions", OWN_LISTING.format("published")),
    PageCase("listing: change", OFFICER, "/console/listings/{}/change", OWN_LISTING.format("published")),
    PageCase("listing: review", OPERATOR, "/console/listings/{}", LISTING.format("platform_review")),
    PageCase(
        "listing: new", OFFICER, "/console/listings/new?achievement={}", ACHIEVEMENT + " AND r.legal_status = 'unknown'"
    ),
    PageCase(
        "listing: refused", OFFICER, "/console/listings/new?achievement={}", ACHIEVEMENT + " AND r.expires_on < now()"
    ),
    PageCase(
        "listing: edit",
        "officer@zjitc.demo",
        "/console/listings/{}/edit",
        "SELECT min(l.number) FROM listing l JOIN organisation o ON o.id = l.organisation_id"
        " WHERE o.code = 'ZJITC' AND l.state = 'draft'",
    ),
    PageCase("lots of an institution", OFFICER, "/console/lots"),
    PageCase("lots of a buyer", BUYER, "/console/lots"),
    PageCase("lot: announce", OFFICER, "/console/lots/new"),
    PageCase("lot: bid", BUYER, "/lots/{}", RUNNING_LOT),
    PageCase(
        "lot: withdraw",
        "officer@wzpt.demo",
        "/console/lots/{}/withdrawal",
        ANNOUNCED_LOT,
    ),
    PageCase("lot: suspend", OPERATOR, "/console/lots/{}/suspension", RUNNING_LOT),
    PageCase(
        "apply",
        BUYER,
        "/offers/{}/application",
        "SELECT min(o.id) FROM offer o JOIN listing l ON l.id = o.listing_id"
        " WHERE l.state = 'published' AND o.transfer_way = 'ordinary_licence'",
    ),
    PageCase("question: ask", BUYER, "/listings/{}/question", LISTING.format("published")),
    PageCase("enquiry: begin", BUYER, "/listings/{}/enquiry", LISTING.format("published")),
    PageCase("questions of an institution", OFFICER, "/console/questions"),
    PageCase("questions of the operator", OPERATOR, "/console/questions"),
    PageCase("question", OFFICER, "/console/questions/{}", OWN_QUESTION),
    PageCase("question: hide", OPERATOR, "/console/questions/{}", OWN_QUESTION),
    PageCase("enquiries of an institution", OFFICER, "/console/enquiries"),
    PageCase("enquiry: answer", OFFICER, "/console/enquiries/{}", OWN_ENQUIRY),
    PageCase("enquiries of a buyer", BUYER, "/console/enquiries"),
    PageCase("watched listings", BUYER, "/console/watches"),
    PageCase("saved searches", BUYER, "/console/saved-searches"),
    PageCase("save a search", BUYER, "/console/saved-searches/new?q=密封"),
    PageCase(
        "saved search",
        BUYER,
        "/console/saved-searches/{}",
        "SELECT min(s.id) FROM saved_search s JOIN person p ON p.id = s.person_id WHERE p.email = 'buyer@e35.demo'",
    ),
    PageCase("times of answer", BUREAU, "/console/replies"),
    PageCase("overdue answers", OPERATOR, "/console/replies/overdue"),
    PageCase("applications of an institution", OFFICER, "/console/applications"),
    PageCase("applications of a buyer", BUYER, "/console/applications"),
    PageCase(
        "application",
        BUYER,
        "/console/applications/{}",
        f"SELECT min(number) FROM application WHERE applicant_organisation_id = {OF_BUYER}",
    ),
    PageCase("deals", "officer@wzut.demo", "/console/deals"),
    PageCase(
        "deal",
        "officer@wzut.demo",
        "/console/deals/{}",
        "SELECT min(d.number) FROM deal d JOIN organisation o ON o.id = d.seller_organisation_id WHERE o.code = 'WZUT'",
    ),
    PageCase("own evaluation", HEAD, "/console/evaluation"),
    PageCase("particulars of the own institution", OFFICER, "/console/organisation/particulars"),
    PageCase("particulars of the own enterprise", BUYER, "/console/organisation/particulars"),
    PageCase("particulars of organisations", BUREAU, "/console/particulars"),
    PageCase("particulars: a new relation", OPERATOR, "/console/particulars/relations/new"),
    PageCase("organisations", OPERATOR, "/console/organisations"),
    PageCase("organisation: a new one", OPERATOR, "/console/organisations/new"),
    PageCase("organisation", OPERATOR, "/console/organisations/WZU"),
    PageCase("own organisation of an administrator", OPERATOR, "/console/organisation"),
    PageCase(
        "ending a membership",
        OPERATOR,
        "/console/organisation/members/{}/end",
        f"SELECT min(m.id) FROM membership m JOIN person p ON p.id = m.person_id WHERE p.email = '{OPERATOR}'",
    ),
    PageCase("own organisation of a member", OFFICER, "/console/organisation"),
    PageCase("volumes", BUREAU, "/console/monitoring"),
    PageCase("volumes by institution", BUREAU, "/console/monitoring?by=institution"),
    PageCase("volumes of a county", COUNTY, "/console/monitoring"),
    PageCase("records", BUREAU, "/console/monitoring/records"),
    PageCase("scores", BUREAU, "/console/monitoring/scores"),
    PageCase("score of an institution", BUREAU, "/console/monitoring/scores/WMU"),
    PageCase("parameters", BUREAU, "/console/parameters"),
    PageCase("parameter", BUREAU, "/console/parameters/auction.min_hours"),
    PageCase("synonyms", BUREAU, "/console/synonyms"),
    PageCase("a new group of synonyms", BUREAU, "/console/synonyms/new"),
    PageCase("a group of synonyms", BUREAU, "/console/synonyms/seal"),
    PageCase("holidays", OPERATOR, "/console/holidays"),
    PageCase("operation", OPERATOR, "/console/operations"),
    PageCase("operation: storage", OPERATOR, "/console/operations/storage"),
    PageCase("operation: jobs", OPERATOR, "/console/operations/jobs"),
    PageCase("operation: mails", OPERATOR, "/console/operations/mails"),
    PageCase("operation: people", OPERATOR, "/console/operations/people"),
    PageCase("operation: a person", OPERATOR, "/console/people/1"),
    PageCase("notices: mails", OFFICER, "/console/notices/preferences"),
    PageCase("the record", VISITOR, "/record"),
    PageCase("log: of the auditor", AUDITOR, "/console/audit"),
    PageCase("break-glass", OPERATOR, "/console/break-glass"),
    PageCase("security", OFFICER, "/console/security"),
    PageCase("security: second factor", OFFICER, "/console/security/second-factor"),
    PageCase("security: new passkey", OFFICER, "/console/security/passkeys/new"),
]


@pytest.fixture(scope="module")
def people(browser: Browser, site: Site) -> Iterator[Callable[[str], Person]]:
    """Everybody signs in once. The officer has uploaded a file and not yet said what its columns are; links are sent."""
    known: dict[str, Person] = {}

    def person_of(email: str) -> Person:
        if email not in known:
            person = arrive(browser, site)
            known[email] = person.sign_in(email) if email else person
        return known[email]

    page = person_of(OFFICER).open("/console/imports/new")
    content = workbook_bytes(HEADINGS, office_rows(20))
    page.locator("input[type=file]").set_input_files(
        {"name": "专利清单.xlsx", "mimeType": "application/octet-stream", "buffer": content}
    )
    page.get_by_role("button", name="上传").click()
    page.wait_for_url(re.compile("/console/imports/[0-9]+$"))
    person_of(OFFICER).open("/console/imports/new")
    page.locator("input[type=file]").set_input_files(
        {"name": "待确认.xlsx", "mimeType": "application/octet-stream", "buffer": content}
    )
    page.get_by_role("button", name="上传").click()
    page.get_by_role("button", name="确认各列并开始核对").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("核对结果", timeout=60_000)
    ask_for_links(person_of)
    save_a_search(person_of)
    yield person_of
    for person in known.values():
        person.leave()


def ask_for_links(person_of: Callable[[str], Person]) -> None:
    """Somebody signs up, somebody forgot her password, the operator invites a colleague: three mails with links."""
    for path, email in (("/sign-up", NEWCOMER), ("/password-reset", FORGETFUL)):
        page = person_of(VISITOR).open(path)
        page.get_by_label("邮箱").fill(email)
        page.locator("main").get_by_role("button", name="发送邮件").click()
        expect(page.locator("main form")).to_have_count(0)
    page = person_of(OPERATOR).open("/console/organisation")
    page.locator("#email").fill(INVITED)
    page.get_by_role("button", name="发出邀请").click()
    expect(page.locator("main")).to_contain_text(INVITED)


def save_a_search(person_of: Callable[[str], Person]) -> None:
    """The buyer keeps a question."""
    page = person_of(BUYER).open("/listings?q=密封")
    page.locator("main").get_by_role("link", name="保存检索").click()
    page.locator("main").get_by_role("button", name="保存").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("保存的检索")


@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in PAGES])
def test_page_is_accessible_and_fits(people: Callable[[str], Person], site: Site, case: PageCase) -> None:
    person = people(case.email)
    person.complaints.clear()
    page = person.page
    page.set_viewport_size(DESK)  # type: ignore[arg-type]
    page.emulate_media(color_scheme="light")
    person.open(case.path(site))
    page.locator("details").evaluate_all("all => all.forEach(one => { if (!one.matches('.menu')) one.open = true; })")

    found = {"light": violations(page)}
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    found["dark phone"] = violations(page)
    width = page.evaluate("document.documentElement.scrollWidth")
    sideways = page.evaluate(SCROLLS_SIDEWAYS)
    twice = page.evaluate(
        "Object.entries([...document.querySelectorAll('[id]')].reduce((n, e) => (n[e.id] = (n[e.id] || 0) + 1, n), {}))"
        ".filter(([, count]) => count > 1).map(([id]) => id)"
    )

    assert found == {"light": [], "dark phone": []}
    assert (width, sideways) == (PHONE["width"], [])
    assert twice == []
    allowed = ["404"] if case.name == "no such page" else []
    assert [text for text in person.complaints if not any(f"a status of {code}" in text for code in allowed)] == []


def test_every_page_of_the_platform_is_looked_at(
    worker_app: Flask, site: Site, people: Callable[[str], Person]
) -> None:
    adapter = worker_app.url_map.bind("localhost")
    pages = {rule.endpoint for rule in worker_app.url_map.iter_rules() if "GET" in (rule.methods or ())}

    looked_at = set()
    for case in PAGES:
        try:
            looked_at.add(adapter.match(case.path(site).split("?")[0], method="GET")[0])
        except HTTPException:
            assert case.name == "no such page"

    assert sorted(pages - looked_at) == sorted(NOT_PAGES)
