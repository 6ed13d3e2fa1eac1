"""A draft as JSON and back, and the canonical JSON that a version's digest is taken of.

Works on whatever fields `ListingDraft` has: dataclasses become objects, enumerations their values, money an object with
minor units, days ISO dates. What an older JSON lacks takes the field's default, what it has too much is left out.
"""

from __future__ import annotations

import hashlib
import json
import types
from collections.abc import Mapping
from dataclasses import MISSING, asdict, fields, is_dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

from market.listings.rules import ListingDraft


def draft_json(draft: ListingDraft) -> dict[str, Any]:
    """The draft as JSON values."""
    values = json.loads(json.dumps(asdict(draft), default=str, ensure_ascii=False))
    assert isinstance(values, dict)
    return values


def draft_from(values: Mapping[str, Any]) -> ListingDraft:
    """The draft that `draft_json` made the values of."""
    draft = _typed(ListingDraft, values)
    assert isinstance(draft, ListingDraft)
    return draft


def canonical(content: Mapping[str, Any]) -> str:
    """One text for one content: sorted keys, no spaces."""
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def digest_of(content: Mapping[str, Any]) -> str:
    """SHA-256 of the canonical text."""
    return hashlib.sha256(canonical(content).encode()).hexdigest()


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _typed(kind: Any, value: Any) -> Any:
    """The JSON value as the annotated type."""
    kind = _without_none(kind)
    if value is None:
        return None
    origin = get_origin(kind)
    if origin is tuple:
        return tuple(_typed(get_args(kind)[0], item) for item in value)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        key_kind, item_kind = get_args(kind)
        return {_typed(key_kind, key): _typed(item_kind, item) for key, item in value.items()}
    return _scalar(kind, value) if isinstance(kind, type) else value


def _without_none(kind: Any) -> Any:
    """`X` of `X | None`."""
    if get_origin(kind) in (Union, types.UnionType):
        return next(part for part in get_args(kind) if part is not type(None))
    return kind


def _scalar(kind: type, value: Any) -> Any:
    if is_dataclass(kind):
        return _instance(kind, value)
    if issubclass(kind, date):
        return kind.fromisoformat(value)
    return kind(value) if issubclass(kind, (StrEnum, Decimal)) else value


def _instance(kind: type, values: Mapping[str, Any]) -> Any:
    known: dict[str, Any] = {}
    for field in fields(kind):
        if field.name in values:
            known[field.name] = _typed(_hints(kind)[field.name], values[field.name])
        else:
            assert field.default is not MISSING or field.default_factory is not MISSING, field.name
    return kind(**known)
