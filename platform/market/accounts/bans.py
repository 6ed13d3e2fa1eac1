"""What a role may never do (the "may not" column of rules.md section 12), and the tests that hold it.

`never`: acts that the policy must not grant the role. `proofs`: tests that try it. `comes_with`: the capability with
which the ban gets something to forbid; until then nothing like it can be reached.
"""

from __future__ import annotations

from dataclasses import dataclass

from market.accounts.policy import POLICY, Act
from market.accounts.rules import Role

LISTINGS = "tests/integration/test_listings_service.py"
LOTS = "tests/integration/test_auctions.py"
SUSPENSIONS = "tests/integration/test_lot_suspensions.py"
DEALS = "tests/integration/test_deals_service.py"
PUBLICITY = "tests/integration/test_publicity.py"
ENQUIRIES = "tests/integration/test_enquiries.py"
POLICIES = "tests/functional/test_policy.py"
LOG = "tests/functional/test_audit_pages.py"

MARKET_WRITES = frozenset(act for act, grant in POLICY.items() if grant.writes and not grant.is_housekeeping)
"""Acts that change something of the market, the record or the platform's numbers."""

_LISTING_WRITES = frozenset(
    {Act.WRITE_LISTING, Act.SUBMIT_LISTING, Act.APPROVE_LISTING, Act.PUBLISH_LISTING, Act.STEER_LISTING}
)
_BIDDING = frozenset({Act.REGISTER_BIDDER, Act.BID})


@dataclass(frozen=True)
class Ban:
    """One "may not"."""

    role: Role
    what: str
    basis: str
    never: frozenset[Act] = frozenset()
    proofs: tuple[str, ...] = ()
    comes_with: str = ""


