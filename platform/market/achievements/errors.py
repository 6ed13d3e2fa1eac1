"""What the register refuses."""

from __future__ import annotations

from collections.abc import Sequence

from market.kernel.errors import N_, Refusal


class NumberRefused(Refusal):
    """The text is no patent number that can be kept."""


class RowRefused(Refusal):
    """The row of a file cannot enter the register."""


class FileRefused(Refusal):
    """The uploaded file cannot be imported; the sentence says what is wrong with it and what to do."""


class ColumnsRefused(Refusal):
    """The confirmed columns do not describe an import."""


class ImportRefused(Refusal):
    """The import is not in a state that allows the step."""


class RegisterRefused(Refusal):
    """A statement about an achievement that the register does not take."""


class DraftRefused(RegisterRefused):
    """Several things are wrong with what was typed; each has its field and its sentence."""

    def __init__(self, problems: Sequence[Refusal]) -> None:
        super().__init__("draft.problems", N_("请按提示修改后再保存。"))
        self.problems = tuple(problems)


class EditedMeanwhile(RegisterRefused):
    """Somebody saved the entry since the page was shown; nothing was written."""

    def __init__(self) -> None:
        super().__init__(
            "achievement.edited_meanwhile", N_("您打开本页之后，同事已保存过这项成果；您填写的内容没有丢。")
        )
