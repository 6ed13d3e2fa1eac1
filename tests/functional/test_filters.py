"""An address's filters lead to the export of the same list, whatever somebody writes into them."""

from __future__ import annotations

from market.accounts.rules import OrganisationKind
from tests.factories.world import make_organisation, make_person, sign_in


def test_filters_named_like_arguments_of_the_router_are_only_filters(session, client):
    sign_in(client, make_person(session, make_organisation(session, OrganisationKind.OPERATOR)))
    answer = client.get("/console/listings?endpoint=static&_scheme=javascript&_external=1&state=published")
    assert answer.status_code == 200
    export = "/console/listings/export.xlsx?endpoint=static&amp;_scheme=javascript&amp;_external=1&amp;state=published"
    assert f'href="{export}"' in answer.get_data(as_text=True)


def test_the_page_number_is_no_filter_of_the_export(session, client):
    sign_in(client, make_person(session, make_organisation(session, OrganisationKind.OPERATOR)))
    answer = client.get("/console/organisations?kind=operator&page=1")
    assert 'href="/console/organisations/export.xlsx?kind=operator"' in answer.get_data(as_text=True)
