"""How well the right results are found: `python -m bench search_quality [--help]`.

Prints MRR@10, nDCG@10, R@10 and P@10 with 95 % confidence intervals, per set and system.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bench.search_quality.measures import MEASURES, Estimate, estimate
from bench.search_quality.sets import QualitySet, own_set, own_set_in_english, set_of_files, shared_sets
from bench.search_quality.systems import BASELINES, ENGINES, NEEDS_SERVER, Ranker, opened
from bench.search_quality.vectors import KeptEmbedder
from search.meaning.embedder import Embedder, build_embedder

HALVES = {"all": slice(None), "even": slice(0, None, 2), "odd": slice(1, None, 2)}


@dataclass(frozen=True)
class Result:
    """One system on one set. `missed`: the measure that is below its floor, or empty."""

    set: str
    system: str
    documents: int
    questions: int
    measures: Mapping[str, Estimate]
    missed: str = ""


def evaluate(
    name: str, wanted: QualitySet, *, half: str = "all", url: str = "", embedder: Embedder | None = None
) -> Result:
    """Index the set in the named system and ask its questions. `half`: questions of even or odd rows only."""
    questions = wanted.questions[HALVES[half]]
    with opened(name, wanted.documents, url, embedder) as ranker:
        rankings = [_without(ranker, question.text, question.but) for question in questions]
    measured = {
        measure: estimate([of(ranked, one.relevant) for ranked, one in zip(rankings, questions, strict=True)])
        for measure, of in MEASURES.items()
    }
    missed = ""
    if wanted.floor and name in ENGINES and measured[wanted.floor[0]].mean < wanted.floor[1]:
        missed = f"{wanted.floor[0]} < {wanted.floor[1]}"
    return Result(wanted.name, name, len(wanted.documents), len(questions), measured, missed)


def _without(ranker: Ranker, text: str, left_out: str) -> list[str]:
    return [one for one in ranker.rank(text) if one != left_out]


def measure() -> list[dict[str, Any]]:
    """The own sets, for the runner of all benchmarks: this system with and without meaning beside plain bigrams."""
    embedder = kept_embedder(None)
    return [
        {"name": f"{wanted.name}, {name}: {one}", "value": value.mean, "unit": ""}
        for wanted in (own_set(), own_set_in_english())
        for name in ("bigrams", "embedded-bm25", "embedded")
        for one, value in evaluate(name, wanted, embedder=embedder).measures.items()
    ]


def kept_embedder(folder: Path | None) -> Embedder | None:
    """Computes each vector once and keeps it in the folder; None where the packages of meaning are not installed."""
    return KeptEmbedder(folder) if build_embedder(is_wanted=True) else None


def main(arguments: Sequence[str]) -> int:
    """Exit status: 0 measured, 1 this system misses a floor, 2 misused or a file that cannot be read."""
    given = _parser().parse_args(arguments)
    if bool(given.documents) != bool(given.queries):
        print("--documents and --queries belong together", file=sys.stderr)
        return 2
    url = given.elasticsearch or ""
    systems = given.engine or [one for one in (*BASELINES, *ENGINES) if url or one not in NEEDS_SERVER]
    if not url and NEEDS_SERVER & set(systems):
        print("ELASTICSEARCH_URL or --elasticsearch names the server", file=sys.stderr)
        return 2
    try:
        wanted = list(_sets(given))
    except (OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    embedder = kept_embedder(given.vectors)
    results = [evaluate(name, one, half=given.half, url=url, embedder=embedder) for one in wanted for name in systems]
    if given.json:
        print(json.dumps([asdict(one) for one in results], ensure_ascii=False, indent=1))
    else:
        _print_table(results)
    return 1 if any(one.missed for one in results) else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench search_quality", description=__doc__)
    parser.add_argument("--documents", type=Path, help="JSON lines: id, title, abstract, claims, ipc, applicant")
    parser.add_argument("--queries", type=Path, help="JSON lines: id, text, relevant: {id: grade}")
    parser.add_argument("--engine", action="append", choices=(*BASELINES, *ENGINES), help="default: all that can run")
    parser.add_argument("--elasticsearch", default=os.environ.get("ELASTICSEARCH_URL"), help="address of the server")
    parser.add_argument(
        "--shared-data", type=Path, default=os.environ.get("SHARED_DATA"), help="folder of the real sets"
    )
    parser.add_argument("--vectors", type=Path, help="folder that keeps vectors from one run to the next")
    parser.add_argument("--set", help="only sets whose name holds this")
    parser.add_argument("--half", choices=HALVES, default="all", help="questions of even (tuning) or odd rows only")
    parser.add_argument("--json", action="store_true", help="one JSON list instead of the table")
    return parser


def _sets(given: argparse.Namespace) -> Iterator[QualitySet]:
    if given.documents:
        yield set_of_files(given.documents, given.queries)
        return
    found = [own_set(), own_set_in_english(), *(shared_sets(Path(given.shared_data)) if given.shared_data else ())]
    yield from (one for one in found if given.set is None or given.set in one.name)


def _print_table(results: Sequence[Result]) -> None:
    previous = ""
    for one in results:
        if one.set != previous:
            print(f"\n{one.set} ({one.questions:,} questions, {one.documents:,} documents)")
            print(f"  {'':20}" + "".join(f"{measure:<24}" for measure in MEASURES))
            previous = one.set
        cells = "".join(f"{f'{v.mean:.4f} ({v.low:.4f}–{v.high:.4f})':<24}" for v in one.measures.values())
        print(f"  {one.system:<20}{cells}{one.missed and f'below the floor: {one.missed}'}")
