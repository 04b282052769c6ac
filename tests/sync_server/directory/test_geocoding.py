"""Addresses located by a button: found, not found, or nobody answers. Nothing here asks another host."""

from __future__ import annotations

from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from geopy.adapters import AdapterHTTPError, BaseSyncAdapter
from geopy.exc import GeocoderTimedOut, GeocoderUnavailable
from sqlalchemy import Engine

from sync_server.directory.geocoding import StraightAdapter
from tests.sync_server.directory.test_directory import HOME, MOBIJOB, acts, held, post, typed


def answered(score: float, citycode: str) -> dict[str, Any]:
    known = {"score": score, "citycode": citycode, "label": "9 rue de Mulhouse 90000 Belfort"}
    return {"features": [{"geometry": {"coordinates": [6.8612345, 47.6398765]}, "properties": known}]}


class Fake(BaseSyncAdapter):  # type: ignore[misc]  # geopy is not typed
    """Answers what the test says, and remembers what it was asked."""

    asked: list[str]
    answer: Any

    def __init__(self, **_: Any) -> None:
        super().__init__(proxies=None, ssl_context=None)

    def get_json(self, url: str, *, timeout: float, headers: Any) -> Any:
        self.asked.append(url)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    def get_text(self, url: str, *, timeout: float, headers: Any) -> Any:
        raise NotImplementedError


@pytest.fixture
def geocoder(app: FastAPI) -> type[Fake]:
    fake = type("Geocoder", (Fake,), {"asked": [], "answer": answered(0.96, "90010")})
    app.state.context = replace(app.state.context, geocoder=fake)
    return fake


def with_address(client: TestClient, engine: Engine) -> None:
    post(client, MOBIJOB, **typed(engine, address="9 rue de Mulhouse"))


def locate(client: TestClient, engine: Engine) -> str:
    return str(post(client, f"{MOBIJOB}/localiser", revision=held(engine).revision).text)


def test_an_address_is_located_once_and_kept(
    coordinator: TestClient, engine: Engine, geocoder: type[Fake]
) -> None:
    with_address(coordinator, engine)
    assert "Adresse localisée" in locate(coordinator, engine)
    fields = held(engine).fields
    assert (fields.latitude, fields.longitude, fields.commune) == (47.63988, 6.86123, "90010")
    assert acts(engine)[0] == ("Service localisé", "Mobijob (MIFE 90)")
    (url,) = geocoder.asked
    assert urlsplit(url)[:3] == ("https", "data.geopf.fr", "/geocodage/search")
    assert parse_qs(urlsplit(url).query)["q"] == ["9 rue de Mulhouse, Belfort"]


def test_no_page_asks_where_an_address_is(coordinator: TestClient, engine: Engine, geocoder: type[Fake]) -> None:
    with_address(coordinator, engine)
    for page in (HOME, MOBIJOB, f"{HOME}/nouveau", f"{HOME}/import"):
        coordinator.get(page)
    assert geocoder.asked == []


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (GeocoderUnavailable("offline"), "Le service d’adresses ne répond pas"),
        (GeocoderTimedOut("slow"), "Le service d’adresses ne répond pas"),
        ({"features": [{}]}, "Le service d’adresses ne répond pas"),
        ("portail", "Adresse introuvable"),
        ({"features": []}, "Adresse introuvable"),
        (answered(0.2, "90010"), "Adresse introuvable"),
        (answered(1, "75056"), "Adresse introuvable"),
        (answered(1, "90052"), "Adresse introuvable"),
    ],
)
def test_without_a_sure_answer_nothing_changes_and_the_page_says_why(
    coordinator: TestClient, engine: Engine, geocoder: type[Fake], answer: Any, sentence: str
) -> None:
    with_address(coordinator, engine)
    before = held(engine)
    geocoder.answer = answer
    assert sentence in locate(coordinator, engine)
    assert held(engine) == before


def test_a_service_without_an_address_is_not_asked_about(
    coordinator: TestClient, engine: Engine, geocoder: type[Fake]
) -> None:
    assert "enregistrez-en une d’abord" in locate(coordinator, engine)
    assert "Localiser l’adresse" not in coordinator.get(MOBIJOB).text
    assert geocoder.asked == []


def test_an_address_service_that_sends_elsewhere_is_not_followed() -> None:
    asked: list[str] = []

    class Elsewhere(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(302)
            self.send_header("Location", "/inside")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Elsewhere) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        adapter = StraightAdapter(proxies={}, ssl_context=None)
        with pytest.raises(AdapterHTTPError):
            adapter.get_json(f"http://127.0.0.1:{server.server_port}/search", timeout=5, headers={})
        server.shutdown()
    assert asked == ["/search"]
