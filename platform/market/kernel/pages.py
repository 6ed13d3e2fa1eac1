"""What the views of all subjects share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from flask_babel import gettext
from flask_wtf import FlaskForm

from market.kernel.errors import NotFound, Refusal


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
        sentence = gettext(refusal.message, **refusal.params) if refusal.params else gettext(refusal.message)
        field = form._fields.get(refusal.field) if refusal.field else None
        if field is None:
            form.form_errors.append(sentence)
        else:
            field.errors = [*field.errors, sentence]
