"""The bureau's view: volumes, records, exports; reads everything, owns nothing."""
