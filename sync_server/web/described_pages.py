"""Describe the pages for people in `/openapi.json`: each status that one may answer, and in what form.

A tablet needs none of it. `make audit` does: it holds every answer of every page against this description.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sync_server.errors import CATALOGUE
from sync_server.web.context import COOKIE

Call = dict[str, Any]
FORMATS = {
    "csv": "text/csv",
    "svg": "image/svg+xml",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}
"""What a page of that ending answers: the others are HTML."""
SESSION = {
    "type": "apiKey",
    "in": "cookie",
    "name": COOKIE,
    "description": "The session of the console, which signing in opens.",
}
_TEXT = {"schema": {"type": "string"}}
_HOME, _SIGN_IN, _COUPON, _OWN = "/console", "/console/connexion", "/coupon", "/console/compte/"
_ALWAYS = ("unreadable", "unavailable", "no_room", "busy", "drawing_busy", "drawing_failed", "broken")
_SIGNED_IN = ("forbidden", "no_second_factor")
_FORM = ("stale_form", "too_large")
_USED = ("ended_session", "spent_form")
_TRIES = ("too_many_attempts", "quota_reached")
_LEADS = {"description": "Where to go on.", "headers": {"Location": {"required": True, **_TEXT}}}


def describe_page(path: str, method: str, call: Call) -> None:
    """Say of one page whom it is for, and what it answers."""
    signed_in = path.startswith(_HOME) and path != _SIGN_IN
    call["security"] = [{"session": []}] if signed_in else []
    answers: dict[str, Any] = {"200": _done(path, call)}
    if path.startswith(_HOME) and (signed_in or method == "post"):
        answers["303"] = _LEADS
    codes = [*_name_errors(path, method, signed_in, bool(call.get("parameters")))]
    for status in {CATALOGUE[code].status for code in codes}:
        said = dict.fromkeys(CATALOGUE[code].message for code in codes if CATALOGUE[code].status == status)
        answers[str(status)] = {"description": " · ".join(said), "content": {"text/html": _TEXT}}
    if path == _HOME:  # it is nothing but the way to the first page of one's role
        del answers["200"]
    call["responses"] = dict(sorted(answers.items()))


def _done(path: str, call: Call) -> Call:
    """Describe the page itself; where an address names its format, the file of each."""
    endings = [path.rpartition(".")[2]]
    if endings == ["{ending}"]:
        [named] = [one["schema"] for one in call["parameters"] if one["name"] == "ending"]
        endings = named.get("enum") or [named["const"]]
    return {"description": "OK", "content": {FORMATS.get(ending, "text/html"): _TEXT for ending in endings}}


def _name_errors(path: str, method: str, signed_in: bool, asks: bool) -> Iterator[str]:
    """Give the codes of `errors.CATALOGUE` that the page may answer; `asks`: something stands in its address."""
    yield from _ALWAYS
    if signed_in:
        yield from _SIGNED_IN
    if method == "post":
        yield from _FORM
    if method == "post" and signed_in:
        yield from _USED
    if method == "post" or asks:
        yield "malformed"
    if path == _SIGN_IN and method == "post":
        yield "wrong_password"
    if "{" in path or asks or (signed_in and method == "post"):
        yield "not_found"
    if path.startswith("/console/rapports/"):
        yield "report_altered"
    is_file = path.endswith((".csv", ".{ending}"))
    if is_file or (method == "post" and path.startswith((_SIGN_IN, _COUPON, _OWN, "/console/annuaire/import"))):
        yield from _TRIES
