"""Complete each request that schemathesis invents: who asks, a genuine form, and often an address that exists.

Loaded by schemathesis itself, in the environment of the audit; `AUDIT_STAGE` names the file that says all that.
"""

from __future__ import annotations

import atexit
import json
import os
import zlib
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import httpx

from shared import wire
from sync_server.access import forms
from tools.audit.pages import Fields, Page

NEVER_GENUINE = ("/console/deconnexion", "/console/compte/fin", "/console/connexion")
"""What ends sessions: the rest would be asked for by nobody. These forms are tried as another site would."""
ODD = (
    "", " ", "0", "-1", "1e9", "9" * 40, "2025-02-30", "9999-12-31", "0001-01-01", "x" * 5_000, "é’œ\u00a0\u202e",
    "\x00", "\u2028", "<b>", "'", "%", "../..", "null", "Mme Untel, 06 12 34 56 78",
)  # fmt: skip
"""What a hurried person, or somebody who wishes ill, puts into a field."""
ODD_ONE_IN = 6
"""Of the fields of a form that a page filled, so many stay as they are for one that does not."""
Told = dict[str, Any]
Read = Callable[[str], str]


def complete(case: Any, told: Told, read: Read) -> None:
    """Complete one request, always in the same way: what schemathesis finds it must find again. One in four keeps
    the address and the version that were invented, one form in eight its own secret. `read` gives a page as it
    is now."""
    drawn = zlib.crc32(repr((case.path_parameters, case.query, case.body)).encode("utf-8", "replace"))
    bearer = f"Bearer {told['token']}" if told["token"] else ""
    shown = {name: value for name, value in (("Cookie", told["cookie"]), ("Authorization", bearer)) if value}
    case.headers = dict(case.headers or {}) | shown
    if drawn % 4:
        _go_where_it_leads(case, told, drawn)
        if wire.PROTOCOL_HEADER in case.headers:
            case.headers[wire.PROTOCOL_HEADER] = str(wire.PROTOCOL)
            case.headers.pop(wire.TERRITORY_HEADER, None)
    if told["csrf"] and case.method.upper() == "POST" and case.path not in NEVER_GENUINE and drawn % 8:
        if drawn % 3:
            _fill_in(case, told, drawn, read)
        _make_genuine(case, told["csrf"])


def _go_where_it_leads(case: Any, told: Told, drawn: int) -> None:
    """Take an address that exists: one that a page leads to, or values that are known."""
    for parameters in (case.path_parameters, case.query):
        for name in parameters or {}:
            if found := told["known"].get(name):
                parameters[name] = found[drawn % len(found)]
    if there := told["ways"].get(f"{case.method.upper()} {case.path}"):
        way = there[drawn % len(there)]
        _take_parameters(case, way["parameters"])
        if drawn % 3 == 0 and way["query"]:
            case.query = alter(way["query"], drawn)


def _take_parameters(case: Any, parameters: dict[str, str]) -> None:
    for name, value in parameters.items():
        case.path_parameters[name] = quote(value, safe="")


def _fill_in(case: Any, told: Told, drawn: int, read: Read) -> None:
    """Take a form as a page fills it now, some fields of it oddly; where none stands there, keep what was
    invented."""
    there = told["ways"].get(f"POST {case.path}", [])
    way = there[drawn % len(there)] if there else None
    if way is None or not isinstance(case.body, dict):
        return
    for form in Page(way["page"], read(way["page"])).forms:
        if form.action == way["action"]:
            _take_parameters(case, way["parameters"])
            case.body = alter(form.fields, drawn)
            return


def alter(fields: Fields, drawn: int) -> Fields:
    """Put something odd into some of these fields; which and what, `drawn` says."""
    told = dict(fields)
    for at, name in enumerate(sorted(fields)):
        mixed = zlib.crc32(f"{drawn} {at}".encode())
        if mixed % ODD_ONE_IN == 0:
            told[name] = [ODD[mixed // ODD_ONE_IN % len(ODD)]]
    return told


def _make_genuine(case: Any, csrf: str) -> None:
    """Put the secret of the session and a new nonce into a form."""
    if case.path.startswith("/console") and isinstance(case.body, dict):
        nonce = forms.mint(csrf, unquote(case.formatted_path))
        case.body = case.body | {"csrf": csrf, "nonce": nonce}


def register(told: Told) -> None:
    """Register with schemathesis, and count the answers of each call by status until it ends."""
    import schemathesis  # in the environment of the audit alone

    answered: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    client = httpx.Client(base_url=told["url"], headers={"Cookie": told["cookie"]}, timeout=60)

    def before_call(_: Any, case: Any, kwargs: Any) -> None:
        complete(case, told, lambda address: client.get(address).text)

    def after_call(_: Any, case: Any, response: Any) -> None:
        answered[f"{case.method.upper()} {case.path}"][str(response.status_code)] += 1

    schemathesis.hook(before_call)
    schemathesis.hook(after_call)
    atexit.register(lambda: Path(told["answers"]).write_text(json.dumps(answered, indent=1), "utf-8"))
    atexit.register(client.close)


if named := os.environ.get("AUDIT_STAGE"):
    register(json.loads(Path(named).read_text("utf-8")))
