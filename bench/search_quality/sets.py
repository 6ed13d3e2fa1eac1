"""The sets of documents, questions and judgements.

Those of `shared/data` are read where they lie: `--shared-data`, or SHARED_DATA of the environment. The own set asks
sixty sentences of need of the demonstration's results, which ship with the project. Any other set comes as JSON lines.
"""

from __future__ import annotations

import csv
import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from market.demo.world import load_world

CSL = Path("cn_sci_csl/csl_dev_test_joined_2000.csv")
TAIAN = Path("cn_patents_taian/专利信息.xlsx")
NEEDS = Path(__file__).parents[1] / "data" / "needs.jsonl"
ENGLISH_NEEDS = NEEDS.with_name("needs_in_english.jsonl")
_SUBCLASS = re.compile(r"[A-H]\d\d[A-Z]")
Made = TypeVar("Made")


@dataclass(frozen=True)
class Document:
    """What is searched; all texts but the id may be empty."""

    id: str
    title: str = ""
    abstract: str = ""
    claims: str = ""
    ipc: str = ""
    applicant: str = ""
    summary: str = ""
    problem: str = ""
    advantage: str = ""


@dataclass(frozen=True)
class Question:
    """A text and the grades of the documents that answer it; `but` is left out of the ranking."""

    id: str
    text: str
    relevant: Mapping[str, float]
    but: str = ""


@dataclass(frozen=True)
class QualitySet:
    """A name, documents and questions. `floor` is the measure that must not be missed, with its least value."""

    name: str
    documents: tuple[Document, ...]
    questions: tuple[Question, ...]
    floor: tuple[str, float] | None = None


def own_set() -> QualitySet:
    """Sentences of need over the demonstration's results."""
    return QualitySet("needs: 60 sentences of need", demo_documents(), tuple(_questions(NEEDS)))


def own_set_in_english() -> QualitySet:
    """The same needs told in English: hardly a word of theirs stands in the results."""
    return QualitySet("needs in English", demo_documents(), tuple(_questions(ENGLISH_NEEDS)))


def demo_documents() -> tuple[Document, ...]:
    """The demonstration's published results, as their listings describe them."""
    return tuple(
        Document(
            id=one.key,
            title=one.listing.title,
            abstract=one.abstract,
            ipc=" ".join(right.ipc for right in one.rights),
            applicant=one.institution,
            summary=one.listing.summary,
            problem=one.listing.problem,
            advantage=one.listing.advantage,
        )
        for one in load_world().achievements
        if one.listing is not None
    )


def shared_sets(folder: Path) -> Iterator[QualitySet]:
    """The sets of the folder of shared data, those of them that are there."""
    if (folder / CSL).is_file():
        yield from _csl(folder / CSL)
    if (folder / TAIAN).is_file():
        yield from _taian(folder / TAIAN)


def _csl(path: Path) -> Iterator[QualitySet]:
    with path.open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    documents = tuple(Document(row["id"], abstract=row["abstract"]) for row in rows)
    by_keywords = tuple(Question(row["id"], row["keywords"].replace("_", " "), {row["id"]: 1}) for row in rows)
    yield QualitySet("CSL keywords → abstract", documents, by_keywords, ("MRR@10", 0.985))
    by_title = tuple(Question(row["id"], row["title"], {row["id"]: 1}) for row in rows)
    yield QualitySet("CSL title → abstract", documents, by_title)


def _taian(path: Path) -> Iterator[QualitySet]:
    from python_calamine import CalamineWorkbook

    header, *lines = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
    rows = [{str(key): str(value) for key, value in zip(header, line, strict=True)} for line in lines]
    titles = {row["申请号"]: row["专利名称"] for row in rows}
    bare = tuple(Document(row["申请号"], abstract=row["摘要"].replace(row["专利名称"], "")) for row in rows)
    asked = tuple(Question(number, title, {number: 1}) for number, title in titles.items())
    yield QualitySet("Tai'an title → own abstract", bare, asked, ("MRR@10", 0.580))
    full = tuple(Document(row["申请号"], row["专利名称"], row["摘要"]) for row in rows)
    classes = {row["申请号"]: found.group() for row in rows if (found := _SUBCLASS.match(row["主分类号"]))}
    alike = tuple(_of_one_class(titles, classes))
    yield QualitySet("Tai'an title → same IPC subclass", full, alike, ("P@10", 0.334))
    symbols = {row["申请号"]: row["主分类号"] for row in rows}
    yield QualitySet("Tai'an title → own abstract, classes known", _classified(bare, symbols), asked, ("MRR@10", 0.580))
    yield QualitySet(
        "Tai'an title → same IPC subclass, classes known", _classified(full, symbols), alike, ("P@10", 0.334)
    )


def _classified(documents: Sequence[Document], symbols: Mapping[str, str]) -> tuple[Document, ...]:
    """The documents with their main symbols, which the register always knows; the questions do not tell theirs."""
    return tuple(replace(one, ipc=symbols[one.id]) for one in documents)


def _of_one_class(titles: Mapping[str, str], classes: Mapping[str, str]) -> Iterator[Question]:
    """The question by a title looks for the others of its subclass; the document itself is left out."""
    members: dict[str, list[str]] = defaultdict(list)
    for number, subclass in classes.items():
        members[subclass].append(number)
    for number, subclass in classes.items():
        yield Question(number, titles[number], dict.fromkeys(members[subclass], 1.0), but=number)


def set_of_files(documents: Path, queries: Path) -> QualitySet:
    """Any other set. Raises ValueError that names the line which cannot be read."""
    return QualitySet(queries.stem, tuple(_read(documents, _document)), tuple(_questions(queries)))


def _questions(path: Path) -> Iterator[Question]:
    return _read(path, lambda row: Question(str(row["id"]), str(row["text"]), _grades(row["relevant"])))


def _grades(given: Mapping[str, Any]) -> dict[str, float]:
    return {str(key): float(grade) for key, grade in given.items()}


def _document(row: Mapping[str, Any]) -> Document:
    texts = {key: _text(row.get(key)) for key in ("abstract", "claims", "ipc", "applicant")}
    return Document(str(row["id"]), _text(row["title"]), **texts)


def _text(given: Any) -> str:
    return " ".join(map(str, given)) if isinstance(given, list) else str(given or "")


def _read(path: Path, make: Callable[[Mapping[str, Any]], Made]) -> Iterator[Made]:
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            if line.strip():
                try:
                    yield make(json.loads(line))
                except (ValueError, KeyError, TypeError, AttributeError) as error:
                    raise ValueError(f"{path.name}, line {number}: {error!r}") from error
