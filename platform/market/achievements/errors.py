"""What the register refuses."""

from __future__ import annotations

from market.kernel.errors import Refusal


class NumberRefused(Refusal):
    """The text is no patent number that can be kept."""


class FileRefused(Refusal):
    """The uploaded file cannot be imported; the sentence says what is wrong with it and what to do."""


class ColumnsRefused(Refusal):
    """The confirmed columns do not describe an import."""


class ImportRefused(Refusal):
    """The import is not in a state that allows the step."""


class RegisterRefused(Refusal):
    """A statement about an achievement that the register does not take."""
