"""Every route as every role, on an own, a foreign and a missing row, against the table written here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.engine import Connection

from market.accounts.models import Person
from market.accounts.rules import Role
from market.accounts.security.models import SignInSession
from market.accounts.security.passkey_models import Passkey
from market.kernel.db import current_session, db
from tests.conftest import NOW
from tests.factories.attachments import add_attachment, picture_bytes
from tests.factories.register_entries import add_statements
from tests.factories.saved_searches import save_search
from tests.factories.statements import state_former_name
from tests.factories.synonyms import propose_group
from tests.factories.whole_world import WholeWorld, make_whole_world
from tests.factories.world import actor_of, sign_in

VISITOR = "visitor"
EVERYBODY = frozenset({VISITOR, *(role.value for role in Role)})
SIGNED_IN = EVERYBODY - {VISITOR}
SELLERS = frozenset({"transfer_officer", "institution_head"})
OFFICER, HEAD = frozenset({"transfer_officer"}), frozenset({"institution_head"})
ENTERPRISE, OPERATOR = frozenset({"enterprise_user"}), frozenset({"operator"})
SIDES = SELLERS | ENTERPRISE
WATCHERS = frozenset({"supervisor", "county_supervisor", "auditor"})
DECIDERS = frozenset({"supervisor", "operator"})
AUDITORS = frozenset({"auditor", "operator"})
LOT_READERS = SIDES | {"operator", "supervisor", "auditor"}

ADMINISTRATORS: frozenset[str] = frozenset()
"""No role of this world: an organisation's own administrators, tests/functional/test_members.py."""

