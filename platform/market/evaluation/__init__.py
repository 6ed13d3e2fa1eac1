"""Facts derived from event rows, indicators, scoring, the trace of every point."""
