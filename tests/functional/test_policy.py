"""The bans and separations of the policy, tried on the running application."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from market.accounts.access import declared_policy
from market.accounts.bans import MARKET_WRITES
from market.accounts.policy import POLICY, Act, Rows, may, require, rows_for
from market.accounts.queries import actor_for
from market.accounts.rules import Actor, OrganisationKind, Role
from market.accounts.service import add_membership
from market.kernel.db import db
from market.kernel.errors import NotAllowed
from market.listings import service as listings
from market.listings.rules import ListingDraft
from tests.conftest import NOW
from tests.factories.listings import make_approved_listing, make_draft_listing
from tests.factories.whole_world import KIND_OF_ROLE
from tests.factories.world import (
    actor_of,
    make_actor,
    make_institution,
    make_organisation,
    make_person,
    sign_in,
)

ROOT = Path(__file__).resolve().parents[2]
OWN_ACCOUNT = (Act.ENTER, Act.KEEP_OWN_SIGN_IN, Act.CHOOSE_LANGUAGE, Act.COMPARE, Act.KEEP_NOTICES, Act.SAVE_SEARCHES)
VOICES = (Act.RAISE_OBJECTION, Act.REPORT_WRONG)
READERS = (Role.COMPLETER, Role.BROKER, Role.COUNTY_SUPERVISOR, Role.FUND_MANAGER, Role.INSURER, Role.AUDITOR)


def forms(app: Flask, acts: Iterable[Act]) -> list[str]:
    """Addresses that take a form for one of the acts, with a 1 in every place."""
    with app.app_context():
        return [
            re.sub(r"<[^>]*>", "1", rule.rule)
            for rule in app.url_map.iter_rules()
            if "POST" in (rule.methods or set())
            and (policy := declared_policy(rule.endpoint)) is not None
            and policy.act in set(acts)
        ]


def written(session: Session) -> dict[str, int]:
    """How many rows every table has."""
    return {
        name: session.scalar(select(func.count()).select_from(table)) or 0 for name, table in db.metadata.tables.items()
    }


def somebody(session: Session, role: Role) -> Actor:
    return make_actor(session, KIND_OF_ROLE[role], role)


def refused_everywhere(client: FlaskClient, session: Session, role: Role, addresses: list[str]) -> None:
    """Every form is refused, and no row is written by them."""
    assert addresses
    organisation = make_organisation(session, KIND_OF_ROLE[role])
    person = make_person(session, organisation, role)
    session.commit()
    sign_in(client, person)
    before = written(session)

    assert {client.post(address, data={}).status_code for address in addresses} == {403}
    assert written(session) == before


@pytest.mark.parametrize("role", READERS)
def test_who_may_only_read_writes_nothing(client, session, app, role):
    refused_everywhere(client, session, role, forms(app, MARKET_WRITES))


def test_an_auditor_writes_nothing(client, session, app):
    foreign = [act for act in Act if POLICY[act].writes and act not in OWN_ACCOUNT + VOICES]

    refused_everywhere(client, session, Role.AUDITOR, forms(app, foreign))


def test_a_supervisor_edits_no_institutions_data(client, session, app):
    of_the_bureau = {Act.PROPOSE_PARAMETER, Act.DECIDE_PARAMETER, Act.LOAD_HOLIDAYS}
    of_the_bureau |= {Act.RESUME_LOT, Act.ASK_LOT_END, Act.DECIDE_LOT_END, Act.DECIDE_REPORT}
    of_the_bureau |= {Act.DECIDE_PARTICULARS, Act.PROPOSE_SYNONYMS, Act.DECIDE_SYNONYMS}

    refused_everywhere(client, session, Role.SUPERVISOR, forms(app, MARKET_WRITES - of_the_bureau))


def test_a_completer_changes_no_price(session):
    institution = make_institution(session)
    listing = make_draft_listing(session, institution)
    completer = actor_of(make_person(session, institution.organisation, Role.COMPLETER))
    before = [(offer.price_fen, offer.pricing) for offer in listing.offers]
    dearer = ListingDraft("换一个价", "", "", "", "", "", "")

    with pytest.raises(NotAllowed):
        listings.edit_listing(session, completer, listing.id, dearer, version=listing.version, now=NOW)
    with pytest.raises(NotAllowed):
        listings.create_listing(session, completer, listing.achievement_id, dearer, now=NOW)
    assert [(offer.price_fen, offer.pricing) for offer in listing.offers] == before


def test_an_operator_who_approved_for_the_institution_does_not_publish(session):
    institution = make_institution(session)
    listing = make_approved_listing(session, institution)
    platform = make_organisation(session, OrganisationKind.OPERATOR)
    membership = add_membership(session, institution.head, platform, {Role.OPERATOR}, now=NOW)
    both = actor_for(institution.head.id, membership.id)
    assert both is not None
    assert may(both, Act.PUBLISH_LISTING)
    with pytest.raises(NotAllowed) as refused:
        listings.review_by_platform(session, both, listing.id, approves=True, reason="", now=NOW)
    assert (refused.value.code, listing.state) == ("listing.own_submission", "platform_review")


def test_a_lot_is_terminated_in_one_place_only():
    naming = {
        path.relative_to(ROOT / "platform" / "market").as_posix()
        for path in (ROOT / "platform").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if (isinstance(node, ast.Attribute) and ast.unparse(node) == "LotAction.TERMINATE")
        or (isinstance(node, ast.Call) and ast.unparse(node.func) == "terminate")
    }

    assert naming == {"auctions/rules.py", "auctions/service/closing.py", "auctions/service/suspending.py"}


@pytest.mark.parametrize(
    ("role", "act", "rows"),
    [
        (Role.OPERATOR, Act.READ_LISTINGS, Rows.REACHED_PLATFORM),
        (Role.INSTITUTION_HEAD, Act.READ_LISTINGS, Rows.OWN_ORGANISATION),
        (Role.COUNTY_SUPERVISOR, Act.READ_NUMBERS, Rows.OWN_COUNTY),
        (Role.AUDITOR, Act.READ_NUMBERS, Rows.ALL),
        (Role.ENTERPRISE_USER, Act.READ_DEALS, Rows.AS_BUYER),
        (Role.BROKER, Act.READ_NOTICES, Rows.OWN_ORGANISATION),
    ],
)
def test_a_role_reaches_the_rows_of_its_line(session, role, act, rows):
    assert rows_for(somebody(session, role), act) is rows


def test_who_is_not_granted_the_act_reaches_no_row(session):
    with pytest.raises(NotAllowed) as refused:
        rows_for(somebody(session, Role.BROKER), Act.READ_DEALS)
    assert refused.value.code == "role.missing"


def test_an_organisations_administrator_is_asked_for_not_a_role(session):
    colleague = somebody(session, Role.TRANSFER_OFFICER)

    with pytest.raises(NotAllowed) as refused:
        require(colleague, Act.ADMINISTER_ORGANISATION)
    assert refused.value.code == "membership.not_administrator"
