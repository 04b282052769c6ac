"""Measures in one run, against references of the same run: ratios hold from machine to machine, seconds do not."""
