"""What an engineer who writes another client reads."""

from __future__ import annotations

from tools import wire_page


def test_the_page_of_the_wire_is_that_of_today() -> None:
    assert wire_page.PAGE.read_text("utf-8") == wire_page.page(), "run `make wire`"