WRITTEN: dict[str, frozenset[str]] = {
    "GET /": EVERYBODY,
    "GET /healthz": EVERYBODY,
    "GET /mailbox": EVERYBODY,
    "GET /sign-up": EVERYBODY,
    "POST /sign-up": EVERYBODY,
    "GET /sign-up/<sign_up_link>": EVERYBODY,
    "POST /sign-up/<sign_up_link>": EVERYBODY,
    "GET /password-reset": EVERYBODY,
    "POST /password-reset": EVERYBODY,
    "GET /password-reset/<reset_link>": EVERYBODY,
    "POST /password-reset/<reset_link>": EVERYBODY,
    "GET /invitations/<invitation_link>": EVERYBODY,
    "POST /invitations/<invitation_link>": EVERYBODY,
    "GET /console/organisation": SIGNED_IN,
    "GET /console/organisation/members/export.xlsx": SIGNED_IN,
    "POST /console/organisation/invitations": ADMINISTRATORS,
    "POST /console/organisation/invitations/<invitation>/revocation": ADMINISTRATORS,
    "POST /console/organisation/verification": ADMINISTRATORS,
    "POST /console/organisation/members/<member>/roles": ADMINISTRATORS,
    "GET /console/organisation/members/<member>/end": ADMINISTRATORS,
    "POST /console/organisation/members/<member>/end": ADMINISTRATORS,
    "POST /console/organisation/members/<member>/administrator": ADMINISTRATORS,
    "GET /console/organisation/particulars": SIDES,
    "POST /console/organisation/particulars": SIDES,
    "GET /console/particulars": DECIDERS,
    "GET /console/particulars/export.xlsx": DECIDERS,
    "GET /console/particulars/<statement>": DECIDERS,
    "POST /console/particulars/<statement>/decision": frozenset({"supervisor"}),
    "GET /console/particulars/relations/new": OPERATOR,
    "POST /console/particulars/relations/new": OPERATOR,
    "GET /console/organisations/new": OPERATOR,
    "POST /console/organisations/new": OPERATOR,
    "GET /console/organisations/<organisation>": OPERATOR,
    "POST /console/organisations/<organisation>/rejection": OPERATOR,
    "POST /console/organisations/<organisation>/merge": OPERATOR,
    "GET /console/organisations/<organisation>/evidence/<evidence>": OPERATOR,
    "GET /readyz": EVERYBODY,
    "GET /metrics": EVERYBODY,
    "POST /language": EVERYBODY,
    "GET /sign-in": EVERYBODY,
    "POST /sign-in": EVERYBODY,
    "GET /listings": EVERYBODY,
    "GET /listings/suggestions": EVERYBODY,
    "GET /listings/export.xlsx": EVERYBODY,
    "GET /listings/<public_listing>": EVERYBODY,
    "GET /listings/<public_listing>/qr.svg": EVERYBODY,
    "GET /comparison": EVERYBODY,
    "POST /comparison": EVERYBODY,
    "GET /institutions": EVERYBODY,
    "GET /institutions/<public_institution>": EVERYBODY,
    "GET /institutions/<public_institution>/listings.atom": EVERYBODY,
    "GET /announcements": EVERYBODY,
    "GET /feeds/listings.atom": EVERYBODY,
    "GET /feeds/lots.atom": EVERYBODY,
    "GET /sitemap.xml": EVERYBODY,
    "GET /sitemaps/<map_file>.xml": EVERYBODY,
    "GET /robots.txt": EVERYBODY,
    "GET /publicities/<publicity>": EVERYBODY,
    "GET /reports/new": EVERYBODY,
    "POST /reports/new": EVERYBODY,
    "GET /reports/received": EVERYBODY,
    "GET /reports/state": EVERYBODY,
    "POST /reports/state": EVERYBODY,
    "GET /console/reports": DECIDERS,
    "GET /console/reports/export.xlsx": DECIDERS,
    "GET /console/reports/<report>": DECIDERS,
    "GET /console/reports/<report>/evidence": DECIDERS,
    "POST /console/reports/<report>/decision": DECIDERS,
    "POST /publicities/<publicity>/objections": SIGNED_IN,
    "GET /listings/<public_listing>/question": ENTERPRISE,
    "POST /listings/<public_listing>/question": ENTERPRISE,
    "GET /listings/<public_listing>/enquiry": ENTERPRISE,
    "POST /listings/<public_listing>/enquiry": ENTERPRISE,
    "GET /listings/<public_listing>/secrecy": ENTERPRISE,
    "POST /listings/<public_listing>/secrecy": ENTERPRISE,
    "GET /listings/<public_listing>/attachments/<public_attachment>": EVERYBODY,
    "GET /listings/<public_listing>/attachments/<public_attachment>/thumbnail": EVERYBODY,
    "GET /console/listings/<listing>/attachments": SELLERS | OPERATOR,
    "POST /console/listings/<listing>/attachments": OFFICER,
    "GET /console/listings/<listing>/attachments/<attachment>/file": SELLERS | OPERATOR,
    "GET /console/listings/<listing>/attachments/<attachment>/thumbnail": SELLERS | OPERATOR,
    "POST /console/listings/<listing>/attachments/<attachment>": OFFICER,
    "POST /console/listings/<listing>/attachments/<attachment>/order": OFFICER,
    "POST /console/listings/<listing>/attachments/<attachment>/cover": OFFICER,
    "POST /console/listings/<listing>/attachments/<attachment>/removal": OFFICER,
    "GET /console/listings/<listing>/readings": SELLERS,
    "GET /console/listings/<listing>/readings/export.xlsx": SELLERS,
    "POST /listings/<public_listing>/watch": ENTERPRISE,
    "POST /listings/<public_listing>/watch/removal": ENTERPRISE,
    "GET /lots": EVERYBODY,
    "GET /lots/export.xlsx": EVERYBODY,
    "GET /lots/of/<public_listing>": EVERYBODY,
    "GET /lots/<public_lot>": EVERYBODY,
    "GET /lots/<public_lot>/live": EVERYBODY,
    "POST /lots/<public_lot>/registrations": ENTERPRISE,
    "POST /lots/<public_lot>/bids": ENTERPRISE,
    "GET /offers/<offer>/application": ENTERPRISE,
    "POST /offers/<offer>/application": ENTERPRISE,
    "POST /sign-out": SIGNED_IN,
    "POST /acting-as": SIGNED_IN,
    "GET /sign-in/second-factor": EVERYBODY,
    "GET /sign-in/provider": EVERYBODY,
    "GET /sign-in/provider/answer": EVERYBODY,
    "GET /console/security/provider/proof": SIGNED_IN,
    "POST /console/security/provider/ending": SIGNED_IN,
    "POST /console/security/provider/restoration": SIGNED_IN,
    "POST /sign-in/second-factor": EVERYBODY,
    "GET /console/security": SIGNED_IN,
    "POST /console/security/sessions/<session>/ending": SIGNED_IN,
    "POST /console/security/sessions/ending": SIGNED_IN,
    "POST /console/security/proof": SIGNED_IN,
    "GET /console/security/second-factor": SIGNED_IN,
    "GET /console/security/second-factor/qr.svg": SIGNED_IN,
    "POST /console/security/second-factor": SIGNED_IN,
    "POST /console/security/second-factor/confirmation": SIGNED_IN,
    "POST /console/security/second-factor/removal": SIGNED_IN,
    "POST /console/security/recovery-codes": SIGNED_IN,
    "POST /sign-in/passkey/options": EVERYBODY,
    "POST /sign-in/passkey": EVERYBODY,
    "POST /sign-in/second-factor/passkey/options": EVERYBODY,
    "POST /sign-in/second-factor/passkey": EVERYBODY,
    "POST /console/security/passkeys/proof/options": SIGNED_IN,
    "POST /console/security/passkeys/beginning": SIGNED_IN,
    "GET /console/security/passkeys/new": SIGNED_IN,
    "POST /console/security/passkeys/options": SIGNED_IN,
    "POST /console/security/passkeys": SIGNED_IN,
    "POST /console/security/passkeys/<passkey>/name": SIGNED_IN,
    "POST /console/security/passkeys/<passkey>/removal": SIGNED_IN,
    "GET /console": SIGNED_IN,
    "GET /console/tasks/export.xlsx": SIGNED_IN,
    "GET /console/notices": SIGNED_IN,
    "POST /console/notices/reading": SIGNED_IN,
    "GET /console/notices/export.xlsx": SIGNED_IN,
    "GET /console/notices/preferences": SIGNED_IN,
    "POST /console/notices/preferences": SIGNED_IN,
    "POST /console/notices/<notice>/opening": SIGNED_IN,
    "POST /console/notices/<notice>/reading": SIGNED_IN,
    "GET /console/register": SELLERS,
    "GET /console/register/export.xlsx": SELLERS,
    "GET /console/register/<achievement>": SELLERS,
    "POST /console/register/<achievement>/ownership": OFFICER,
    "GET /open-list": EVERYBODY,
    "GET /console/register/new": OFFICER,
    "POST /console/register/new": OFFICER,
    "GET /console/register/<achievement>/edit": OFFICER,
    "POST /console/register/<achievement>/edit": OFFICER,
    "GET /console/register/<achievement>/join": OFFICER,
    "POST /console/register/<achievement>/join": OFFICER,
    "GET /console/register/<achievement>/rights/new": OFFICER,
    "POST /console/register/<achievement>/rights/new": OFFICER,
    "GET /console/register/<achievement>/rights/<right>/edit": OFFICER,
    "POST /console/register/<achievement>/rights/<right>/edit": OFFICER,
    "POST /console/register/<achievement>/rights/<right>/split": OFFICER,
    "GET /console/register/<achievement>/rights/<right>/status": OFFICER,
    "POST /console/register/<achievement>/rights/<right>/status": OFFICER,
    "GET /console/register/<achievement>/rights/<right>/encumbrances/new": OFFICER,
    "POST /console/register/<achievement>/rights/<right>/encumbrances/new": OFFICER,
    "GET /console/register/<achievement>/encumbrances/<encumbrance>/end": OFFICER,
    "POST /console/register/<achievement>/encumbrances/<encumbrance>/end": OFFICER,
    "GET /console/register/<achievement>/implementations/new": OFFICER,
    "POST /console/register/<achievement>/implementations/new": OFFICER,
    "GET /console/register/<achievement>/implementations/<implementation>/withdrawal": OFFICER,
    "POST /console/register/<achievement>/implementations/<implementation>/withdrawal": OFFICER,
    "GET /console/register/<achievement>/open-list": OFFICER,
    "POST /console/register/<achievement>/open-list": OFFICER,
    "GET /console/register/<achievement>/documents/new": OFFICER,
    "POST /console/register/<achievement>/documents/new": OFFICER,
    "GET /console/register/<achievement>/documents/<document>": SELLERS,
    "GET /console/imports": SELLERS,
    "POST /console/register/bulk": OFFICER,
    "POST /console/register/drafts": OFFICER,
    "GET /console/imports/export.xlsx": SELLERS,
    "GET /console/imports/new": OFFICER,
    "POST /console/imports/new": OFFICER,
    "GET /console/imports/<import>": SELLERS,
    "GET /console/imports/columns": SELLERS,
    "POST /console/imports/columns/<remembered>/forget": OFFICER,
    "POST /console/imports/<import>/columns": OFFICER,
    "POST /console/imports/<import>/sheet": OFFICER,
    "POST /console/imports/<import>/approve": OFFICER,
    "POST /console/imports/<import>/discard": OFFICER,
    "GET /console/imports/<import>/rows.xlsx": SELLERS,
    "GET /console/listings": SELLERS | OPERATOR,
    "GET /console/listings/export.xlsx": SELLERS | OPERATOR,
    "GET /console/listings/new?achievement=<achievement>": OFFICER,
    "POST /console/listings/new?achievement=<achievement>": OFFICER,
    "GET /console/listings/<listing>": SELLERS | OPERATOR,
    "GET /console/listings/<listing>/edit": OFFICER,
    "POST /console/listings/<listing>/edit": OFFICER,
    "POST /console/listings/unsaved/<achievement>": OFFICER,
    "POST /console/listings/unsaved/<achievement>/discard": OFFICER,
    "POST /console/listings/preview/<achievement>": OFFICER,
    "POST /console/listings/<listing>/submission": OFFICER,
    "POST /console/listings/<listing>/institution-review": HEAD,
    "POST /console/listings/<listing>/platform-review": OPERATOR,
    "POST /console/listings/<listing>/pause": SELLERS,
    "POST /console/listings/<listing>/resumption": SELLERS,
    "POST /console/listings/<listing>/withdrawal": SELLERS,
    "POST /console/listings/<listing>/renewal": SELLERS,
    "POST /console/listings/<listing>/extension": SELLERS,
    "POST /console/listings/<listing>/suspension": OPERATOR,
    "POST /console/listings/<listing>/take-down": OPERATOR,
    "GET /console/listings/<listing>/versions": SELLERS | OPERATOR,
    "GET /console/listings/<changed_listing>/change": OFFICER,
    "POST /console/listings/<changed_listing>/change": OFFICER,
    "POST /console/listings/<changed_listing>/change/submission": OFFICER,
    "POST /console/listings/<changed_listing>/change/discarding": OFFICER,
    "POST /console/listings/<changed_listing>/change/institution-review": HEAD,
    "POST /console/listings/<changed_listing>/change/platform-review": OPERATOR,
    "GET /console/lots": LOT_READERS,
    "GET /console/lots/export.xlsx": LOT_READERS,
    "GET /console/lots/new": OFFICER,
    "POST /console/lots/new": OFFICER,
    "GET /console/lots/<lot>/withdrawal": SELLERS,
    "POST /console/lots/<lot>/withdrawal": SELLERS,
    "GET /console/lots/<lot>/suspension": SELLERS | DECIDERS,
    "POST /console/lots/<lot>/suspension": OPERATOR,
    "POST /console/lots/<lot>/resumption": SELLERS | DECIDERS,
    "POST /console/lots/<lot>/termination": SELLERS | DECIDERS,
    "POST /console/lots/<lot>/termination/decision": DECIDERS,
    "GET /console/questions": SIDES | OPERATOR,
    "GET /console/questions/export.xlsx": SIDES | OPERATOR,
    "GET /console/questions/<question>": SIDES | OPERATOR,
    "POST /console/questions/<question>/answer": SELLERS,
    "POST /console/questions/<question>/hiding": OPERATOR,
    "GET /console/enquiries": SIDES,
    "GET /console/enquiries/export.xlsx": SIDES,
    "GET /console/enquiries/<enquiry>": SIDES,
    "POST /console/enquiries/<enquiry>/answer": SELLERS,
    "POST /console/enquiries/<enquiry>/message": ENTERPRISE,
    "POST /console/enquiries/<enquiry>/contact-offer": ENTERPRISE,
    "POST /console/enquiries/<enquiry>/contact-acceptance": SELLERS,
    "POST /console/enquiries/<enquiry>/closing": ENTERPRISE,
    "GET /console/watches": ENTERPRISE,
    "GET /console/watches/export.xlsx": ENTERPRISE,
    "GET /console/saved-searches": SIGNED_IN,
    "GET /console/saved-searches/export.xlsx": SIGNED_IN,
    "GET /console/saved-searches/new?q=密封": SIGNED_IN,
    "POST /console/saved-searches/new?q=密封": SIGNED_IN,
    "GET /console/saved-searches/<saved_search>": SIGNED_IN,
    "POST /console/saved-searches/<saved_search>": SIGNED_IN,
    "GET /console/saved-searches/<saved_search>/export.xlsx": SIGNED_IN,
    "POST /console/saved-searches/<saved_search>/look": SIGNED_IN,
    "POST /console/saved-searches/<saved_search>/removal": SIGNED_IN,
    "GET /console/replies": WATCHERS | OPERATOR,
    "GET /console/replies/export.xlsx": WATCHERS | OPERATOR,
    "GET /console/replies/overdue": WATCHERS | OPERATOR,
    "GET /console/replies/overdue/export.xlsx": WATCHERS | OPERATOR,
    "GET /console/applications": SIDES,
    "GET /console/applications/export.xlsx": SIDES,
    "GET /console/applications/<application>": SIDES,
    "POST /console/applications/<application>/decision": SELLERS,
    "POST /console/applications/<application>/withdrawal": ENTERPRISE,
    "GET /console/deals": SIDES,
    "GET /console/deals/export.xlsx": SIDES,
    "GET /console/deals/<deal>": SIDES,
    "POST /console/deals/<deal>/price": OFFICER,
    "POST /console/deals/<deal>/publicity": HEAD,
    "POST /console/deals/<deal>/publicity/ending": SELLERS,
    "POST /console/deals/<deal>/objections/<objection>/decision": HEAD,
    "POST /console/deals/<deal>/cancellation": SELLERS,
    "GET /console/evaluation": SELLERS,
    "GET /console/monitoring": WATCHERS,
    "GET /console/monitoring/export.xlsx": WATCHERS,
    "GET /console/monitoring/records": WATCHERS,
    "GET /console/monitoring/records/export.xlsx": WATCHERS,
    "GET /console/monitoring/scores": WATCHERS,
    "GET /console/monitoring/scores/export.xlsx": WATCHERS,
    "GET /console/monitoring/scores/<institution>": WATCHERS,
    "GET /record": EVERYBODY,
    "GET /console/audit": AUDITORS,
    "GET /console/audit/export.xlsx": AUDITORS,
    "GET /console/break-glass": OPERATOR,
    "GET /console/break-glass/export.xlsx": OPERATOR,
    "POST /console/break-glass": OPERATOR,
    "POST /console/break-glass/<request>/decision": OPERATOR,
    "POST /console/break-glass/<own_request>/opening": OPERATOR,
    "GET /console/organisations": OPERATOR,
    "GET /console/organisations/export.xlsx": OPERATOR,
    "POST /console/organisations/<organisation>/verification": OPERATOR,
    "GET /console/parameters": DECIDERS,
    "GET /console/parameters/export.xlsx": DECIDERS,
    "GET /console/parameters/<parameter>": DECIDERS,
    "POST /console/parameters/<parameter>": DECIDERS,
    "POST /console/parameters/proposals/<proposal>/decision": DECIDERS,
    "GET /console/synonyms": DECIDERS,
    "GET /console/synonyms/export.xlsx": DECIDERS,
    "GET /console/synonyms/new": DECIDERS,
    "POST /console/synonyms/new": DECIDERS,
    "GET /console/synonyms/<synonyms>": DECIDERS,
    "POST /console/synonyms/<synonyms>": DECIDERS,
    "POST /console/synonyms/<synonyms>/removal": DECIDERS,
    "POST /console/synonyms/changes/<synonym_change>/decision": DECIDERS,
    "GET /console/holidays": DECIDERS,
    "POST /console/holidays": DECIDERS,
    "GET /console/holidays/export.xlsx": DECIDERS,
    "GET /console/operations": OPERATOR,
    "GET /console/operations/storage": OPERATOR,
    "GET /console/operations/storage/export.xlsx": OPERATOR,
    "GET /console/operations/jobs": OPERATOR,
    "GET /console/operations/jobs/export.xlsx": OPERATOR,
    "POST /console/operations/jobs/<job>/retry": OPERATOR,
    "POST /console/operations/search-rebuild": OPERATOR,
    "GET /console/operations/mails": OPERATOR,
    "GET /console/operations/mails/export.xlsx": OPERATOR,
    "POST /console/operations/mails/<mail>/resending": OPERATOR,
    "GET /console/operations/people": OPERATOR,
    "GET /console/people/<person>": OPERATOR,
    "POST /console/people/<person>/switching-off": OPERATOR,
    "POST /console/people/<person>/switching-on": OPERATOR,
    "POST /console/people/<person>/second-factor-reset": OPERATOR,
    "GET /console/operations/people/export.xlsx": OPERATOR,
}
"""The policy as it was decided. A new route is written here by hand, after somebody thought about it."""

