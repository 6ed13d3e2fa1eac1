"""The question read again when it finds nothing or little: other wordings that find more, and what the page says of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from search import service
from search.counting import count_by_words
from search.engines.base import SearchEngine
from search.highlight import terms_in, wanted_terms
from search.pages import address
from search.queries import HitRow
from search.query import SearchQuery, from_text, reworded
from search.service import Answer
from search.suggesting.check_digits import wrong_check_digits
from search.suggesting.corrections import Proposal, propose
from search.suggesting.vocabulary import DatabaseVocabulary
from search.syntax.notices import Notice
from search.widening import held_by_words

FEW = 3
"""Up to so many hits by words count as little: other wordings are guessed at more freely."""
LITERAL = "literal"
_OPERATORS = frozenset('"“”:：()（）|')


@dataclass(frozen=True)
class OtherWording:
    """Another wording of the question and its address."""

    text: str
    address: str


@dataclass(frozen=True)
class Reread:
    """What the page shows: the answer to `query`, which has another wording than asked when `literal` is not None.

    `literal` leads to the words as they were typed, `others` to what may have been meant.
    """

    query: SearchQuery
    answer: Answer
    literal: OtherWording | None = None
    others: tuple[OtherWording, ...] = ()
    notices: tuple[Notice, ...] = ()


def reread(
    session: Session,
    engine: SearchEngine,
    query: SearchQuery,
    answer: Answer,
    shown: Collection[HitRow] = (),
    *,
    is_literal: bool,
) -> Reread:
    """Look for wordings that find more; one that finds something where the question finds nothing takes its place.

    Nothing is looked for when every word of the question stands in the hits that are `shown`.
    """
    notices = tuple(wrong_check_digits(query.text)) if query.numbers else ()
    as_asked = Reread(query, answer, notices=notices)
    if not _may_be_meant_otherwise(query):
        return as_asked
    counting = _Counting(session, engine, query, answer)
    found = counting.literal()
    if found > FEW and _all_stand_in(answer.asked, shown):
        return as_asked
    better = list(counting.better(found))
    if not better:
        return as_asked
    if found or is_literal:
        return replace(as_asked, others=tuple(OtherWording(one.text, address(one)) for one in better))
    first, *rest = better
    given = OtherWording(query.text, f"{address(query)}&{LITERAL}=1")
    others = tuple(OtherWording(one.text, address(one)) for one in rest)
    return Reread(first, service.answer(session, engine, first), given, others, notices)


def _may_be_meant_otherwise(query: SearchQuery) -> bool:
    """Words without numbers and operators, on the first page."""
    is_plain = query.where is None and not _OPERATORS.intersection(query.text)
    return query.has_words and is_plain and query.page == 1 and not (query.numbers or query.prefixes)


def _all_stand_in(query: SearchQuery, shown: Iterable[HitRow]) -> bool:
    """Whether titles and descriptions hold every term of the question between them; what is read is read again for marks."""
    wanted = wanted_terms(query)
    missing = wanted.intersection(query.terms)
    for row in shown:
        for text in (row.title, *row.described):
            missing -= terms_in(text, wanted)
            if not missing:
                return True
    return False


class _Counting:
    """Counts hits by words: by meaning something near is found for any question."""

    def __init__(self, session: Session, engine: SearchEngine, query: SearchQuery, answer: Answer) -> None:
        self._session = session
        self._engine = engine
        self._is_reduced = answer.is_reduced
        self._query = query
        self._found = answer.found
        self._is_widened = answer.is_widened

    def literal(self) -> int:
        """Hits of the question as it was asked, at least."""
        return 0 if self._is_widened else held_by_words(self._found)

    def better(self, found: int) -> Iterator[SearchQuery]:
        """Wordings that find more; where the question finds enough, only those whose replaced pieces find nothing."""
        vocabulary = DatabaseVocabulary(self._session)
        proposals = propose(vocabulary, self._query.text, is_strict=found > FEW)
        public = vocabulary.public(term for one in proposals for term in one.terms) if proposals else set()
        seen: set[str] = set()
        for proposal in proposals:
            if proposal.text in seen or not all(term.id in public for term in proposal.terms):
                continue
            seen.add(proposal.text)
            other = reworded(self._query, proposal.text)
            if found > FEW and not self._is_unknown(proposal):
                continue
            count = self._count(other)
            if count > found or (found > FEW and count):
                yield other

    def _is_unknown(self, proposal: Proposal) -> bool:
        return not any(self._count(from_text(wrong)) for wrong in proposal.wrong)

    def _count(self, query: SearchQuery) -> int:
        return count_by_words(self._session, self._engine, query, is_reduced=self._is_reduced)
