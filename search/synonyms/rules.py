"""Which changes of synonyms may be proposed and decided. Pure: no database, no clock."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from market.accounts.policy import Act, require_other_person
from market.kernel.errors import N_, Refusal
from search import analysis
from search.synonyms.dictionary import BETWEEN_WORDS, Group, split, told_terms
from search.synonyms.vocabulary import SynonymState

MOST_WORDS = 12
MOST_NARROWER = 16
LONGEST_WORD = 30
LONGEST_LIST = 400
MOST_OWN_GROUPS = 2_000
_BETWEEN_TYPED = re.compile(r"[\n\r,，、;；|｜]+")


class SynonymsRefused(Refusal):
    """The change cannot be proposed or decided like this."""

    status = 422


@dataclass(frozen=True)
class Draft:
    """How a group is to read."""

    words: tuple[str, ...]
    narrower: tuple[str, ...]

    def group(self, code: str) -> Group:
        """The group under its code."""
        return Group(code, self.words, self.narrower)


def typed_words(text: str) -> tuple[str, ...]:
    """The words that somebody typed: one a line, or parted by commas; blanks inside a word become one."""
    return split(BETWEEN_WORDS.join(" ".join(word.split()) for word in _BETWEEN_TYPED.split(text)))


def key_of(word: str) -> str:
    """What makes two writings the same word."""
    return "".join(analysis.fold(word).split())


def check_draft(draft: Draft, others: Iterable[Group]) -> None:
    """Raise SynonymsRefused for words that cannot be looked for, and for words that another group has as its own."""
    if not draft.words or len(draft.words) + len(draft.narrower) < 2:  # noqa: PLR2004 - a word and another
        raise SynonymsRefused(
            "synonyms.too_few", N_("请至少填写两个词：同义词两个以上，或一个词和它的下位词。"), field="words"
        )
    _check_list(draft.words, MOST_WORDS, "words")
    _check_list(draft.narrower, MOST_NARROWER, "narrower")
    own = [key_of(word) for word in draft.words]
    if len(set(own)) < len(own):
        raise SynonymsRefused("synonyms.twice", N_("同一个词写了两次；大小写、全角和繁体不算不同的词。"), field="words")
    if set(own) & {key_of(word) for word in draft.narrower}:
        raise SynonymsRefused("synonyms.both", N_("同一个词不能既是同义词又是下位词。"), field="narrower")
    taken = {key_of(word): group for group in others for word in group.words}
    for word in draft.words:
        if found := taken.get(key_of(word)):
            message = N_("“%(word)s”已在词组 %(group)s 里，请到那里修改。")
            raise SynonymsRefused("synonyms.taken", message, field="words", word=word, group=found.code)


def _check_list(words: Sequence[str], most: int, field: str) -> None:
    if len(words) > most or len(BETWEEN_WORDS.join(words)) > LONGEST_LIST:
        raise SynonymsRefused("synonyms.too_many", N_("最多 %(count)d 个词。"), field=field, count=most)
    for word in words:
        if len(word) > LONGEST_WORD:
            message = N_("“%(word)s…”太长，一个词最多 %(count)d 个字。")
            raise SynonymsRefused("synonyms.too_long", message, field=field, word=word[:10], count=LONGEST_WORD)
        if not told_terms(word):
            message = N_("“%(word)s”不能检索：至少要有两个汉字，或有字母、数字。")
            raise SynonymsRefused("synonyms.not_searchable", message, field=field, word=word)


def check_changes(draft: Draft, in_force: Group | None) -> None:
    """A proposal that changes nothing is refused."""
    if in_force and (set(draft.words), set(draft.narrower)) == (set(in_force.words), set(in_force.narrower)):
        raise SynonymsRefused("synonyms.same", N_("与现行的词组相同，没有变更。"), field="words")


def check_decision(state: SynonymState, *, proposed_by: int, decides: int) -> None:
    """Raise unless the proposal is open and somebody else decides."""
    if state is not SynonymState.PROPOSED:
        raise SynonymsRefused("synonyms.already_decided", N_("这项变更已经处理过了。"))
    require_other_person(decides, Act.DECIDE_SYNONYMS, [proposed_by])


def check_rejection_reason(reason: str) -> None:
    """Who says no says why."""
    if not reason.strip():
        raise SynonymsRefused("synonyms.no_reason", N_("不批准时请写明理由。"))
