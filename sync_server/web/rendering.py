"""Fills in templates: a page, or the part of one that is long and made where its figures are counted."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

_TEMPLATES = Environment(
    loader=FileSystemLoader(str(files("sync_server.web") / "templates")),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def render(template: str, **values: Any) -> str:
    """Return the HTML of that template; whatever is not `Markup` is escaped."""
    return _TEMPLATES.get_template(template).render(**values)
