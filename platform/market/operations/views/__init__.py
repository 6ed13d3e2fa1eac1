"""Pages of the operation."""

from flask import Blueprint

blueprint = Blueprint("operations", __name__)

from market.operations.views import holidays, installation, parameters  # noqa: E402, F401 - they add their routes
