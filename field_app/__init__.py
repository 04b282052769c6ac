"""The tablet: offline first, one hand, no thread and no blocking socket."""

VERSION = "0.1.0"
"""That of pyproject.toml, which is not on the tablet: a test compares them."""