OPEN_TO_ALL_OF_THEM = {
    "<sign_up_link>": EVERYBODY,
    "<reset_link>": EVERYBODY,
    "<invitation_link>": EVERYBODY,
    "<public_lot>": EVERYBODY,
    "<publicity>": EVERYBODY,
    "<report>": DECIDERS,
    "<public_institution>": EVERYBODY,
    "<map_file>": EVERYBODY,
    "<institution>": frozenset({"supervisor", "auditor"}),
    "<organisation>": OPERATOR,
    "<lot>": DECIDERS,
    "<person>": OPERATOR,
    "<request>": OPERATOR,
    "<question>": OPERATOR,
    "<parameter>": DECIDERS,
    "<proposal>": DECIDERS,
    "<synonyms>": DECIDERS,
    "<synonym_change>": DECIDERS,
    "<job>": OPERATOR,
    "<mail>": OPERATOR,
    "<statement>": DECIDERS,
}
"""Rows that are nobody's own for these roles: they have no foreign one, only a missing one."""

MISSING = {
    "<sign_up_link>": "nothing",
    "<reset_link>": "nothing",
    "<invitation_link>": "nothing",
    "<invitation>": "987654321",
    "<member>": "987654321",
    "<evidence>": "987654321",
    "<public_listing>": "WZ20260019999999",
    "<public_attachment>": "987654321",
    "<attachment>": "987654321",
    "<public_lot>": "JJ202699999",
    "<publicity>": "GS2026999999",
    "<objection>": "987654321",
    "<report>": "987654321",
    "<public_institution>": "NOBODY",
    "<map_file>": "987654321",
    "<offer>": "987654321",
    "<notice>": "987654321",
    "<session>": "987654321",
    "<passkey>": "987654321",
    "<saved_search>": "987654321",
    "<achievement>": "987654321",
    "<right>": "987654321",
    "<encumbrance>": "987654321",
    "<implementation>": "987654321",
    "<document>": "987654321",
    "<import>": "987654321",
    "<remembered>": "987654321",
    "<listing>": "WZ20260019999999",
    "<changed_listing>": "WZ20260019999999",
    "<lot>": "JJ202699999",
    "<application>": "SQ2026999999",
    "<deal>": "JY2026999999",
    "<question>": "987654321",
    "<enquiry>": "ZX2026999999",
    "<institution>": "NOBODY",
    "<organisation>": "NOBODY",
    "<request>": "987654321",
    "<own_request>": "987654321",
    "<parameter>": "nobody.days",
    "<synonyms>": "nothing-of-this-name",
    "<synonym_change>": "987654321",
    "<proposal>": "987654321",
    "<job>": "987654321",
    "<mail>": "987654321",
    "<person>": "987654321",
    "<statement>": "987654321",
}
NOTHING_THERE = {
    "POST /acting-as",  # an empty choice is no organisation of hers
    "GET /console/security/second-factor/qr.svg",  # nobody is setting one up
    "POST /console/security/provider/ending",  # no identity provider is configured here
    "POST /console/security/provider/restoration",
    "GET /console/security/provider/proof",
}
NOTHING_THERE_FOR_VISITORS = {"GET /sign-in/provider", "GET /sign-in/provider/answer"}
"""With a provider in the settings: tests/functional/test_identity_provider.py."""
PLACE = re.compile(r"<\w+>")
WITH_ROWS = [route for route in WRITTEN if PLACE.search(route) and route != "GET /lots/of/<public_listing>"]


