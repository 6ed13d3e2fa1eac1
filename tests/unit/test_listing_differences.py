"""What differs between two versions of a listing, which of it is material, and drafts as JSON."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.kernel.errors import TransitionRefused
from market.kernel.money import Money
from market.listings.canonical import canonical, digest_of, draft_from, draft_json
from market.listings.changes import CHANGES, refuse_frozen
from market.listings.differences import Difference, Mark, MaterialKind, differences, material_kinds, text_pieces
from market.listings.errors import ListingRefused
from market.listings.rules import ListingDraft
from market.listings.vocabulary import ChangeAction, ChangeState, ListingState, TransferWay
from tests.factories.listings import AUCTION, LICENCE, SALE, TRIAL, draft

RIGHTS = [{"number": "201910001234.5", "kind": "invention"}]
TEXTS = st.text(st.sampled_from("密封件，。；三倍 a1\n"), max_size=40)


def content(of: ListingDraft, rights: list[dict[str, str]] | None = None) -> dict[str, Any]:
    return {"draft": draft_json(of), "rights": RIGHTS if rights is None else rights}


def compare(before: ListingDraft, after: ListingDraft) -> list[Difference]:
    return differences(content(before), content(after))


def said(found: list[Difference]) -> list[tuple[str, TransferWay | None, str, str]]:
    return [(one.label, one.way, one.before.text, one.after.text) for one in found]


def test_a_draft_comes_back_from_its_json_as_it_was():
    written = draft(SALE, TRIAL, AUCTION, applied_industries=("3444", "3511"))

    assert draft_from(json.loads(canonical(draft_json(written)))) == written


def test_an_older_json_lacks_fields_and_has_others():
    values = draft_json(draft(SALE))
    del values["application"]

    assert draft_from(values | {"gone": 1}) == draft(SALE, application="")


def test_one_content_has_one_digest_whatever_the_order_of_its_keys():
    values = content(draft(SALE))
    turned = {"rights": values["rights"], "draft": dict(reversed(values["draft"].items()))}

    assert digest_of(turned) == digest_of(values)
    assert digest_of(content(draft(SALE, title="别的"))) != digest_of(values)


def test_the_same_content_does_not_differ():
    assert compare(draft(SALE, LICENCE), draft(SALE, LICENCE)) == []


def test_a_changed_text_is_shown_with_what_came_and_went():
    found = compare(draft(SALE), draft(SALE, problem="高温下阀门密封件磨损快。"))

    assert said(found) == [("解决的问题", None, "高温下密封件磨损快。", "高温下阀门密封件磨损快。")]
    assert [(piece.mark, piece.text) for piece in found[0].pieces] == [
        (Mark.SAME, "高温下"),
        (Mark.INSERTED, "阀门"),
        (Mark.SAME, "密封件磨损快。"),
    ]
    assert material_kinds(found) == []


def test_an_unlike_clause_is_replaced_whole_and_the_others_stay():
    pieces = text_pieces("寿命三倍。耐酸。", "寿命三倍。可在零下四十度使用。")

    assert [(piece.mark, piece.text) for piece in pieces] == [
        (Mark.SAME, "寿命三倍。"),
        (Mark.DELETED, "耐酸。"),
        (Mark.INSERTED, "可在零下四十度使用。"),
    ]


@given(TEXTS, TEXTS)
def test_the_pieces_of_two_texts_give_both_texts_back(before, after):
    pieces = text_pieces(before, after)

    assert "".join(piece.text for piece in pieces if piece.mark is not Mark.INSERTED) == before
    assert "".join(piece.text for piece in pieces if piece.mark is not Mark.DELETED) == after


def test_another_price_is_a_material_change_of_price():
    found = compare(draft(SALE), draft(replace(SALE, price=Money(9_000_000))))

    assert said(found) == [("价格", TransferWay.ASSIGNMENT, str(Money(12_000_000)), str(Money(9_000_000)))]
    assert material_kinds(found) == [MaterialKind.PRICE]


def test_another_way_is_a_material_change_of_way():
    found = compare(draft(SALE), draft(SALE, LICENCE))

    assert said(found) == [("转化方式", TransferWay.ORDINARY_LICENCE, "—", "普通许可")]
    assert material_kinds(found) == [MaterialKind.WAY]


def test_another_right_is_a_material_change_of_scope():
    found = differences(content(draft(SALE)), content(draft(SALE), []))

    assert said(found) == [("知识产权", None, "201910001234.5", "—")]
    assert material_kinds(found) == [MaterialKind.SCOPE]


def test_terms_are_shown_in_words_and_a_royalty_is_price():
    before = replace(LICENCE, terms={"territory": "city", "royalty_rate": 350})
    found = compare(draft(before), draft(replace(LICENCE, terms={"territory": "nationwide", "royalty_rate": 400})))

    assert {(one.label, one.before.text, one.after.text, one.material) for one in found} == {
        ("实施地域", "温州市内", "全国", MaterialKind.SCOPE),
        ("提成比例", "3.5", "4", MaterialKind.PRICE),
    }


def test_another_paper_behind_an_offer_is_not_material():
    found = compare(draft(SALE), draft(replace(SALE, confirmations={"co_owner_consent": "同意书 2026-10-08"})))

    assert said(found) == [("共有人同意", TransferWay.ASSIGNMENT, "—", "同意书 2026-10-08")]
    assert material_kinds(found) == []


@pytest.mark.parametrize("state", list(ListingState))
def test_only_a_running_lot_forbids_a_material_change(state):
    refuse_frozen(state, [])
    if state is not ListingState.BIDDING:
        refuse_frozen(state, [MaterialKind.PRICE])
        return
    with pytest.raises(ListingRefused) as refused:
        refuse_frozen(state, [MaterialKind.PRICE])
    assert refused.value.code == "change.frozen"


ALLOWED = {
    ("editing", "save"): "editing",
    ("editing", "submit"): "institution_review",
    ("editing", "discard"): "discarded",
    ("institution_review", "institution_approve"): "platform_review",
    ("institution_review", "institution_reject"): "rejected",
    ("institution_review", "discard"): "discarded",
    ("platform_review", "publish"): "published",
    ("platform_review", "platform_reject"): "rejected",
    ("platform_review", "discard"): "discarded",
    ("rejected", "save"): "editing",
    ("rejected", "submit"): "institution_review",
    ("rejected", "discard"): "discarded",
}


@pytest.mark.parametrize("action", list(ChangeAction))
@pytest.mark.parametrize("state", list(ChangeState))
def test_a_change_moves_only_as_the_table_says(state, action):
    expected = ALLOWED.get((state.value, action.value))

    if expected is None:
        with pytest.raises(TransitionRefused):
            CHANGES.target(state, action)
    else:
        assert CHANGES.target(state, action) == expected
