"""Cuts a question into words, phrases, operators, brackets and fields; one pass from left to right.

An operator counts only where nobody writes it in ordinary text: a minus after a blank and before a word, a bracket at
the beginning of a word, a colon after the name of a field.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from search.analysis import fold
from search.documents import NAME_STREAMS
from search.syntax import notices as said
from search.syntax.fields import BY_NAME, Field, NumericField, TextField
from search.syntax.fieldvalues import Value, read_value, whole_piece
from search.syntax.notices import Notices
from search.syntax.tree import ALL_QUOTES, Condition, unquoted
from search.syntax.writing import DEEPEST_BRACKETS

_QUOTES = {'"': '"”＂„', "“": '”"“', "＂": '"”＂', "「": "」", "『": "』", "„": '“”"'}
_ASCII = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x2212: ord("-"), 0x301C: ord("~")}
_AFTER_PHRASE = frozenset({"", *")|，。；,;、！!？?"}) | ALL_QUOTES
_BEFORE_MINUS = frozenset("(|:") | ALL_QUOTES | frozenset("，。；,;、！!？?")
_OR = frozenset({"OR", "或", "||"})
_AND = frozenset({"AND", "且", "&&"})
_NOT = frozenset({"NOT", "非"})
_NAME = re.compile(
    r"(?P<name>[A-Za-z_]{2,12}|[\u4e00-\u9fff]{1,6}|[Ii][Pp][Cc]分类)\s?(?P<colon>:\s*|(?=\s*[<>≥≤⩾⩽=]))"
)
_NEGATIVE_NUMBER = re.compile(r"-\d{1,7}(?:\.\d+)?(?:$|[^A-Za-z0-9]|[A-Za-z]{1,3}(?![A-Za-z0-9])(?<![35][DdGg]))")
_STRAY = frozenset(":<>=≥≤⩾⩽")  # they belong to the name before them; without one they begin no word
_JOINTS = frozenset("，。；,;、！!？?")


class Kind(Enum):
    """What a token is."""

    WORD = "word"
    PHRASE = "phrase"
    CONDITION = "condition"
    FIELD = "field"
    OPEN = "("
    CLOSE = ")"
    OR = "or"
    AND = "and"
    NOT = "not"


@dataclass(frozen=True)
class Token:
    """A piece of the question; `field` only with FIELD, `condition` only with CONDITION."""

    kind: Kind
    text: str = ""
    field: Field | None = None
    condition: Condition | None = None


OPEN, CLOSE, OR, AND, NOT = Token(Kind.OPEN), Token(Kind.CLOSE), Token(Kind.OR), Token(Kind.AND), Token(Kind.NOT)


def plain(text: str) -> str:
    """The same length, with full-width signs as half-width ones: operators are read here, words are cut from the text."""
    return text.translate(_ASCII)


def cut(text: str, notices: Notices) -> list[Token]:
    """The tokens of a question."""
    return list(_Lexer(text, notices).tokens())


class _Lexer:
    def __init__(self, text: str, notices: Notices) -> None:
        self._text = text
        self._plain = plain(text)
        self._notices = notices
        self._place = 0
        self._brackets: list[str] = []  # "g" group, "w" inside a word, "x" too deep

    def tokens(self) -> Iterator[Token]:
        while self._place < len(self._text):
            yield from self._next()
        if "g" in self._brackets:
            self._notices.tell(said.UNBALANCED_BRACKET)

    def _next(self) -> Iterator[Token]:
        sign = self._plain[self._place]
        if sign.isspace() or sign in _STRAY or (sign in _JOINTS and self._named(self._place + 1)):
            self._place += 1
        elif sign in ALL_QUOTES:
            yield from self._quoted()
        elif sign == "(":
            yield from self._open()
        elif sign == ")":
            yield from self._close()
        elif sign == "|":
            self._place += 1
            yield OR
        elif self._could_be_minus():
            yield from self._minus()
        elif named := self._named(self._place):
            yield from self._field(*named)
        else:
            yield from self._word()

    def _is_inch(self, begin: int) -> bool:
        """The sign of inches behind a number, in a word that began earlier."""
        is_behind_number = self._place > begin and self._plain[self._place - 1].isdigit()
        return self._text[self._place] == '"' and is_behind_number

    def _glued(self, begin: int) -> int:
        """End of quoted words that are part of a running text ( 做“智能”水表 ), 0 when the quotes stand apart: a phrase."""
        inside = self._quotation(self._place)
        if inside is None or any(sign in "()|" for sign in plain(inside)):
            return 0
        end = self._place + len(inside) + 2
        after = self._plain[end : end + 1]
        is_apart = self._place == begin and (after in _AFTER_PHRASE or after.isspace())
        return 0 if is_apart else end

    def _quoted(self) -> Iterator[Token]:
        inside = self._quotation(self._place)
        if self._glued(self._place):
            yield from self._word()
        elif inside is None:
            self._notices.tell(said.UNCLOSED_QUOTE)
            self._place += 1
        else:
            self._place += len(inside) + 2
            yield Token(Kind.PHRASE, unquoted(inside))

    def _quotation(self, place: int) -> str | None:
        """What stands between the quotes that open here; None when they do not close."""
        closing = _QUOTES.get(self._text[place], "")
        ends = [end for sign in closing if (end := self._text.find(sign, place + 1)) >= 0]
        return self._text[place + 1 : min(ends)] if ends else None

    def _open(self) -> Iterator[Token]:
        is_too_deep = sum(one != "w" for one in self._brackets) >= DEEPEST_BRACKETS
        self._brackets.append("x" if is_too_deep else "g")
        self._place += 1
        if is_too_deep:
            self._notices.tell(said.TOO_DEEP)
        else:
            yield OPEN

    def _close(self) -> Iterator[Token]:
        self._place += 1
        if not self._brackets:
            self._notices.tell(said.UNBALANCED_BRACKET)
        elif self._brackets.pop() == "g":
            yield CLOSE

    def _could_be_minus(self) -> bool:
        """A single minus before a word, a phrase or a bracket, but not that of a number (-40℃)."""
        following = self._plain[self._place + 1 : self._place + 2]
        can_be_excluded = following == "(" or following.isalnum() or (following in ALL_QUOTES and bool(following))
        is_minus = self._plain[self._place] == "-" and can_be_excluded
        return is_minus and not _NEGATIVE_NUMBER.match(self._plain, self._place)

    def _minus(self) -> Iterator[Token]:
        """An exclusion at the beginning of a piece; elsewhere a hyphen."""
        before = self._plain[self._place - 1 : self._place]
        self._place += 1
        if not before or before.isspace() or before in _BEFORE_MINUS:
            yield NOT

    def _named(self, place: int) -> tuple[Field, int] | None:
        """The field whose name begins here, and where its value begins."""
        found = _NAME.match(self._plain, place)
        field = BY_NAME.get(fold(found["name"]).replace(" ", "")) if found else None
        if not found or not field or not (found["colon"] or isinstance(field.kind, NumericField)):
            return None
        return field, found.end()

    def _field(self, field: Field, start: int) -> Iterator[Token]:
        begin, self._place = self._place, start
        if self._has_no_value(start):
            self._notices.tell(said.EMPTY_FIELD, field=field.name)
        elif isinstance(field.kind, TextField):
            yield from self._words_of(field, field.kind)
        else:
            self._place = self._value_start(start)
            yield from self._valued(field, read_value(field, self._text, self._plain, self._place), begin)

    def _has_no_value(self, start: int) -> bool:
        rest = self._plain[start:]
        is_ended = not rest.strip() or rest[0] in "|)" or rest[0] in _JOINTS
        return is_ended or self._named(start) is not None

    def _value_start(self, start: int) -> int:
        while self._plain[start : start + 1].isspace():
            start += 1
        return start

    def _valued(self, field: Field, value: Value | None, begin: int) -> Iterator[Token]:
        """The condition; a value that cannot be read is skipped, one that is not in the list is read as words."""
        if value is None:
            end = whole_piece(self._plain, self._place)
            self._notices.tell(said.UNREADABLE, text=self._text[begin:end].strip())
            self._place = end
        elif value.condition is None:
            self._notices.tell(said.UNKNOWN_VALUE, field=field.name, value=value.text)
        else:
            if value.was_reversed:
                self._notices.tell(said.REVERSED, text=self._text[begin : value.end].strip())
            self._place = value.end
            yield Token(Kind.CONDITION, condition=value.condition)

    def _words_of(self, field: Field, kind: TextField) -> Iterator[Token]:
        """The name of a text field and the word behind it; names joined by 、 are alternatives."""
        yield Token(Kind.FIELD, field=field)
        if self._could_be_minus() or self._plain[self._place] == "(" or self._text[self._place] in ALL_QUOTES:
            return
        yield from self._word(ends=_JOINTS)
        while kind.streams[0] in NAME_STREAMS and self._continues("、"):
            self._place += 1
            yield OR
            yield Token(Kind.FIELD, field=field)
            yield from self._word(ends=_JOINTS)

    def _continues(self, joint: str) -> bool:
        following = self._plain[self._place + 1 : self._place + 2]
        return (
            self._plain[self._place : self._place + 1] == joint
            and following.isalnum()
            and not self._named(self._place + 1)
        )

    def _word(self, ends: frozenset[str] = frozenset()) -> Iterator[Token]:
        begin, inner = self._place, 0
        while self._place < len(self._text):
            sign = self._plain[self._place]
            if sign in ALL_QUOTES and not self._is_inch(begin):
                if not (end := self._glued(begin)):
                    break
                self._place = end
                continue
            if sign.isspace() or sign == "|":
                break
            if sign == ")" and not inner:
                break
            inner += {"(": 1, ")": -1}.get(sign, 0)
            if self._place > begin and (sign in ends or (sign in _JOINTS and self._named(self._place + 1))):
                break
            self._place += 1
        self._brackets += ["w"] * inner
        yield _classified(_with_even_brackets(self._text[begin : self._place], inner))


def _classified(word: str) -> Token:
    for names, token in ((_OR, OR), (_AND, AND), (_NOT, NOT)):
        if word in names:
            return token
    return Token(Kind.WORD, word)


def _with_even_brackets(word: str, unclosed: int) -> str:
    """A word whose brackets do not close loses them, so that it reads the same wherever it stands."""
    return re.sub(r"[()（）]", "·", word) if unclosed else word
