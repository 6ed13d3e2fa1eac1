"""Tables of allowed transitions: the one way in which a status changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from market.kernel.errors import N_, TransitionRefused

State = TypeVar("State", bound=StrEnum)
Action = TypeVar("Action", bound=StrEnum)


@dataclass(frozen=True)
class TransitionTable(Generic[State, Action]):
    """Which action leads from which state to which."""

    subject: str
    moves: Mapping[tuple[State, Action], State]

    def target(self, state: State, action: Action) -> State:
        """The state after `action`; raises TransitionRefused when the state does not allow it."""
        try:
            return self.moves[state, action]
        except KeyError:
            raise TransitionRefused(
                f"{self.subject}.transition",
                N_("现在的状态不允许这一步操作，页面可能已过时，请刷新后再看。"),
            ) from None

    def allows(self, state: State, action: Action) -> bool:
        """Whether the action is open in this state."""
        return (state, action) in self.moves

    def actions(self, state: State) -> tuple[Action, ...]:
        """All actions open in this state, in the order of the table."""
        return tuple(action for before, action in self.moves if before == state)
