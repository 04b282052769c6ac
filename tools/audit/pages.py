"""Walk the pages that a role sees, as a person would: where they lead, and the forms that stand in them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import parse_qs, unquote, urldefrag, urljoin, urlsplit

MOST_ALIKE, MOST_PAGES = 3, 250
"""Pages of one kind that are looked at, and in all."""
UNSENT = frozenset({"submit", "button", "reset", "image", "file"})
Fields = dict[str, list[str]]


@dataclass(slots=True)
class Form:
    """A form that is sent by POST to the path `action`, filled as the page fills it."""

    action: str
    fields: Fields = field(default_factory=dict)

    def put(self, name: str, value: str) -> None:
        """Fill a field; of several values, the next."""
        self.fields.setdefault(name, []).append(value)


class Page(HTMLParser):
    """What stands in one page: its links, and its forms."""

    def __init__(self, address: str, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.forms: list[Form] = []
        self._address = address
        self._form: Form | None = None
        self._select = self._text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a link, or a field of the form that is open."""
        told = {name: value or "" for name, value in attrs}
        if tag == "a" and "href" in told:
            self.links.append(urldefrag(urljoin(self._address, told["href"])).url)
        elif tag == "form":
            action = urlsplit(urljoin(self._address, told.get("action", ""))).path
            self._form = Form(unquote(action)) if told.get("method", "").lower() == "post" else None
            self.forms += [self._form] if self._form else []
        elif self._form is not None:
            self._fill(self._form, tag, told)

    def _fill(self, form: Form, tag: str, told: dict[str, str]) -> None:
        name, kind = told.get("name", ""), told.get("type", "text")
        if tag == "select":
            self._select = name
        elif tag == "option" and self._select:
            if "selected" in told or self._select not in form.fields:
                form.fields[self._select] = [told.get("value", "")]
        elif tag == "textarea" and name:
            form.put(name, "")
            self._text = name
        elif tag == "input" and name and kind not in UNSENT:
            if kind not in ("checkbox", "radio") or "checked" in told:
                form.put(name, told.get("value", "on" if kind == "checkbox" else ""))
        elif tag == "button" and name:  # one of several acts: the last that stands there
            form.fields[name] = [told.get("value", "")]

    def handle_data(self, data: str) -> None:
        """Fill the text that is open."""
        if self._form and self._text:
            self._form.fields[self._text][-1] += data

    def handle_endtag(self, tag: str) -> None:
        """Close a field, or the form."""
        if tag == "select":
            self._select = ""
        elif tag == "textarea":
            self._text = ""
        elif tag == "form":
            self._form = None


@dataclass(slots=True)
class Way:
    """An address of one of the API's calls that exists: what stands for its parameters; of a form, its page."""

    parameters: dict[str, str]
    query: Fields
    page: str = ""
    action: str = ""


Ways = dict[str, list[Way]]
"""By call, as « GET /console/saisies/{record_id} »."""


def find_call(path: str, templates: Sequence[str]) -> tuple[str, dict[str, str]] | None:
    """Find which of these paths a path is of, and what stands for its parameters: the most literal that fits."""
    for template in sorted(templates, key=lambda one: one.count("{")):
        parts = re.split(r"{(\w+)}", template)
        pattern = "".join(f"(?P<{p}>[^/]+?)" if at % 2 else re.escape(p) for at, p in enumerate(parts))
        if found := re.fullmatch(pattern, path):
            return template, found.groupdict()
    return None


def walk(get: Callable[[str], str], first: str, templates: Sequence[str]) -> Ways:
    """Walk from the page `first` to where its links lead, some of each kind; `get` gives the text of a page, empty
    where there is none to read."""
    ways: Ways = {}
    waiting, seen, alike, looked = [first], {first}, Counter[str](), 0
    while waiting and looked < MOST_PAGES:
        address = waiting.pop(0)
        parts = urlsplit(address)
        found = find_call(unquote(parts.path), templates)
        if found is None or alike[found[0]] >= MOST_ALIKE:
            continue
        template, parameters = found
        alike[template] += 1
        looked += 1
        ways.setdefault(f"GET {template}", []).append(Way(parameters, parse_qs(parts.query)))
        page = Page(address, get(address))
        for call, way in _list_forms(page, address, templates):
            ways.setdefault(call, []).append(way)
        new = [link for link in page.links if link.startswith("/console") and link not in seen]
        waiting += new
        seen.update(new)
    return ways


def _list_forms(page: Page, address: str, templates: Sequence[str]) -> Iterator[tuple[str, Way]]:
    for form in page.forms:
        if found := find_call(form.action, templates):
            yield f"POST {found[0]}", Way(found[1], {}, address, form.action)
