"""The quality of the search does not fall: the set that ships with the project, and the bench that measures it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bench.search_quality import Result, evaluate, kept_embedder, main
from bench.search_quality.measures import estimate, ndcg, recall, reciprocal_rank, share
from bench.search_quality.sets import Document, QualitySet, Question, own_set, own_set_in_english
from search.meaning.embedder import Embedder

FLOORS = {"MRR@10": 0.94, "nDCG@10": 0.90, "R@10": 0.87}
"""What analysis and ranking reached, less about one question of a hundred; raised with each improvement."""


@pytest.fixture(scope="module")
def measured() -> Result:
    return evaluate("embedded", own_set())


@pytest.mark.parametrize("measure", FLOORS)
def test_sentences_of_need_are_answered_as_well_as_before(measured: Result, measure: str) -> None:
    assert measured.questions == 60
    assert measured.measures[measure].mean >= FLOORS[measure]


HYBRID_FLOORS = {"MRR@10": 0.97, "nDCG@10": 0.95}
ENGLISH_FLOOR = 0.88
"""MRR@10 of needs told in English: words alone find only what the dictionary translates, .675."""


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    found = kept_embedder(None)
    if found is None:
        pytest.skip("the packages of meaning are not installed")
    return found


def part(wanted: QualitySet) -> QualitySet:
    """Every third question with what answers it, among every fifth of the other results: what CI can embed."""
    questions = wanted.questions[::3]
    answers = {one for question in questions for one in question.relevant}
    documents = [one for place, one in enumerate(wanted.documents) if one.id in answers or place % 5 == 0]
    return QualitySet(wanted.name, tuple(documents), questions)


@pytest.mark.timeout(600)  # ninety texts are embedded, which a busy machine does slowly
def test_meaning_lifts_what_words_find_and_does_not_fall(embedder: Embedder) -> None:
    wanted = part(own_set())
    hybrid, words = (evaluate(name, wanted, embedder=embedder).measures for name in ("embedded", "embedded-bm25"))

    assert len(wanted.questions) == 20
    for measure, floor in HYBRID_FLOORS.items():
        assert hybrid[measure].mean >= max(floor, words[measure].mean)


@pytest.mark.timeout(600)
def test_needs_told_in_english_find_results_in_chinese(embedder: Embedder) -> None:
    wanted = part(own_set_in_english())
    hybrid, words = (evaluate(name, wanted, embedder=embedder).measures for name in ("embedded", "embedded-bm25"))

    assert hybrid["MRR@10"].mean >= ENGLISH_FLOOR
    assert hybrid["MRR@10"].mean > words["MRR@10"].mean + 0.1


def test_sentences_of_need_find_more_than_plain_bigrams(measured: Result) -> None:
    plain = evaluate("bigrams", own_set())

    assert measured.measures["MRR@10"].mean > plain.measures["MRR@10"].mean
    assert measured.measures["nDCG@10"].mean > plain.measures["nDCG@10"].mean


def test_a_question_in_traditional_characters_finds_what_the_simplified_one_finds() -> None:
    documents = (Document("a", "车床热变形补偿"), Document("b", "园林工具电机"))
    questions = (Question("1", "車床熱變形補償", {"a": 1}), Question("2", "園林電機", {"b": 1}))

    assert evaluate("embedded", QualitySet("script", documents, questions)).measures["R@10"].mean == 1.0


@pytest.mark.parametrize("read", [own_set, own_set_in_english])
def test_every_judgement_names_a_result_of_the_demonstration(read: Callable[[], QualitySet]) -> None:
    found = read()
    known = {one.id for one in found.documents}

    assert len({one.text for one in found.questions}) == 60
    for question in found.questions:
        assert 0 < len(question.relevant) == len(known & set(question.relevant))
        assert set(question.relevant.values()) <= {1, 2, 3}


def test_the_measures_of_a_known_ranking() -> None:
    ranked, relevant = ["x", "good", "fair", "y"], {"good": 2.0, "fair": 1.0, "missed": 1.0, "wrong": 0.0}

    assert reciprocal_rank(ranked, relevant) == 0.5
    assert recall(ranked, relevant) == pytest.approx(2 / 3)
    assert share(ranked, relevant) == 0.2
    assert ndcg(["good", "fair", "missed"], relevant) == 1.0
    assert ndcg(ranked, relevant) == pytest.approx((3 / 1.58496 + 1 / 2) / (3 + 1 / 1.58496 + 1 / 2), rel=1e-4)
    assert reciprocal_rank(["x"] * 10 + ["good"], relevant) == 0.0


def test_the_confidence_interval_holds_the_mean_and_is_the_same_at_every_run() -> None:
    values = [1.0] * 60 + [0.0] * 40
    found = estimate(values)

    assert found.low < found.mean == 0.6 < found.high
    assert 0.15 < found.high - found.low < 0.25
    assert estimate(values) == found


def write(path: Path, rows: list[Any]) -> str:
    path.write_text("\n".join(one if isinstance(one, str) else json.dumps(one) for one in rows), encoding="utf-8")
    return str(path)


DOCUMENTS = [
    {"id": "a", "title": "高温密封环", "abstract": "用于热油泵。", "ipc": ["F16J15/34"], "applicant": "某泵厂"},
    {"id": "b", "title": "激光焊接机器人"},
]
QUERIES = [
    {"id": 1, "text": "热油泵的密封", "relevant": {"a": 2}},
    {"id": 2, "text": "焊接", "relevant": {"b": 1}},
    {"id": 3, "text": "量子计算", "relevant": {"b": 1}},
]


def test_any_set_of_two_files_is_measured(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    documents, queries = write(tmp_path / "d.jsonl", DOCUMENTS), write(tmp_path / "q.jsonl", QUERIES)

    status = main(["--documents", documents, "--queries", queries, "--engine", "embedded-bm25", "--json"])

    (found,) = json.loads(capsys.readouterr().out)
    assert status == 0
    assert (found["set"], found["system"], found["documents"], found["questions"]) == ("q", "embedded-bm25", 2, 3)
    assert found["measures"]["MRR@10"]["mean"] == pytest.approx(2 / 3)


def test_the_table_names_sets_systems_and_intervals(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    documents, queries = write(tmp_path / "d.jsonl", DOCUMENTS), write(tmp_path / "q.jsonl", QUERIES)

    assert main(["--documents", documents, "--queries", queries, "--elasticsearch", ""]) == 0

    lines = capsys.readouterr().out.splitlines()
    assert "q (3 questions, 2 documents)" in lines
    assert [line.split()[0] for line in lines[3:]] == ["bigrams", "embedded", "embedded-bm25"]
    assert "0.6667 (" in lines[-1]


@pytest.mark.parametrize(
    ("rows", "place"),
    [([*DOCUMENTS, "{"], "line 3"), ([{"id": "a"}], "line 1"), (["[]"], "line 1")],
)
def test_a_file_that_cannot_be_read_is_named_with_its_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], rows: list[Any], place: str
) -> None:
    documents, queries = write(tmp_path / "d.jsonl", rows), write(tmp_path / "q.jsonl", QUERIES)

    assert main(["--documents", documents, "--queries", queries]) == 2

    captured = capsys.readouterr()
    assert captured.out == ""
    assert f"d.jsonl, {place}" in captured.err


def test_what_cannot_be_measured_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--documents", write(tmp_path / "d.jsonl", DOCUMENTS)]) == 2
    assert main(["--engine", "elasticsearch", "--elasticsearch", ""]) == 2
    missing = str(tmp_path / "none.jsonl")
    assert main(["--documents", missing, "--queries", missing]) == 2
    assert capsys.readouterr().out == ""


def test_a_floor_that_is_missed_is_told() -> None:
    documents = (Document("a", "高温密封环"), Document("b", "激光焊接机器人"))
    questions = (Question("1", "焊接", {"a": 1}),)

    assert evaluate("embedded", QualitySet("floor", documents, questions, ("MRR@10", 0.5))).missed == "MRR@10 < 0.5"
    assert evaluate("embedded", QualitySet("none", documents, questions)).missed == ""


def test_the_document_that_asks_is_left_out_of_its_own_answer() -> None:
    documents = tuple(Document(one, "激光焊接机器人") for one in "abc")
    questions = (Question("a", "激光焊接机器人", {"b": 1, "c": 1}, but="a"),)

    assert evaluate("embedded", QualitySet("class", documents, questions)).measures["R@10"].mean == 1.0


@pytest.mark.elasticsearch
@pytest.mark.parametrize("system", ["standard", "elasticsearch"])
def test_the_server_is_measured_and_nothing_is_left_on_it(elasticsearch_url: str, system: str) -> None:
    from elasticsearch import Elasticsearch

    result = evaluate(system, own_set(), url=elasticsearch_url)

    assert result.measures["MRR@10"].mean > 0.8
    with Elasticsearch(elasticsearch_url) as client:
        assert not client.indices.get(index="quality-*")