@dataclass
class Doors:
    """The world, and somebody of each role who is signed in."""

    app: Flask
    connection: Connection
    rows: dict[str, dict[str, str]]
    cookies: dict[str, str]

    def knock(self, role: str, route: str, rows: dict[str, str]) -> tuple[int, str, str]:
        """Status, where a redirect leads, and the page; whatever the request wrote is undone."""
        method, address = route.split(" ", 1)
        address = PLACE.sub(lambda place: rows[place.group()], address)
        client = self.app.test_client()
        if role in self.cookies:
            client.set_cookie("kezhuan", self.cookies[role])
        undo = self.connection.begin_nested()
        answer = client.open(address, method=method, data={} if method == "POST" else None)
        text = answer.get_data(as_text=True) if answer.mimetype == "text/html" else ""
        answer.close()
        if undo.is_active:
            undo.rollback()
        return answer.status_code, answer.headers.get("Location", ""), re.sub(r"Token[^}]*}|csrf[^>]*>", "", text)

    def outcome(self, role: str, route: str, rows: dict[str, str]) -> str:
        status, location, _ = self.knock(role, route, rows)
        if status == 302 and location.startswith("/sign-in"):
            return "sign in first"
        known = {200: "admitted", 302: "admitted", 422: "admitted", 403: "refused", 404: "not there"}
        return known.get(status, f"status {status}")


