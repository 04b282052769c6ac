"""Fills in templates: a page, or the part of one that is long and made where its figures are counted.

What a form of the console must bring back, the secret of the session and a nonce, is put here into each of them.
"""

from __future__ import annotations

import html
import re
from importlib.resources import files
from typing import Any
from urllib.parse import unquote, urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from sync_server.access import forms, sessions

_TEMPLATES = Environment(
    loader=FileSystemLoader(str(files("sync_server.web") / "templates")),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)

_FORM = re.compile(r'<form method="post" action="([^"]*)"[^>]*>')
"""As our templates write it; what a person typed is escaped, and begins no tag."""


def render(template: str, **values: Any) -> str:
    """Return the HTML of that template; whatever is not `Markup` is escaped. Each form of who is signed in gets
    its secrets."""
    made = _TEMPLATES.get_template(template).render(**values)
    who: sessions.SignedIn | None = values.get("who")
    return _FORM.sub(lambda form: form[0] + _secrets(who, form[1]), made) if who else made


def _secrets(who: sessions.SignedIn, action: str) -> str:
    """Return the hidden fields of a form: the secret of the session, and a nonce for this action."""
    nonce = forms.mint(who.csrf, unquote(urlsplit(html.unescape(action)).path))
    pairs = (("csrf", who.csrf), ("nonce", nonce))
    return "".join(f'<input type="hidden" name="{name}" value="{value}">' for name, value in pairs)
