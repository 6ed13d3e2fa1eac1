"""Public pages about more than one subject: institutions, announcements, feeds, the map of the site. Owns no table."""
