"""Pages of listings: the public page, the console's list, the editor, the reviews."""

from market.listings.views.blueprint import blueprint
from market.listings.views.changes import versions
from market.listings.views.comparison import comparison
from market.listings.views.editor import edit
from market.listings.views.life import pause
from market.listings.views.lists import index
from market.listings.views.manage import manage
from market.listings.views.public import detail
from market.listings.views.reviews import submit
from market.listings.views.starting import drafts

__all__ = ["blueprint", "comparison", "detail", "drafts", "edit", "index", "manage", "pause", "submit", "versions"]
