"""Serve the field app as a web app at `/app/`: the folder that `make web` built, nothing that its list lacks."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from fastapi import FastAPI
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, HTMLResponse, RedirectResponse, Response
from starlette.types import Receive, Scope, Send

from shared import wire

log = logging.getLogger(__name__)
ADDRESS = "/app"
LISTING = "build.json"
POLICY = (
    "default-src 'self'; script-src 'self' 'wasm-unsafe-eval' blob:; style-src 'self' 'unsafe-inline';"
    " img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:;"
    " object-src 'none'; base-uri 'self'; form-action 'none'; frame-ancestors 'none'"
)
"""No other host. Flutter compiles WebAssembly, styles inline and starts workers from blobs."""
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cache-Control": "no-cache",  # asked again each time: a build is replaced as a whole
    "Vary": "Accept-Encoding",
}
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".otf": "font/otf",
    ".woff2": "font/woff2",
    ".zip": "application/zip",
}
"""A system's own table of types lacks half of these, and a browser refuses a module or wasm of another type."""
ENCODINGS = (("br", ".br"), ("gzip", ".gz"))
"""As the build packed them beside each file, the smaller first."""
_REFUSED = re.compile(r";\s*q=0(\.0*)?\s*$")
NOT_BUILT = (
    "L’application de terrain n’est pas installée sur ce serveur. À faire par qui l’administre : « make web »,"
    " puis donner le dossier construit par le réglage WEB_FOLDER."
)
WRONG_PROTOCOL = (
    "L’application de terrain installée sur ce serveur n’est pas de la même version que lui : elle n’est pas"
    " proposée. À faire par qui l’administre : « make web », avec le programme de ce serveur. Une tablette qui a"
    " déjà l’application continue de servir et garde ses saisies."
)


@dataclass(frozen=True, slots=True)
class Build:
    """A build on the disk: the SHA-256 of each file by its path; `fault` is what a person is told instead."""

    files: Mapping[str, str]
    fault: str = ""


class WebClient:
    """ASGI: GET and HEAD of the files of the build. The list is read again when it changed on the disk."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._seen: tuple[int, int] | None = None
        self._build = Build({}, NOT_BUILT)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request. Raises HTTPException: 405, and 404 for what is not of the build."""
        if scope["type"] != "http":
            raise HTTPException(404)
        if scope["method"] not in ("GET", "HEAD"):
            raise HTTPException(405, headers={"Allow": "GET, HEAD"})
        answer = self._answer(scope["path"].removeprefix(f"{ADDRESS}/"), Headers(scope=scope))
        await answer(scope, receive, send)

    def _answer(self, asked: str, headers: Headers) -> Response:
        build = self._read_build()
        if build.fault:
            return HTMLResponse(_page(build.fault), 503)
        name = asked or "index.html"
        digest = build.files.get(name)
        if digest is None:
            raise HTTPException(404)
        encoding, path = self._choose(name, headers.get("accept-encoding", ""))
        if not path.is_file():  # listed and not there: half a copy of a build
            raise HTTPException(404)
        known = HEADERS | {"ETag": f'"{digest[:32]}{encoding and "-" + encoding}"'}
        if digest[:32] in headers.get("if-none-match", ""):
            return Response(status_code=304, headers=known)
        if encoding:
            known["Content-Encoding"] = encoding
        return FileResponse(
            path, headers=known, media_type=TYPES.get(Path(name).suffix, "application/octet-stream")
        )

    def _choose(self, name: str, accepted: str) -> tuple[str, Path]:
        """Return the encoding to send, empty for none, and the file that has it."""
        listed = [one for one in accepted.lower().split(",") if not _REFUSED.search(one)]
        tokens = {one.split(";")[0].strip() for one in listed}
        for encoding, suffix in ENCODINGS:
            packed = self._folder / f"{name}{suffix}"
            if encoding in tokens and packed.is_file():
                return encoding, packed
        return "", self._folder / name

    def _read_build(self) -> Build:
        """Return the build that stands in the folder now."""
        try:
            found = (self._folder / LISTING).stat()
        except OSError:
            self._seen, self._build = None, Build({}, NOT_BUILT)
            return self._build
        seen = (found.st_mtime_ns, found.st_ino)
        if seen != self._seen:
            self._seen, self._build = seen, _load(self._folder / LISTING)
        return self._build


def _load(path: Path) -> Build:
    try:
        listing = json.loads(path.read_text("utf-8"))
        protocol, files = int(listing["protocol"]), dict(listing["files"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        log.error("web client not served: %s in %s", type(error).__name__, path)
        return Build({}, NOT_BUILT)
    if not wire.OLDEST_PROTOCOL <= protocol <= wire.PROTOCOL:
        log.error(
            "web client not served: it speaks protocol %d, this server %d to %d",
            protocol, wire.OLDEST_PROTOCOL, wire.PROTOCOL,
        )  # fmt: skip
        return Build({}, WRONG_PROTOCOL)
    return Build(files)


def _page(sentence: str) -> str:
    return (
        '<!DOCTYPE html><html lang="fr"><meta charset="utf-8"><title>Trait d’union</title>'
        f"<h1>Trait d’union</h1><p>{sentence}</p></html>"
    )


def mount(app: FastAPI, folder: Path) -> None:
    """Serve the build in that folder at `/app/`; `/app` leads there."""

    @app.api_route(ADDRESS, methods=["GET", "HEAD"], include_in_schema=False)
    def lead_to_app() -> RedirectResponse:
        return RedirectResponse(f"{ADDRESS}/", 308)

    app.mount(ADDRESS, WebClient(folder), name="web client")
