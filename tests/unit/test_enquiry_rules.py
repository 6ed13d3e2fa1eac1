"""Decisions about questions and enquiries, and what is told of them."""

from __future__ import annotations

import pytest

from market.enquiries.rules import ENQUIRIES, QUESTIONS, is_of_fair_length, masked_phone, names_contacts
from market.enquiries.vocabulary import EnquiryAction, EnquiryState, QuestionAction, QuestionState
from market.kernel.errors import TransitionRefused
from market.notifications.catalogue import TOLD_TO_WATCHERS, told_of
from market.notifications.enquiry_messages import ENQUIRY_MESSAGES
from market.notifications.messages import NoticeSource
from market.notifications.vocabulary import NoticeKind

QUESTION_MOVES = {
    ("waiting", "answer"): "answered",
    ("waiting", "hide"): "hidden",
    ("answered", "hide"): "hidden",
}
ENQUIRY_MOVES = {
    ("waiting", "ask"): "waiting",
    ("answered", "ask"): "waiting",
    ("waiting", "answer"): "answered",
    ("answered", "answer"): "answered",
    ("waiting", "close"): "closed",
    ("answered", "close"): "closed",
}


@pytest.mark.parametrize("action", QuestionAction)
@pytest.mark.parametrize("state", QuestionState)
def test_a_question_moves_as_the_table_says(state, action):
    expected = QUESTION_MOVES.get((state.value, action.value))
    if expected is None:
        with pytest.raises(TransitionRefused):
            QUESTIONS.target(state, action)
    else:
        assert QUESTIONS.target(state, action) == expected


@pytest.mark.parametrize("action", EnquiryAction)
@pytest.mark.parametrize("state", EnquiryState)
def test_an_enquiry_moves_as_the_table_says(state, action):
    expected = ENQUIRY_MOVES.get((state.value, action.value))
    if expected is None:
        with pytest.raises(TransitionRefused):
            ENQUIRIES.target(state, action)
    else:
        assert ENQUIRIES.target(state, action) == expected


@pytest.mark.parametrize(
    ("phone", "shown"),
    [
        ("13812345678", "138****5678"),
        ("138-1234-5678", "138****5678"),
        ("0577-86590000", "057*****0000"),
        ("12345", "*****"),
    ],
)
def test_of_a_phone_number_the_middle_is_hidden(phone, shown):
    assert masked_phone(phone) == shown


@pytest.mark.parametrize(
    "text", ["打 13812345678", "打 138 1234 5678", "打 0577-86590000", "写 a.b@example.test", "看 WWW.example.test"]
)
def test_contacts_in_a_public_text_are_found(text):
    assert names_contacts(text)


@pytest.mark.parametrize("text", ["专利 201710601862.3", "ZL 2017 1 0601862.3", "年产 13800000 双", "成本 0.21 元/双"])
def test_numbers_of_patents_and_amounts_are_no_contacts(text):
    assert not names_contacts(text)


@pytest.mark.parametrize(("length", "is_fair"), [(9, False), (10, True), (2000, True), (2001, False)])
def test_a_text_has_ten_to_two_thousand_characters(length, is_fair):
    assert is_of_fair_length("字" * length) is is_fair


def source(action, **payload):
    parties = {"seller_organisation_id": 3, "buyer_organisation_id": 9} | payload
    names = {3: "温州某大学", 9: "某泵阀有限公司"}
    return NoticeSource(
        id=1, action=action, subject_id=5, payload=parties, number="N-1", title="轴承", names=names, reason="广告"
    )


@pytest.mark.parametrize("action", sorted(ENQUIRY_MESSAGES))
def test_every_message_can_be_filled_from_its_own_params(action):
    told = told_of(source(action))
    assert told
    for one in told:
        assert one.kind is NoticeKind.ENQUIRY
        assert "%(" not in one.draft.message % one.draft.params
        assert one.draft.path in ("/console/questions/5", "/console/enquiries/N-1")


@pytest.mark.parametrize("action", sorted(TOLD_TO_WATCHERS))
def test_a_change_is_told_to_every_watcher_once_and_to_no_party_twice(action):
    payload = {"organisation_id": 3, "material": ["price"], "offers": []}
    told = [one for one in told_of(source(action, **payload), watchers=(3, 9, 12)) if one.kind is NoticeKind.WATCH]
    receivers = [one.draft.organisation_id for one in told]
    assert receivers[-1] == 12
    assert len(receivers) == len(set(receivers))


def test_a_new_text_without_new_terms_is_told_to_no_watcher():
    told = told_of(source("listing.changed", organisation_id=3, material=[]), watchers=(12,))
    assert [one for one in told if one.kind is NoticeKind.WATCH] == []
