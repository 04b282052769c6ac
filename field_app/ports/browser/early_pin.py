"""Take over the digits typed in the page's own field: see `field_app.ports.early_pin`."""

from __future__ import annotations

from contextlib import suppress

from pyodide.ffi import JsException

from field_app.ports.browser import page


class BrowserEarlyPin:
    """See `EarlyPin`; `assets/web/pin.js` is the page's half."""

    async def take(self) -> str:
        """Return the digits typed there, and take the field away."""
        try:
            return str(await page.ask("take pin"))
        except JsException:
            return ""

    async def expect(self, has_pin: bool) -> None:
        """Say whether the next page may ask for a PIN."""
        with suppress(JsException):
            await page.ask("expect pin", has_pin)
