"""Benchmarks: ratios in one run, side by side with the bare component. `make bench` runs all; no test is timed."""
