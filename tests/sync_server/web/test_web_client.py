"""Ask for the field app at /app/: what the server gives of a build, and what it refuses to give."""

from __future__ import annotations

import gzip
import json
import logging
import shutil
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import brotli
import httpx2
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from shared import wire
from sync_server.settings import Settings
from sync_server.web.app import create_app
from sync_server.web.logs import request_log

PAGE = b"<!DOCTYPE html><html lang=fr><title>Trait d'union</title>" + b" " * 400
FILES = {
    "index.html": PAGE,
    "sw.js": b"// the builds on this device",
    "manifest.webmanifest": b"{}",
    "icons/icon-192.png": b"\x89PNG",
    "pyodide/pyodide.mjs": b"export {};" * 40,
    "pyodide/pyodide.asm.wasm": b"\0asm" * 100,
    "python/app.zip": b"PK" * 100,
}
LONG = {"index.html", "pyodide/pyodide.mjs", "pyodide/pyodide.asm.wasm", "python/app.zip"}


def lay(folder: Path, protocol: int = wire.PROTOCOL, files: dict[str, bytes] = FILES) -> None:
    """A build of a few bytes, laid out as `make web` lays one out."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        if name in LONG:
            Path(f"{path}.br").write_bytes(brotli.compress(content))
            Path(f"{path}.gz").write_bytes(gzip.compress(content))
    listing = {"build": "abc", "protocol": protocol, "files": {n: sha256(c).hexdigest() for n, c in files.items()}}
    (folder / "build.json").write_text(json.dumps(listing))


@pytest.fixture(scope="module")
def tablet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A browser. One server for all: no database is asked for a file, the folder is laid anew for each test."""
    place = tmp_path_factory.mktemp("served")
    (place / "secret.txt").write_text("not of the build")
    settings = Settings(database_url=f"sqlite:///{place / 'server.db'}", web_folder=place / "web")
    app = create_app(settings)
    with TestClient(app, base_url="https://testserver", follow_redirects=False) as client:
        yield client
    app.state.context.engine.dispose()


@pytest.fixture(autouse=True)
def folder(tablet: TestClient) -> Iterator[Path]:
    app = tablet.app
    assert isinstance(app, FastAPI)
    place: Path = app.state.context.settings.web_folder
    lay(place)
    yield place
    shutil.rmtree(place)


def ask(tablet: TestClient, path: str, accepted: str = "identity", **headers: str) -> httpx2.Response:
    return tablet.get(path, headers={"Accept-Encoding": accepted, **headers})


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("", "text/html; charset=utf-8"),
        ("index.html", "text/html; charset=utf-8"),
        ("sw.js", "text/javascript; charset=utf-8"),
        ("manifest.webmanifest", "application/manifest+json"),
        ("icons/icon-192.png", "image/png"),
        ("pyodide/pyodide.mjs", "text/javascript; charset=utf-8"),
        ("pyodide/pyodide.asm.wasm", "application/wasm"),
        ("python/app.zip", "application/zip"),
    ],
)
def test_each_file_comes_as_what_the_browser_takes_it_for(tablet: TestClient, path: str, kind: str) -> None:
    answer = ask(tablet, f"/app/{path}")
    assert (answer.status_code, answer.headers["content-type"]) == (200, kind)
    assert answer.content == FILES[path or "index.html"]
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_the_page_may_run_python_and_speak_with_nobody_else(tablet: TestClient) -> None:
    answer = ask(tablet, "/app/")
    rules = dict(rule.strip().split(" ", 1) for rule in answer.headers["content-security-policy"].split(";"))
    assert rules["default-src"] == rules["connect-src"] == "'self'"
    assert "'wasm-unsafe-eval'" in rules["script-src"]
    assert "'unsafe-inline'" not in rules["script-src"]
    assert "'unsafe-eval'" not in rules["script-src"].split()
    assert rules["frame-ancestors"] == "'none'"
    assert not any("http" in rule or "*" in rule for rule in rules.values())


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("gzip, deflate", "gzip"),
        ("br;q=0, gzip;q=0.5", "gzip"),
        ("br;q=0.001", "br"),
        ("identity", None),
        ("", None),
    ],
)
def test_a_first_visit_over_a_slow_link_is_sent_packed(
    tablet: TestClient, accepted: str, encoding: str | None
) -> None:
    answer = ask(tablet, "/app/pyodide/pyodide.asm.wasm", accepted)
    assert answer.headers.get("content-encoding") == encoding
    assert answer.headers["vary"] == "Accept-Encoding"
    assert answer.headers["content-type"] == "application/wasm"
    with tablet.stream("GET", "/app/pyodide/pyodide.asm.wasm", headers={"Accept-Encoding": accepted}) as raw:
        sent = b"".join(raw.iter_raw())
    unpack = {"br": brotli.decompress, "gzip": gzip.decompress, None: bytes}[encoding]
    assert unpack(sent) == FILES["pyodide/pyodide.asm.wasm"]
    assert int(answer.headers["content-length"]) == len(sent)


