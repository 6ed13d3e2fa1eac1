"""Pages of the register and of imports."""

from market.achievements.views.blueprint import blueprint
from market.achievements.views.imports import import_run
from market.achievements.views.register import register

__all__ = ["blueprint", "import_run", "register"]
