"""The forms of the console as a browser finds, fills in and sends them."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit

from fastapi.testclient import TestClient


class Forms(HTMLParser):
    """The forms that a page posts: where each goes, and what a browser would send of it."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, Any]]] = []
        self._inside = self._select = self._area = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        name = said.get("name") or ""
        if tag == "form":
            self._inside = said.get("action") or "" if said.get("method") == "post" else ""
            if self._inside:
                self.found.append((self._inside, {}))
        elif self._inside and tag == "input" and name:
            if said.get("type") not in ("checkbox", "radio", "file") or "checked" in said:
                self.found[-1][1][name] = said.get("value") or ""
        elif self._inside and tag == "textarea":
            self._area = name
            self.found[-1][1][name] = ""
        elif self._inside and tag == "select":
            self._select = name
        elif self._inside and tag == "option" and self._select and "selected" in said:
            self.found[-1][1][self._select] = said.get("value") or ""

    def handle_data(self, data: str) -> None:
        if self._area:
            self.found[-1][1][self._area] += data

    def handle_endtag(self, tag: str) -> None:
        if tag in ("form", "textarea", "select"):
            self._area = self._select = ""
        if tag == "form":
            self._inside = ""


def form(page: str, action: str) -> tuple[str, dict[str, Any]]:
    """The first form of the page whose path is like `action`, in which {…} is any step of a path."""
    like = re.compile(re.sub(r"\{\w+\}", "[^/]+", action))
    return next(one for one in Forms(page).found if like.fullmatch(urlsplit(one[0]).path))


def opened(client: TestClient, page: str, action: str) -> tuple[str, dict[str, Any]]:
    answer = client.get(page)
    assert answer.status_code == 200, answer.text
    return form(answer.text, action)


def send(client: TestClient, to: str, data: dict[str, Any], **more: Any) -> Any:
    return client.post(to, data=data, follow_redirects=False, **more)
