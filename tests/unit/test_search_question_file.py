"""The vectors of questions that processes share: what is kept, what a torn place and a broken disk do."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from search.meaning import question_file
from search.meaning.question_file import VECTOR_BYTES, QuestionFile

VECTOR = bytes(range(256)) * 6
OTHER = VECTOR[::-1]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "meaning" / "questions.bin"


def test_what_one_keeps_the_other_finds(path: Path) -> None:
    QuestionFile(path).put("泵阀 密封", VECTOR)
    assert len(VECTOR) == VECTOR_BYTES
    assert QuestionFile(path).get("泵阀 密封") == VECTOR
    assert QuestionFile(path).get("泵阀 密封 ") is None
    assert "泵阀".encode() not in path.read_bytes()


def test_the_last_question_of_a_place_keeps_it_and_the_file_has_an_end(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(question_file, "PLACES", 1)
    kept = QuestionFile(path)
    for text in ("一", "二", "三"):
        kept.put(text, VECTOR if text != "三" else OTHER)
    assert [kept.get(text) for text in ("一", "二", "三")] == [None, None, OTHER]
    assert path.stat().st_size < 2 * VECTOR_BYTES


@pytest.mark.parametrize("at", [0, 18, 40, 800, -1])
def test_a_place_that_is_torn_counts_as_empty(path: Path, monkeypatch: pytest.MonkeyPatch, at: int) -> None:
    monkeypatch.setattr(question_file, "PLACES", 1)
    QuestionFile(path).put("泵", VECTOR)
    content = bytearray(path.read_bytes())
    content[at] ^= 0xFF
    path.write_bytes(content)
    assert QuestionFile(path).get("泵") is None


def test_a_file_that_was_cut_short_counts_as_empty(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(question_file, "PLACES", 1)
    kept = QuestionFile(path)
    kept.put("泵", VECTOR)
    path.write_bytes(path.read_bytes()[:-1])
    assert kept.get("泵") is None
    kept.put("泵", VECTOR)
    assert kept.get("泵") == VECTOR


def test_a_disk_that_fails_is_told_and_costs_only_time(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "meaning").write_text("a file where the folder should be")
    kept = QuestionFile(tmp_path / "meaning" / "questions.bin")
    kept.put("泵", VECTOR)
    assert kept.get("泵") is None
    assert "cannot be kept" in caplog.text


def test_two_that_write_one_place_at_once_never_leave_a_mixture(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(question_file, "PLACES", 1)

    def write(text: str, vector: bytes) -> None:
        own = QuestionFile(path)
        for _ in range(500):
            own.put(text, vector)

    writers = [threading.Thread(target=write, args=one) for one in (("一", VECTOR), ("二", OTHER))]
    for one in writers:
        one.start()
    reader = QuestionFile(path)
    while any(one.is_alive() for one in writers):
        assert reader.get("一") in {None, VECTOR}
        assert reader.get("二") in {None, OTHER}
    for one in writers:
        one.join()
