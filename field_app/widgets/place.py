"""Come back to a list where one left it: a form was filled in meanwhile, and the list drawn anew."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress

import flet as ft

from field_app.state.records.place import Place
from field_app.widgets.client import client
from field_app.widgets.sight import FAILED


def use_place(place: Place, drawn: bool) -> tuple[ft.Ref[ft.ListView], Callable[..., Awaitable[None]]]:
    """Return the reference that `page_of` gives to what scrolls, and what hears of its scrolling. Each time the
    list is `drawn` after something else, it stands where it stood."""
    listing = ft.use_memo(lambda: ft.Ref[ft.ListView](), [])

    async def go_back() -> None:
        if drawn and place.pixels and listing.current is not None:
            with suppress(*FAILED):
                await client().await_frame()  # a list without its rows goes nowhere
                await listing.current.scroll_to(offset=place.pixels)

    async def follow(event: ft.OnScrollEvent) -> None:
        place.pixels, place.whole = max(event.pixels, 0.0), event.extent_total

    ft.use_effect(go_back, [drawn])
    return listing, follow
