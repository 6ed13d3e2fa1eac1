"""Notices to organisations; made by jobs from event rows."""
