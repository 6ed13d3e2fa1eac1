"""The contract of the engines for servers of another kind: the same tests, on an engine that the module makes itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.contracts import test_search_engine

FIXTURES = ("hall",)
OF_OTHER_ENGINES = ("test_a_server_that_does_not_answer_is_unavailable_and_soon_not_asked_again",)


def whole_contract() -> dict[str, Callable[..., Any]]:
    """Every test of the contract by its name, and what it stands on but for the fixtures `engine`,
    `elasticsearch_in_test` and `elasticsearch_client`: these the module defines.
    """
    found = vars(test_search_engine)
    tests = {name: one for name, one in found.items() if name.startswith("test_") and name not in OF_OTHER_ENGINES}
    assert tests
    return tests | {name: found[name] for name in FIXTURES}


def contract_of(*words: str) -> dict[str, Callable[..., Any]]:
    """The part of it whose tests have one of the words in their names."""
    found = whole_contract()
    chosen = {name: one for name, one in found.items() if name in FIXTURES or any(word in name for word in words)}
    assert len(chosen) > len(FIXTURES) + len(words)
    return chosen
