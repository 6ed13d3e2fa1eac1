"""The task list shows what its filters ask for, and its export holds the same."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO

from python_calamine import CalamineWorkbook

from market.accounts.rules import OrganisationKind, Role
from tests.conftest import NOW
from tests.factories.statements import state_former_name
from tests.factories.world import make_institution, make_organisation, make_person, sign_in

TASK = "1 项机构登记事项等待确认"


def test_only_what_is_late_is_listed_and_exported_when_that_is_asked_for(session, client, clock):
    state_former_name(session, make_institution(session).officer)
    bureau = make_person(session, make_organisation(session, OrganisationKind.BUREAU), Role.SUPERVISOR)
    session.commit()
    sign_in(client, bureau)

    assert TASK in client.get("/console?urgency=dated").get_data(as_text=True)
    early = client.get("/console?urgency=late").get_data(as_text=True)
    assert (TASK in early, "没有符合条件的待办" in early) == (False, True)

    clock.at = NOW + timedelta(days=30)
    sign_in(client, bureau)
    assert TASK in client.get("/console?urgency=late").get_data(as_text=True)
    with client.get("/console/tasks/export.xlsx?urgency=late") as answer:
        rows = CalamineWorkbook.from_filelike(BytesIO(answer.data)).get_sheet_by_index(0).to_python()
    assert [(row[0], row[3]) for row in rows[1:]] == [(TASK, "是")]
