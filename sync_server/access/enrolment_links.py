"""Make the link that enrols a tablet: the address of the field app, and the one-time code in its fragment.

A browser sends no fragment to a server: the code is in no log, of ours or of a proxy.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import segno

PATH = "/app/#code="
"""Where the server hands out the field app, and the word its page knows the code by."""
HERE = frozenset({"localhost", "127.0.0.1"})
"""The hosts that a browser trusts without TLS: on any other, neither the app nor the console opens."""
_NETLOC = re.compile(r"[A-Za-z0-9.\-\[\]:]+")


def build_link(address: str, code: str) -> str:
    """Return the link to open on the tablet; `address` is that of the server, without a path."""
    return f"{address}{PATH}{code}"


def guess_address(host: str) -> str:
    """Return the address that a browser reached this server with, from the `Host` it sent; empty for none.

    A proxy may not pass on that TLS ended there: whatever is not this machine is `https`, since the cookie of the
    console travels no other way.
    """
    if not _NETLOC.fullmatch(host):
        return ""
    scheme = "http" if urlsplit(f"//{host}").hostname in HERE else "https"
    return f"{scheme}://{host}"


def draw_qr(link: str) -> str:
    """Return the square to scan as an SVG element, which a screen reader passes over: the link stands beside
    it. It is black on white, and sized by the style sheet."""
    drawn: str = segno.make(link, error="m", micro=False).svg_inline(light="#fff", border=4, omitsize=True)
    return drawn.replace("<svg ", '<svg aria-hidden="true" ', 1)