def row_names(world: WholeWorld) -> dict[str, dict[str, str]]:
    """The rows that stand for each place of an address: per role, and the foreign ones."""
    rows = {}
    for name, side in (("own", world.own), ("foreign", world.foreign)):
        rows[name] = {
            "<public_listing>": side.published.number if name == "own" else side.draft.number,
            "<public_lot>": side.lot.number,
            "<public_institution>": side.institution.organisation.code,
            "<map_file>": "1",
            "<offer>": str((side.published if name == "own" else side.draft).offers[0].id),
            "<notice>": str(world.foreign_notice),
            "<achievement>": str(side.achievement.id),
            "<right>": str(side.achievement.rights[0].id),
            "<import>": str(side.import_id),
            "<remembered>": str(side.remembered_id),
            **add_statements(current_session(), side.achievement, NOW),
            "<listing>": side.draft.number,
            "<changed_listing>": side.published.number if name == "own" else side.draft.number,
            "<lot>": side.lot.number,
            "<application>": side.application.number,
            "<deal>": side.deal.number,
            "<publicity>": side.publicity.number,
            "<objection>": str(side.objection.id),
            "<report>": str(side.report_id),
            "<question>": str(side.question.id),
            "<enquiry>": side.enquiry.number,
            "<institution>": side.institution.organisation.code,
            "<organisation>": side.enterprise.code,
            **side.links,
            "<request>": str(world.request_id),
            "<own_request>": str(world.own_request_id if name == "own" else world.foreign_request_id),
            "<parameter>": "publicity.days",
            "<synonyms>": "seal",
            "<proposal>": str(world.proposal_id),
            "<job>": str(world.job_id),
            "<mail>": str(world.mail_id),
            "<person>": str(side.institution.officer.id),
            "<statement>": str(state_former_name(current_session(), side.institution.officer).id),
        }
    for role in world.people:
        rows[role.value] = rows["own"] | {"<notice>": str(world.notices[role])}
    rows["operator"]["<listing>"] = world.own.waiting.number
    rows[VISITOR] = rows["own"]
    return rows


