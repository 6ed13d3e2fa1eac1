"""Pages of attachments: downloads and the promise for readers, the officer's page, who read what."""

from market.listings.attachments.views.blueprint import blueprint
from market.listings.attachments.views.keeping import manage
from market.listings.attachments.views.reading import download
from market.listings.attachments.views.readings import readings

__all__ = ["blueprint", "download", "manage", "readings"]
