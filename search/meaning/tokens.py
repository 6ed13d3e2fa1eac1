"""How multilingual-e5-small cuts a text into pieces: the way of least surprise through its vocabulary (SentencePiece unigram)."""

from __future__ import annotations

import re

from search.meaning.model_file import Vocabulary

SPACE = "\u2581"
"""Stands for a space in the pieces."""
_SPACES = re.compile("  +")
_UNKNOWN_COSTS = 10.0
"""A character that no piece has costs this much more than the rarest piece."""


class Tokenizer:
    """Cuts texts by one vocabulary; threads may share it."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._words = vocabulary
        self._longest = max(map(len, vocabulary.pieces))
        self._unknown_score = min(vocabulary.scores) - _UNKNOWN_COSTS

    def pieces(self, text: str) -> list[int]:
        """Numbers of the pieces, without those that begin and end a text."""
        read = _SPACES.sub(" ", text.translate(self._words.replacements))
        marked = (read if read.startswith(" ") else f" {read}").replace(" ", SPACE)
        scores, find, unknown = self._words.scores, self._words.pieces.get, self._words.unknown
        best = [0.0] + [float("-inf")] * len(marked)
        came = [(0, 0)] * len(best)
        for start in range(len(marked)):
            so_far = best[start]
            for stop in range(start + 1, min(len(marked), start + self._longest) + 1):
                piece = find(marked[start:stop])
                if piece is not None and piece != unknown and so_far + scores[piece] > best[stop]:
                    best[stop], came[stop] = so_far + scores[piece], (piece, start)
            if so_far + self._unknown_score > best[start + 1]:
                best[start + 1], came[start + 1] = so_far + self._unknown_score, (unknown, start)
        found, stop = [], len(marked)
        while stop:
            piece, stop = came[stop]
            found.append(piece)
        return found[::-1]
