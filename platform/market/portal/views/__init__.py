"""Public pages: institutions, announcements, feeds, the map of the site."""

from market.portal.views.announcements import announcements
from market.portal.views.blueprint import blueprint
from market.portal.views.institutions import institution
from market.portal.views.machines import site_map

__all__ = ["announcements", "blueprint", "institution", "site_map"]
