"""Vectors for a generated market: some real ones of generated titles, and around each of them as many as there are listings.

Computing 100,000 real ones takes hours; what a search costs depends on how many there are and how near they lie. The bare
questions of the bench come from the same generator, so their neighbours are above the floor as real ones are.
"""

from __future__ import annotations

import numpy as np
from sqlalchemy import text
from sqlalchemy.orm import Session

from bench.words import Generator
from search.meaning.embedder import MODEL, build_embedder
from search.meaning.service import CHANGED_AT

LARGEST = 100_000
"""A market with more listings is measured by words alone."""
TOPICS = 64
OWN_SHARE = 0.8
"""How far a listing leans away from its topic: two of one topic then have a cosine of about .6."""
BLOCK = 5_000
DIMENSIONS = 384


def fill_vectors(session: Session) -> int:
    """Give every public listing a vector; returns how many, 0 without the packages of meaning or in too large a market."""
    ids = session.scalars(text("SELECT id FROM listing WHERE published_at IS NOT NULL ORDER BY id")).all()
    embedder = build_embedder(is_wanted=True)
    if embedder is None or len(ids) > LARGEST:
        return 0
    generator, chance = Generator(seed=11), np.random.default_rng(11)
    topics = np.stack(
        [np.frombuffer(one, dtype="<f4") for one in embedder.passages([generator.texts().title for _ in range(TOPICS)])]
    )
    cursor = session.connection().connection.cursor()
    with cursor.copy("COPY search_entry (listing_id, revision, vector, vector_model) FROM STDIN") as copy:
        for start in range(0, len(ids), BLOCK):
            block = ids[start : start + BLOCK]
            for listing_id, vector in zip(block, _around(topics, len(block), chance), strict=True):
                copy.write_row((listing_id, 1, vector.tobytes(), MODEL))
    moment = str(CHANGED_AT.compile(compile_kwargs={"literal_binds": True}))
    session.execute(text(f"UPDATE search_entry SET embedded_at = {moment} FROM listing WHERE listing.id = listing_id"))
    session.execute(text("ANALYZE search_entry"))
    return len(ids)


def _around(topics: np.ndarray, count: int, chance: np.random.Generator) -> np.ndarray:
    """Vectors of length one, each near one of the topics."""
    noise = chance.normal(size=(count, DIMENSIONS)).astype("<f4") / np.float32(DIMENSIONS**0.5)
    vectors = topics[chance.integers(len(topics), size=count)] + OWN_SHARE * noise
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype("<f4")
