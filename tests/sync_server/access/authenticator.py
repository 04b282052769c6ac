"""An authenticator application, as it stands on a telephone."""

from __future__ import annotations

import base64
import html
import re
from typing import Any

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from fastapi.testclient import TestClient

from sync_server.access import forms
from tests.sync_server.posting import form, opened, send
from tests.sync_server.world import PASSWORD, Clock

ACCOUNT = "/console/compte"
SCAN, FACTOR = f"{ACCOUNT}/double/preparer", f"{ACCOUNT}/double"


class Authenticator:
    """Makes codes from the key that the page shows in letters, at the time of the test."""

    def __init__(self, page: str, clock: Clock) -> None:
        found = re.search(r'class="link">([A-Z2-7 ]+)<', page)
        assert found, page
        self.letters, self.clock = found[1], clock
        self._totp = TOTP(base64.b32decode(found[1].replace(" ", "")), 6, SHA1(), 30)

    def code(self, seconds: int = 0) -> str:
        """The code of so many seconds from now."""
        return self._totp.generate(int(self.clock().timestamp()) + seconds).decode()

    def next(self) -> str:
        """The code that comes after the one used, half a minute later."""
        self.clock.wait(seconds=30)
        return self.code()


def turn_on(client: TestClient, clock: Clock) -> tuple[Authenticator, list[str]]:
    """Scan, prove, and note the recovery codes."""
    page = client.get(SCAN).text
    phone = Authenticator(page, clock)
    to, data = form_of(client, page)
    answer = send(client, to, data | {"actuel": PASSWORD, "code": phone.code()})
    assert answer.status_code == 200, answer.text
    codes = re.findall(r"<li><code>([^<]+)</code>", html.unescape(answer.text))
    assert len(codes) == 10
    return phone, codes


def form_of(client: TestClient, page: str) -> tuple[str, dict[str, Any]]:
    """The form of the page to scan, which is another one each time it is asked for."""
    return form(page, f"{FACTOR}/activer")


def say(client: TestClient, act: str, **typed: str) -> Any:
    """Send that form of the second factor."""
    page = f"{FACTOR}?vers=/console/compte" if act == "verifier" else ACCOUNT
    to, data = opened(client, page, f"{FACTOR}/{act}")
    return send(client, to, data | typed)


def genuine(client: TestClient, act: str, **typed: str) -> Any:
    """Send a form that no page shows any more, with a nonce made for it."""
    _, data = opened(client, ACCOUNT, "/console/compte/mot-de-passe")
    path = f"{FACTOR}/{act}"
    return send(client, path, {"csrf": data["csrf"], "nonce": forms.mint(data["csrf"], path)} | typed)
