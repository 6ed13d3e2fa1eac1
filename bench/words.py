"""Texts drawn from the term statistics of real patents: as many different ones as wanted, the same at every run.

`data/words.csv` holds the 9,000 most frequent words of the titles and abstracts of 7,384 published Chinese patents with
their counts in each. A text draws its words by these counts; those of its own title come back in its passages, as in a
real document.
"""

from __future__ import annotations

import csv
import random
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

from search.classification import titles_of

_WORDS = Path(__file__).parent / "data" / "words.csv"
_CLASSES = Path(__file__).parents[1] / "search" / "data" / "ipc_titles.csv"
TITLE_WORDS = (3, 4, 4, 5, 5, 6, 7, 9)
SUMMARY_WORDS = 30
ABSTRACT_WORDS = 95  # mean of the real ones, in words
OWN_WORDS = 4  # a passage repeats words of its title so often
SUBCLASS_CHARACTERS = 4


@dataclass(frozen=True)
class Texts:
    """What a generated listing says of itself."""

    title: str
    summary: str
    abstract: str
    main_class: str


class Generator:
    """Draws texts; the same `seed` draws the same ones."""

    def __init__(self, seed: int = 1) -> None:
        self._random = random.Random(seed)
        with _WORDS.open(encoding="utf-8", newline="") as handle:
            rows = list(csv.DictReader(handle))
        self._words = [row["word"] for row in rows]
        self._in_titles = list(accumulate(int(row["in_titles"]) for row in rows))
        self._in_abstracts = list(accumulate(int(row["in_abstracts"]) for row in rows))
        with _CLASSES.open(encoding="utf-8", newline="") as handle:
            codes = [row["code"] for row in csv.DictReader(handle)]
        self._classes = [one for one in codes if len(one) == SUBCLASS_CHARACTERS and titles_of(one)]

    def texts(self) -> Texts:
        """The next listing's texts."""
        own = self._random.choices(self._words, cum_weights=self._in_titles, k=self._random.choice(TITLE_WORDS))
        symbol = self._random.choice(self._classes)
        return Texts(
            title="".join(own),
            summary=self._passage(own, SUMMARY_WORDS),
            abstract=self._passage(own, ABSTRACT_WORDS),
            main_class=f"{symbol}{self._random.randint(1, 40)}/{self._random.randint(0, 20):02d}",
        )

    def few_words(self, count: int) -> str:
        """What somebody types: words of titles, with blanks."""
        return " ".join(self._random.choices(self._words, cum_weights=self._in_titles, k=count))

    def any_words(self, count: int) -> str:
        """Words drawn without regard to how frequent they are: what somebody asks who knows her field."""
        return " ".join(self._random.choices(self._words, k=count))

    def _passage(self, own: list[str], size: int) -> str:
        words = self._random.choices(self._words, cum_weights=self._in_abstracts, k=size)
        words += self._random.choices(own, k=OWN_WORDS)
        self._random.shuffle(words)
        return "，".join("".join(words[start : start + 8]) for start in range(0, len(words), 8)) + "。"
