"""What of a listing is embedded, and how it is told that this has changed."""

from __future__ import annotations

import hashlib

from search.documents import ListingDocument
from search.meaning.embedder import MAXIMUM_PASSAGE_CHARACTERS, MODEL, simplified


def passage(document: ListingDocument) -> str:
    """Title first, then what it solves and how; of bounded length."""
    texts = (document.title, document.summary, document.problem, document.advantage, document.abstract)
    return simplified("。".join(filter(None, texts))[:MAXIMUM_PASSAGE_CHARACTERS])


def digest(text: str) -> str:
    """SHA-256 of the model's name and the text: another one asks for another vector."""
    return hashlib.sha256(f"{MODEL}\n{text}".encode("utf-8", "replace")).hexdigest()
