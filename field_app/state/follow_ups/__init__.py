"""Suites: what became of each referral, obstacle and right, and what comes next."""