@pytest.fixture(scope="module")
def doors(worker_app: Flask) -> Iterator[Doors]:
    """The world is built once; each request is undone by itself."""
    with worker_app.app_context():
        engines = db.engines
        engine = engines[None]
    with engine.connect() as connection:
        outer = connection.begin()
        engines[None] = connection
        try:
            with worker_app.app_context():
                world = make_whole_world(current_session())
                current_session().commit()
                rows = row_names(world)
                cookies = {role.value: signed_cookie(worker_app, world, role) for role in Role}
                signed_cookie_of(worker_app, world.foreign.institution.officer)
                add_sign_in_sessions(rows, world)
                add_passkeys(rows, world)
                add_saved_searches(rows, world)
                add_synonym_change(rows, world)
                add_attachments(rows, world)
                current_session().commit()
            yield Doors(worker_app, connection, rows, cookies)
        finally:
            engines[None] = engine
            outer.rollback()


def add_sign_in_sessions(rows: dict[str, dict[str, str]], world: WholeWorld) -> None:
    """Each person's own session; somebody else's is foreign to all of them."""
    found = current_session().execute(select(SignInSession.person_id, SignInSession.id))
    session_of = {person_id: str(session_id) for person_id, session_id in found}
    rows["own"]["<session>"] = MISSING["<session>"]
    rows["foreign"]["<session>"] = session_of[world.foreign.institution.officer.id]
    for role, person in world.people.items():
        rows[role.value]["<session>"] = session_of[person.id]


