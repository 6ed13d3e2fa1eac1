"""Lots, registration, bids, clock, closing (网络竞价)."""
