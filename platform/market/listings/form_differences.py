"""What differs between the listing as it is stored and what somebody typed into the editor."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from flask_babel import gettext as _
from wtforms import Field, FormField
from wtforms.fields import SelectField

from market.listings.forms import ListingForm

_UNCOMPARED = frozenset({"version", "csrf_token"})


@dataclass(frozen=True)
class Difference:
    """One field that says something else: its label, its place on the page, both values in words."""

    label: str
    field_id: str
    now: str
    typed: str


def differences(typed: ListingForm, now: ListingForm) -> list[Difference]:
    """Where the two forms say different things, in the order of the page. Ways that neither offers are left out."""
    before_by_id = {field.id: _shown(field) for _label, field in _fields(now)}
    found = []
    for label, field in _fields(typed):
        before, after = before_by_id.get(field.id, ""), _shown(field)
        if before != after:
            found.append(Difference(label, field.id, before, after))
    shown = {one.field_id for one in found} | {field.id for _label, field in _fields(typed)}
    gone = [Difference(label, field.id, _shown(field), "") for label, field in _fields(now) if field.id not in shown]
    return found + [one for one in gone if one.now]


def _fields(form: ListingForm) -> Iterator[tuple[str, Field]]:
    for field in form:
        if isinstance(field, FormField):
            if field.form.selected.data:  # what stands in a way that is not offered counts as nothing
                yield from ((f"{field.label.text} · {part.label.text}", part) for part in field.form)
        elif field.short_name not in _UNCOMPARED:
            yield str(field.label.text), field


def _shown(field: Field) -> str:
    """A field's value in words."""
    if isinstance(field, SelectField):
        value = str(field.data or "")
        return next((str(choice[1]) for choice in field.iter_choices() if choice[0] == value and value), "")
    if isinstance(field.data, bool):
        return _("是") if field.data else ""
    return " ".join(str(field.data or "").split())
