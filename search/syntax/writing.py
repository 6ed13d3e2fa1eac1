"""The normal form of a question: what `parser.read` reads again as the same."""

from __future__ import annotations

from search.syntax import values
from search.syntax.fields import measure_of, of_facet, of_number, of_streams
from search.syntax.tree import And, Condition, Not, Number, Or, Phrase, Range, Term, Words

DEEPEST_BRACKETS = 24  # more than the normal form of the deepest tree needs
_NEEDS_BRACKETS = frozenset("，。；,;、！!？?")


def written(free: str, where: Condition | None) -> str:
    """Free words first, then what must be fulfilled."""
    if where is None:
        return free
    parts = where.parts if isinstance(where, And) else (where,)
    joint = " AND " if any(_is_bare(part) for part in parts) else " "
    return " ".join(one for one in (free, joint.join(map(condition, parts))) if one)


def _is_bare(part: Condition) -> bool:
    return isinstance(part, Words) and not part.fields


def condition(part: Condition) -> str:
    """One condition, in brackets when it is made of several."""
    if isinstance(part, Not):
        return f"-{condition(part.part)}"
    if isinstance(part, And):
        return f"({' AND '.join(map(condition, part.parts))})"
    if isinstance(part, Or):
        return f"({' OR '.join(map(condition, part.parts))})"
    if isinstance(part, Words):
        return _in_field(
            part.fields, f"({part.text})" if part.fields and _NEEDS_BRACKETS & set(part.text) else part.text
        )
    if isinstance(part, Phrase):
        return _in_field(part.fields, f'"{part.text}"')
    return _coded(part)


def _in_field(fields: tuple[str, ...], value: str) -> str:
    return f"{of_streams(fields).name}:{value}" if fields else value


def _coded(part: Number | Term | Range) -> str:
    if isinstance(part, Number):
        return f"编号:{part.text}"
    if isinstance(part, Range):
        return f"{of_number(part.field).name}:{values.write(measure_of(part.field), part.low, part.high)}"
    return f"{of_facet(part.facet).name}:{'、'.join(part.values)}"