BANS: tuple[Ban, ...] = (
    Ban(
        Role.TRANSFER_OFFICER,
        "approve her own listing, also when she is the head as well",
        "rules.md 12; issue 4",
        frozenset({Act.APPROVE_LISTING, Act.PUBLISH_LISTING}),
        (
            f"{LISTINGS}::test_nobody_approves_what_she_wrote_or_submitted",
            f"{LISTINGS}::test_nobody_approves_what_she_only_changed",
            "tests/functional/test_listings_pages.py::test_one_person_in_both_roles_does_not_approve_her_own",
        ),
    ),
    Ban(
        Role.TRANSFER_OFFICER,
        "see who bids before the end",
        "rules.md 12",
        frozenset({Act.READ_LOG, Act.OPEN_LOT}),
        (
            f"{LOTS}::test_before_the_end_nobody_but_the_bidder_sees_who_is_behind_a_code",
            "tests/functional/test_auction_pages.py::test_nobody_sees_a_name_before_the_end",
        ),
    ),
    Ban(
        Role.INSTITUTION_HEAD,
        "bid in her own institution's lots, for whomever",
        "rules.md 12; 拍卖法 art. 30",
        _BIDDING,
        (
            f"{LOTS}::test_who_also_works_for_the_seller_or_the_operator_does_not_register_an_enterprise",
            f"{LOTS}::test_a_colleague_who_also_works_for_the_seller_bids_for_nobody",
        ),
    ),
    Ban(
        Role.INSTITUTION_HEAD,
        "stand on both sides of a deal",
        "rules.md 12",
        frozenset({Act.APPLY}),
        (f"{DEALS}::test_who_stands_on_both_sides_answers_nothing",),
    ),
    Ban(
        Role.INSTITUTION_HEAD,
        "appear as the broker of her own deals",
        "rules.md 12; L4",
        comes_with="brokers attached to deals",
    ),
    Ban(
        Role.COMPLETER,
        "change a price",
        "rules.md 12",
        _LISTING_WRITES,
        (f"{POLICIES}::test_a_completer_changes_no_price",),
    ),
    Ban(Role.COMPLETER, "see sealed bids", "rules.md 12", comes_with="sealed bids"),
    Ban(
        Role.ENTERPRISE_USER,
        "bid in a lot of a seller to whom the enterprise is related",
        "rules.md 12; 7.6; 拍卖法 art. 30",
        proofs=(f"{LOTS}::test_who_may_not_take_part_is_refused_and_nothing_is_written",),
    ),
    Ban(
        Role.BROKER,
        "hold deposits",
        "rules.md 12",
        MARKET_WRITES,
        (f"{POLICIES}::test_who_may_only_read_writes_nothing",),
    ),
    Ban(
        Role.OPERATOR,
        "bid, also for an enterprise to which she belongs",
        "rules.md 12; 拍卖法 art. 22",
        _BIDDING,
        (f"{LOTS}::test_who_also_works_for_the_seller_or_the_operator_does_not_register_an_enterprise",),
    ),
    Ban(
        Role.OPERATOR,
        "change a bid, a lot's clock or its result",
        "rules.md 12",
        frozenset({Act.ANNOUNCE_LOT, Act.WITHDRAW_LOT}),
        (
            f"{LOTS}::test_the_database_refuses_to_change_or_remove_bids_and_refusals",
            f"{LOTS}::test_a_bids_time_is_the_databases_clock_after_the_lock_not_the_start_of_the_transaction",
            f"{LOTS}::test_a_late_and_a_second_closing_give_the_same_result_once",
        ),
    ),
    Ban(
        Role.OPERATOR,
        "see who bids before the end, but by break-glass with a second person",
        "rules.md 12; issue 4",
        proofs=(
            f"{LOG}::test_nobody_sees_in_the_log_who_acts_on_a_running_lot",
            f"{LOG}::test_nobody_approves_the_own_request",
            f"{LOG}::test_without_an_approval_nothing_opens",
        ),
    ),
    Ban(
        Role.SUPERVISOR,
        "edit an institution's data or a score by hand",
        "rules.md 12",
        MARKET_WRITES
        - {Act.PROPOSE_PARAMETER, Act.DECIDE_PARAMETER, Act.LOAD_HOLIDAYS, Act.DECIDE_PARTICULARS}
        - {Act.PROPOSE_SYNONYMS, Act.DECIDE_SYNONYMS}
        - {Act.RESUME_LOT, Act.ASK_LOT_END, Act.DECIDE_LOT_END, Act.DECIDE_REPORT},
        (
            f"{POLICIES}::test_a_supervisor_edits_no_institutions_data",
            "tests/integration/test_facts.py::test_a_rebuild_gives_identical_rows",
        ),
    ),
    Ban(
        Role.COUNTY_SUPERVISOR,
        "see another county's numbers, records and scores",
        "rules.md 12",
        MARKET_WRITES,
        (
            "tests/functional/test_monitoring_pages.py::test_a_county_sees_what_was_sold_or_bought_in_it_and_nothing_else",
            "tests/functional/test_monitoring_pages.py::test_a_county_cannot_reach_another_countys_records_by_address",
            "tests/functional/test_scores_pages.py::test_a_county_sees_its_own_institutions_only",
        ),
    ),
    Ban(
        Role.FUND_MANAGER,
        "decide the approval of a project alone",
        "rules.md 12",
        MARKET_WRITES,
        (f"{POLICIES}::test_who_may_only_read_writes_nothing",),
        comes_with="先投后股",
    ),
    Ban(
        Role.INSURER,
        "see more of a deal than the policy needs, or change it",
        "issue 4: section 12 lacks the role",
        frozenset(act for act, grant in POLICY.items() if grant.roles),
        (f"{POLICIES}::test_who_may_only_read_writes_nothing",),
        comes_with="science and technology insurance",
    ),
    Ban(
        Role.AUDITOR,
        "write: every form outside her own account is refused, what she exports of the log is recorded",
        "rules.md 12",
        MARKET_WRITES,
        (
            f"{POLICIES}::test_an_auditor_writes_nothing",
            f"{LOG}::test_the_export_hides_what_the_page_hides_and_is_recorded",
        ),
    ),
)