def test_what_the_tablet_has_already_is_not_sent_again(tablet: TestClient) -> None:
    first = ask(tablet, "/app/pyodide/pyodide.mjs", "br")
    assert first.headers["cache-control"] == "no-cache"  # asked each time, or an update would mix two builds
    again = ask(tablet, "/app/pyodide/pyodide.mjs", "br", **{"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    weak = ask(tablet, "/app/pyodide/pyodide.mjs", "gzip", **{"If-None-Match": f'"x", W/{first.headers["etag"]}'})
    assert weak.status_code == 304
    other = ask(tablet, "/app/index.html", "br", **{"If-None-Match": first.headers["etag"]})
    assert other.status_code == 200


def test_the_address_without_its_slash_leads_to_the_app(tablet: TestClient) -> None:
    answer = tablet.get("/app")
    assert (answer.status_code, answer.headers["location"]) == (308, "/app/")


def test_whoever_looks_without_fetching_gets_the_headers(tablet: TestClient) -> None:
    answer = tablet.head("/app/pyodide/pyodide.asm.wasm", headers={"Accept-Encoding": "identity"})
    assert (answer.status_code, answer.content) == (200, b"")
    assert int(answer.headers["content-length"]) == len(FILES["pyodide/pyodide.asm.wasm"])


@pytest.mark.parametrize(
    "path",
    [
        "../secret.txt", "%2e%2e/secret.txt", "..%2fsecret.txt", "icons/../../secret.txt", "/etc/passwd",
        "build.json", "index.html.br", "icons", "icons/", "nothing.js", "%00", "sw.js%00", "é",
    ],
)  # fmt: skip
def test_nothing_beside_the_build_is_given(tablet: TestClient, path: str) -> None:
    answer = ask(tablet, f"/app/{path}")
    assert answer.status_code == 404, answer.text
    assert b"not of the build" not in answer.content


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_nobody_writes_there(tablet: TestClient, method: str) -> None:
    assert tablet.request(method, "/app/sw.js").status_code == 405


def test_a_server_without_a_build_says_what_to_do(tablet: TestClient, folder: Path) -> None:
    (folder / "build.json").unlink()
    for path in ("", "sw.js"):
        answer = ask(tablet, f"/app/{path}")
        assert answer.status_code == 503
        assert "« make web »" in answer.text
        assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("protocol", [wire.OLDEST_PROTOCOL - 1, wire.PROTOCOL + 1])
def test_a_build_that_speaks_another_protocol_is_not_proposed(
    tablet: TestClient, folder: Path, protocol: int, caplog: pytest.LogCaptureFixture
) -> None:
    lay(folder, protocol)
    with caplog.at_level(logging.ERROR):
        answers = [ask(tablet, f"/app/{path}") for path in ("", "sw.js", "python/app.zip")]
    assert [answer.status_code for answer in answers] == [503] * 3
    assert "n’est pas de la même version" in answers[0].text
    [line] = [r.getMessage() for r in caplog.records if r.levelno == logging.ERROR]  # once, not at each file
    assert f"protocol {protocol}" in line


@pytest.mark.parametrize(
    "listing", ["", "[]", "{}", '{"protocol": "x", "files": {}}', '{"protocol": 2, "files": 3}']
)
def test_half_a_copy_of_a_build_is_not_proposed(tablet: TestClient, folder: Path, listing: str) -> None:
    (folder / "build.json").write_text(listing)
    assert ask(tablet, "/app/").status_code == 503


def test_a_file_that_the_copy_left_out_is_told_as_missing(tablet: TestClient, folder: Path) -> None:
    (folder / "python" / "app.zip").unlink()
    assert ask(tablet, "/app/python/app.zip").status_code == 404


def test_a_build_put_in_place_while_the_server_runs_is_the_one_given(tablet: TestClient, folder: Path) -> None:
    assert ask(tablet, "/app/sw.js").content == FILES["sw.js"]
    old = ask(tablet, "/app/sw.js").headers["etag"]
    shutil.rmtree(folder)
    lay(folder, files=FILES | {"sw.js": b"// the next build"})
    answer = ask(tablet, "/app/sw.js", **{"If-None-Match": old})
    assert (answer.status_code, answer.content) == (200, b"// the next build")


def test_the_log_names_the_folder_and_no_file(tablet: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger=request_log.__name__):
        ask(tablet, "/app/icons/icon-192.png")
    [line] = [json.loads(r.getMessage()) for r in caplog.records if r.name == request_log.__name__]
    assert (line["route"], line["status"]) == ("/app", 200)
