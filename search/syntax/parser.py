"""Reads a question: which words are searched freely, and what a listing must fulfil besides.

Binding, strongest first: a field or an exclusion, AND, OR, the blank. Words that nothing binds stay free: they are
searched and weighed as in a question without operators.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from search import analysis, numbers
from search.documents import NAME_STREAMS
from search.syntax import lexer
from search.syntax import notices as said
from search.syntax.fields import TextField
from search.syntax.fieldvalues import number_of
from search.syntax.lexer import Kind, Token
from search.syntax.notices import Notice, Notices
from search.syntax.tree import Condition, Phrase, Words, all_of, any_of, depth, leaves, opposite, unquoted
from search.syntax.writing import written

MAXIMUM_CONDITIONS = 32
MAXIMUM_TERMS = 64
MAXIMUM_DEPTH = 10


@dataclass(frozen=True)
class Reading:
    """Free words, what must be fulfilled besides, and what the visitor is told of it."""

    free: str
    where: Condition | None = None
    notices: tuple[Notice, ...] = ()

    @property
    def written(self) -> str:
        """The same question in its normal form."""
        return written(self.free, self.where)


@dataclass(frozen=True)
class _Word:
    """A word that may stay free."""

    text: str


_Node = _Word | Condition


def read(text: str) -> Reading:
    """How a text is understood. One without operators is free from its first to its last character."""
    notices = Notices()
    tokens = lexer.cut(text, notices)
    if all(token.kind in {Kind.WORD, Kind.OPEN, Kind.CLOSE} for token in tokens):
        is_changed = any(notice.message in _LEFT_OUT for notice in notices.told())
        told = notices.told() if analysis.terms(text) else ()
        free = _joined(tokens) if is_changed else text
        return Reading(free, None, tuple(one for one in told if one.message not in _OF_BRACKETS))
    parser = _Parser(tokens, notices)
    nodes = parser.everything()
    words = [node.text for node in nodes if isinstance(node, _Word)]
    conditions = [node for node in nodes if not isinstance(node, _Word)]
    where = all_of(conditions) if conditions else None
    if isinstance(where, Words) and not where.fields:  # one word joined with itself binds nothing
        words, where = [*words, where.text], None
    if where is None and not words:
        return Reading(text)
    return Reading(" ".join(words), where, notices.told())


_LEFT_OUT = frozenset({said.UNREADABLE, said.EMPTY_FIELD, said.UNKNOWN_VALUE})
_OF_BRACKETS = frozenset({said.UNBALANCED_BRACKET, said.TOO_DEEP})


def _joined(tokens: list[Token]) -> str:
    return " ".join(token.text for token in tokens if token.kind is Kind.WORD)


class _Parser:
    def __init__(self, tokens: list[Token], notices: Notices) -> None:
        self._tokens = tokens
        self._notices = notices
        self._place = 0
        self._conditions = 0
        self._terms = 0

    def everything(self) -> list[_Node]:
        nodes: list[_Node] = []
        while self._place < len(self._tokens):
            nodes += self._sequence(())
            self._place += 1  # a bracket that closes nothing
        return nodes

    def _sequence(self, fields: tuple[str, ...]) -> list[_Node]:
        """Up to the closing bracket, which is left."""
        nodes: list[_Node] = []
        while (kind := self._kind()) not in {None, Kind.CLOSE}:
            if kind in {Kind.OR, Kind.AND}:
                self._take()
                self._notices.tell(said.MISSING_SIDE)
            else:
                nodes += self._alternatives(fields)
        return nodes

    def _alternatives(self, fields: tuple[str, ...]) -> list[_Node]:
        found = [self._together(fields)]
        while self._follows(Kind.OR):
            found.append(self._together(fields))
        given = [nodes for nodes in found if nodes]
        if len(given) <= 1:
            return given[0] if given else []
        sides = [self._conditions_of(nodes) for nodes in given]
        return self._shallow(any_of([all_of(side) for side in sides if side])) if any(sides) else []

    def _together(self, fields: tuple[str, ...]) -> list[_Node]:
        found = [self._part(fields)]
        while self._follows(Kind.AND):
            found.append(self._part(fields))
        given = [nodes for nodes in found if nodes]
        if len(given) <= 1:
            return given[0] if given else []
        return [*self._conditions_of(node for nodes in given for node in nodes)]

    def _follows(self, kind: Kind) -> bool:
        """Takes the operator (several count once) when something to join comes after it."""
        if self._kind() is not kind:
            return False
        while self._kind() is kind:
            self._take()
        if self._kind() in {None, Kind.CLOSE, Kind.OR, Kind.AND}:
            self._notices.tell(said.MISSING_SIDE)
            return False
        return True

    def _part(self, fields: tuple[str, ...]) -> list[_Node]:
        """An exclusion, a group, a word or a condition."""
        excluded = 0
        while self._kind() in {Kind.NOT, Kind.FIELD}:
            token = self._take()
            if token.kind is Kind.NOT:
                excluded += 1
            elif token.field is not None and isinstance(token.field.kind, TextField):
                fields = token.field.kind.streams
        if self._kind() in {None, Kind.CLOSE, Kind.OR, Kind.AND}:
            self._notices.tell(said.MISSING_SIDE)
            return []
        nodes = self._operand(fields)
        if not excluded % 2:
            return nodes
        conditions = self._conditions_of(nodes)
        return self._shallow(opposite(all_of(conditions))) if conditions else []

    def _operand(self, fields: tuple[str, ...]) -> list[_Node]:
        token = self._take()
        if token.kind is Kind.OPEN:
            nodes = self._sequence(fields)
            if self._kind() is Kind.CLOSE:
                self._take()
            return nodes
        if token.condition is not None:
            return [*self._counted(token.condition)]
        if token.kind is Kind.PHRASE:
            return self._phrase(fields, token.text)
        return self._word(fields, token.text)

    def _word(self, fields: tuple[str, ...], text: str) -> list[_Node]:
        terms = tuple(analysis.terms(text))
        if not terms:
            return []
        if not fields:
            return [_Word(text)]
        if fields[0] in NAME_STREAMS:
            return self._phrase(fields, unquoted(text))
        return [*self._counted(Words(fields, text, terms))]

    def _phrase(self, fields: tuple[str, ...], text: str) -> list[_Node]:
        terms = tuple(analysis.terms(text))
        return [*self._counted(Phrase(fields, text, terms))] if terms else []

    def _conditions_of(self, nodes: Iterable[_Node]) -> list[Condition]:
        """The nodes as conditions: a word that an operator binds must be held, or be that number."""
        return [one for node in nodes for one in ([node] if not isinstance(node, _Word) else self._bound(node.text))]

    def _bound(self, word: str) -> list[Condition]:
        number = number_of(word)
        is_only_number = number is not None and not analysis.terms(numbers.recognise(word).rest)
        ways: list[Condition] = [] if is_only_number else [Words((), word, tuple(analysis.terms(word)))]
        return self._counted(any_of([*ways, *([number] if number else [])]))

    def _shallow(self, found: Condition) -> list[_Node]:
        if depth(found) <= MAXIMUM_DEPTH:
            return [found]
        self._notices.tell(said.TOO_DEEP)
        return []

    def _counted(self, found: Condition) -> list[Condition]:
        """The condition, unless the question has become too costly."""
        terms = sum(len(leaf.terms) for leaf, _ in leaves(found) if isinstance(leaf, Words | Phrase))
        if self._conditions >= MAXIMUM_CONDITIONS or self._terms + terms > MAXIMUM_TERMS:
            self._notices.tell(said.TOO_MANY)
            return []
        self._conditions += 1
        self._terms += terms
        return [found]

    def _kind(self) -> Kind | None:
        return self._tokens[self._place].kind if self._place < len(self._tokens) else None

    def _take(self) -> Token:
        self._place += 1
        return self._tokens[self._place - 1]
