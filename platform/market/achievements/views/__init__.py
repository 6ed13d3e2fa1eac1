"""Pages of the register and of imports."""

from market.achievements.views.blueprint import blueprint
from market.achievements.views.bulk import change_entries
from market.achievements.views.detail import detail
from market.achievements.views.editing import new_achievement
from market.achievements.views.import_list import imports
from market.achievements.views.imports import import_run
from market.achievements.views.open_list import open_list
from market.achievements.views.register import register
from market.achievements.views.statements import new_document

__all__ = [
    "blueprint",
    "change_entries",
    "detail",
    "import_run",
    "imports",
    "new_achievement",
    "new_document",
    "open_list",
    "register",
]
