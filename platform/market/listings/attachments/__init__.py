"""Attachments and pictures of listings: who may read them, the promise before secret ones, scans, downloads."""