def add_passkeys(rows: dict[str, dict[str, str]], world: WholeWorld) -> None:
    """Each person's own passkey; somebody else's is foreign to all of them."""
    officer = world.foreign.institution.officer
    rows["own"]["<passkey>"] = MISSING["<passkey>"]
    for role, person in world.people.items():
        rows[role.value]["<passkey>"] = add_passkey(person)
    rows["foreign"]["<passkey>"] = add_passkey(officer)


def add_synonym_change(rows: dict[str, dict[str, str]], world: WholeWorld) -> None:
    """One for all who decide."""
    change = propose_group(current_session(), world.people[Role.OPERATOR], "耐磨衬板", "耐磨内衬", now=NOW)
    for known in rows.values():
        known["<synonym_change>"] = str(change.id)


def add_saved_searches(rows: dict[str, dict[str, str]], world: WholeWorld) -> None:
    """Each person's own saved search; somebody else's is foreign to all of them."""
    rows["own"]["<saved_search>"] = rows[VISITOR]["<saved_search>"] = MISSING["<saved_search>"]
    for role, person in world.people.items():
        rows[role.value]["<saved_search>"] = str(save_search(current_session(), person, "激光").id)
    officer = world.foreign.institution.officer
    rows["foreign"]["<saved_search>"] = str(save_search(current_session(), officer, "激光").id)


