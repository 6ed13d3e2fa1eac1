"""The record: daily anchors, its check, its search; people exported and erased; break-glass access."""