@dataclass(frozen=True)
class TwoPersons:
    """One line of the two-person list of rules.md section 12."""

    what: str
    act: Act | None = None
    comes_with: str = ""
    proofs: tuple[str, ...] = ()


TWO_PERSONS: tuple[TwoPersons, ...] = (
    TwoPersons(
        "change of a parameter",
        Act.DECIDE_PARAMETER,
        proofs=("tests/functional/test_parameters.py::test_nobody_approves_her_own_proposal",),
    ),
    TwoPersons("declaring a publicity void", comes_with="publicity of prices and shares"),
    TwoPersons(
        "termination of a lot",
        Act.DECIDE_LOT_END,
        proofs=(
            f"{SUSPENSIONS}::test_a_lot_is_terminated_by_a_second_person_only",
            f"{LOTS}::test_a_lot_whose_right_lapses_is_terminated_and_its_listing_falls_back",
            f"{POLICIES}::test_a_lot_is_terminated_in_one_place_only",
        ),
    ),
    TwoPersons(
        "related parties, R&D staff and former names of an organisation",
        Act.DECIDE_PARTICULARS,
        proofs=("tests/functional/test_particulars.py::test_nobody_confirms_her_own_or_her_organisations",),
    ),
    TwoPersons("clearing of a red flag", comes_with="risk flags"),
    TwoPersons("freeze of scores", comes_with="the publication of an evaluation"),
)

SEPARATION_PROOFS: dict[Act, str] = {
    Act.APPROVE_LISTING: f"{LISTINGS}::test_nobody_approves_what_she_wrote_or_submitted",
    Act.PUBLISH_LISTING: f"{POLICIES}::test_an_operator_who_approved_for_the_institution_does_not_publish",
    Act.DECIDE_PARAMETER: "tests/functional/test_parameters.py::test_nobody_approves_her_own_proposal",
    Act.DECIDE_SYNONYMS: "tests/functional/test_synonyms.py::test_nobody_approves_her_own_change",
    Act.DECIDE_OPENING: f"{LOG}::test_nobody_approves_the_own_request",
    Act.VERIFY_ORGANISATION: "tests/functional/test_members.py::test_nobody_verifies_her_own_application",
    Act.DECIDE_PARTICULARS: "tests/functional/test_particulars.py::test_nobody_confirms_her_own_or_her_organisations",
    Act.MANAGE_PEOPLE: "tests/functional/test_people_pages.py::test_nobody_deals_with_the_own_account",
    Act.REGISTER_BIDDER: f"{LOTS}::test_who_also_works_for_the_seller_or_the_operator_does_not_register_an_enterprise",
    Act.BID: f"{LOTS}::test_a_colleague_who_also_works_for_the_seller_bids_for_nobody",
    Act.DECIDE_LOT_END: f"{SUSPENSIONS}::test_a_lot_is_terminated_by_a_second_person_only",
    Act.ANSWER_APPLICATION: f"{DEALS}::test_who_stands_on_both_sides_answers_nothing",
    Act.START_PUBLICITY: f"{PUBLICITY}::test_who_wrote_the_price_does_not_start_it",
    Act.VOID_PUBLICITY: f"{PUBLICITY}::test_another_person_than_who_started_ends_it_with_a_reason",
    Act.DECIDE_OBJECTION: f"{PUBLICITY}::test_who_has_a_part_in_it_decides_no_objection",
    Act.DECIDE_REPORT: "tests/functional/test_reports.py::test_who_belongs_to_what_was_reported_decides_nothing",
    Act.ANSWER_QUESTION: f"{ENQUIRIES}::test_who_also_works_for_the_asker_answers_no_question",
    Act.ANSWER_ENQUIRY: f"{ENQUIRIES}::test_who_also_works_for_the_asker_answers_no_enquiry",
}
"""The test that tries each separation of the policy."""
