"""Owners to kill, and folders that are hard to reach."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from market.kernel.runtime.accounts import account_for
from tests.integration.runtime.support import Owner


@pytest.fixture
def start_owner() -> Iterator[Callable[..., Owner]]:
    owners: list[Owner] = []

    def start(instance_path: Path, uid: int | None = None) -> Owner:
        owners.append(Owner(instance_path, uid))
        return owners[-1]

    yield start
    for owner in owners:
        if owner.process.poll() is None:
            owner.kill()


@pytest.fixture
def barred(tmp_path: Path) -> Path:
    """A folder below one of mode 0700, as a home is: no other user can walk there."""
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    return home / "copy"


@pytest.fixture
def ordinary_user() -> int | None:
    """The uid of somebody who is not root: None when we are nobody special already."""
    account = account_for(Path("/"))
    return None if account is None else account.uid
