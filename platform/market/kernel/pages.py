"""What the views of all subjects share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import request
from flask_babel import gettext
from flask_wtf import FlaskForm
from werkzeug.routing import IntegerConverter, Map
from wtforms import Field, Form
from wtforms.validators import ValidationError

from market.kernel.errors import N_, NotFound, Refusal, Said


def without_null(form: Form, field: Field) -> None:  # noqa: ARG001 - wtforms' signature
    """Validator: PostgreSQL holds no null characters; neither do words."""
    if field.data and "\x00" in field.data:
        raise ValidationError(gettext("文字里有无法保存的字符，请删除后重试。"))


class FormOutcome:
    """Whether the guarded step went through."""

    accepted = True


@contextmanager
def refusals_on(form: FlaskForm) -> Iterator[FormOutcome]:
    """Turn a refusal inside the block into an error of the form: at its field, or at the top.

    `NotFound` is not an answer to a form and goes on to its page. After a refusal `outcome.accepted` is False and the
    view renders the form again with what was typed.
    """
    outcome = FormOutcome()
    try:
        yield outcome
    except NotFound:
        raise
    except Refusal as refusal:
        outcome.accepted = False
        for each in refusal.each:
            _tell(form, each)


def in_words(value: Any) -> Any:
    """What is said, in the reader's language; anything else as it is."""
    if not isinstance(value, Said):
        return value
    params = {name: in_words(part) for name, part in value.params.items()}
    return gettext(value.message, **params) if params else gettext(value.message)


def _tell(form: FlaskForm, refusal: Refusal) -> None:
    sentence = in_words(Said(refusal.message, refusal.params))
    field = form._fields.get(refusal.field) if refusal.field else None
    if field is None:
        form.form_errors.append(sentence)
    else:
        field.errors = [*field.errors, sentence]


LARGEST_ID = 2**63 - 1


def requested_id(name: str) -> int:
    """The id that the address names in its query; 0, which nothing has, for none or nonsense."""
    number = request.args.get(name, 0, type=int)
    return number if 0 < number <= LARGEST_ID else 0


class IdConverter(IntegerConverter):
    """`<int:…>` in an address; what no BIGINT can hold is not found."""

    def __init__(self, map: Map, **options: Any) -> None:
        super().__init__(map, **({"max": LARGEST_ID} | options))


LONGEST_ADDRESS = 8_000


def local_address(address: str) -> str:
    """The address when it leads into this site and nowhere else; otherwise nothing."""
    is_local = address.startswith("/") and not address.startswith("//") and "\\" not in address
    return address if is_local and address.isprintable() and len(address) <= LONGEST_ADDRESS else ""


class DecisionMissing(Refusal):
    """Neither of a form's two buttons was pressed."""

    status = 422


def require_decision(*names: str) -> None:
    """Raise DecisionMissing unless the form's `decision` is one of the names: silence is no decision."""
    if request.form.get("decision") not in names:
        raise DecisionMissing("decision.missing", N_("没有收到您的决定，请点页面上的按钮。"))