def add_attachments(rows: dict[str, dict[str, str]], world: WholeWorld) -> None:
    """A public picture of the published listing, of the draft, and, for the operator, of the one that waits."""
    for name, side in (("own", world.own), ("foreign", world.foreign)):
        officer = actor_of(side.institution.officer)
        public, inner, waiting = (
            add_attachment(current_session(), officer, listing.id, name="样机.jpg", content=picture_bytes())
            for listing in (side.published, side.draft, side.draft)
        )
        waiting.is_cover, waiting.listing_id = False, side.waiting.id
        rows[name] |= {"<public_attachment>": str(public.id), "<attachment>": str(inner.id)}
        if name == "own":
            for role in (VISITOR, *(role.value for role in world.people)):
                rows[role] |= {place: rows[name][place] for place in ATTACHMENTS}
            rows["operator"]["<attachment>"] = str(waiting.id)


ATTACHMENTS = ("<public_attachment>", "<attachment>")


def add_passkey(person: Person) -> str:
    key = f"{person.id}".encode()
    passkey = Passkey(
        person_id=person.id,
        credential_id=key,
        user_handle=key,
        public_key=key,
        sign_count=0,
        name="手机",
        is_backed_up=False,
        created_at=NOW,
    )
    current_session().add(passkey)
    current_session().flush()
    return str(passkey.id)


def signed_cookie(app: Flask, world: WholeWorld, role: Role) -> str:
    return signed_cookie_of(app, world.people[role])


def signed_cookie_of(app: Flask, person: Person) -> str:
    client = app.test_client()
    sign_in(client, person)
    cookie = client.get_cookie("kezhuan")
    assert cookie is not None
    return cookie.value


def test_the_table_names_every_route(worker_app: Flask) -> None:
    def unnamed(address: str) -> str:
        return PLACE.sub("<>", re.sub(r"<[^>]*>", "<>", address.split("?", maxsplit=1)[0]))

    existing = {
        f"{method} {unnamed(rule.rule)}"
        for rule in worker_app.url_map.iter_rules()
        if rule.endpoint != "static"
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }

    assert {unnamed(route) for route in WRITTEN} == existing


@pytest.mark.parametrize("route", WRITTEN)
def test_a_route_admits_on_an_own_row_whom_the_table_names_and_nobody_else(doors: Doors, route: str) -> None:
    expected = {
        role: "admitted" if role in WRITTEN[route] else "sign in first" if role == VISITOR else "refused"
        for role in EVERYBODY
    }
    if route in NOTHING_THERE:
        expected = {role: "sign in first" if role == VISITOR else "not there" for role in EVERYBODY}

    if route in NOTHING_THERE_FOR_VISITORS:
        expected = dict.fromkeys(EVERYBODY, "not there")

    assert {role: doors.outcome(role, route, doors.rows[role]) for role in EVERYBODY} == expected


@pytest.mark.parametrize("route", WITH_ROWS)
def test_a_foreign_row_looks_like_a_missing_one(doors: Doors, route: str) -> None:
    place = PLACE.findall(route)[-1]
    for role in sorted(WRITTEN[route]):
        missing = doors.rows[role] | {place: MISSING[place]}
        status, _, page = doors.knock(role, route, missing)
        assert (role, status) == (role, 404)
        if role in OPEN_TO_ALL_OF_THEM.get(place, ()):
            continue
        foreign = doors.rows[role] | {place: doors.rows["foreign"][place]}
        status, _, other_page = doors.knock(role, route, foreign)
        assert (role, status) == (role, 404)
        assert without_address(other_page, foreign[place]) == without_address(page, missing[place])


def without_address(page: str, row: str) -> str:
    """The page without the row's own place in addresses."""
    return re.sub(rf"(?<=[/=]){row}\b", "", page)


def test_a_right_of_a_foreign_achievement_is_not_there_by_any_way(doors: Doors) -> None:
    route = "POST /console/register/<achievement>/rights/<right>/status"
    own, foreign = doors.rows["own"], doors.rows["foreign"]

    assert doors.outcome("transfer_officer", route, own) == "admitted"
    assert doors.outcome("transfer_officer", route, own | {"<right>": foreign["<right>"]}) == "not there"
    assert doors.outcome("transfer_officer", route, own | {"<achievement>": foreign["<achievement>"]}) == "not there"


@pytest.mark.parametrize("route", [route for route in WRITTEN if f"GET {route.split(' ', 1)[1]}" not in WRITTEN])
def test_an_address_that_changes_something_cannot_be_opened(doors: Doors, route: str) -> None:
    reading = "GET " + route.split(" ", 1)[1]

    assert {doors.knock(role, reading, doors.rows[role])[0] for role in EVERYBODY} == {405}
