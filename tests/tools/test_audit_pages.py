"""How `make audit` walks the console: what a browser would send of a page, and where it leads."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from urllib.parse import unquote

from sync_server.access import forms
from tools.audit import hooks, stage
from tools.audit.pages import Form, Page, find_call, walk

PATHS = [
    "/console/listes",
    "/console/saisies/etat",
    "/console/saisies/{record_id}",
    "/console/rapports/{id}.{ending}",
]
RECORD = """
<a href="/console/listes#bas">Listes</a> <a href="?du=2026-01-01">Filtrer</a> <a>rien</a>
<form method="post" action="/console/saisies/a%20b/etat"><input type=hidden name=csrf value=s>
  <input name="lu" value="3"><input type=checkbox name=choisie value=1 checked>
  <input type=checkbox name=choisie value=2>
  <input type=checkbox name=choisie value=3 checked><input type=radio name=etat value=a><input type=radio name=etat
  value=b checked><input type=submit name=jamais><input type=file name=fichier><input value="sans nom">
  <select name=pays><option value=fr>France<option value=be selected>Belgique</select>
  <select name=ville><option value=belfort>Belfort<option value=delle>Delle</select>
  <textarea name=note>Une « note »,
deux lignes</textarea><button name=acte value=garder>Garder</button></form>
<form action="/console/saisies"><input name=q value=cherche></form><input name=dehors value=1>
"""


def test_a_form_is_read_as_a_browser_would_send_it() -> None:
    [form] = Page("/console/saisies/a%20b", RECORD).forms
    assert form == Form(
        "/console/saisies/a b/etat",
        {
            "csrf": ["s"], "lu": ["3"], "choisie": ["1", "3"], "etat": ["b"], "pays": ["be"], "ville": ["belfort"],
            "note": ["Une « note »,\ndeux lignes"], "acte": ["garder"],
        },
    )  # fmt: skip


def test_links_are_those_of_the_page_without_the_place_in_it() -> None:
    assert Page("/console/saisies/1", RECORD).links == ["/console/listes", "/console/saisies/1?du=2026-01-01"]


def test_a_path_is_of_the_most_literal_call_that_fits() -> None:
    assert find_call("/console/saisies/etat", PATHS) == ("/console/saisies/etat", {})
    assert find_call("/console/saisies/12", PATHS) == ("/console/saisies/{record_id}", {"record_id": "12"})
    report = find_call("/console/rapports/12.csv", PATHS)
    assert report == ("/console/rapports/{id}.{ending}", {"id": "12", "ending": "csv"})
    assert find_call("/console/saisies/12/plus", PATHS) is None


def test_a_walk_goes_where_links_lead_some_of_each_kind_and_never_out_of_the_console() -> None:
    links = "".join(f'<a href="/console/saisies/{n}">x</a>' for n in range(50))
    asked: list[str] = []

    def read(address: str) -> str:
        asked.append(address)
        return f"{links}<a href='/app/'>x</a><a href='https://elsewhere.example/console'>x</a>"

    ways = walk(read, "/console/listes", PATHS)
    assert asked == ["/console/listes", *(f"/console/saisies/{n}" for n in range(3))]
    assert [way.parameters["record_id"] for way in ways["GET /console/saisies/{record_id}"]] == ["0", "1", "2"]


def case(method: str, path: str, body: Any, parameters: dict[str, str]) -> Any:
    return SimpleNamespace(
        method=method, path=path, body=body, path_parameters=parameters, query={}, headers={},
        formatted_path=path.format(**parameters),
    )  # fmt: skip


def test_a_form_is_mostly_sent_as_its_page_fills_it_now_with_something_odd_here_and_there() -> None:
    path = "/console/saisies/{record_id}/etat"
    way = {"parameters": {"record_id": "a b"}, "query": {}, "page": "/console/saisies/a%20b",
           "action": "/console/saisies/a b/etat"}  # fmt: skip
    told = {"cookie": "c", "csrf": "secret", "token": "", "known": {}, "ways": {f"POST {path}": [way]}}
    filled, odd = 0, 0
    for number in range(300):
        sent = case("POST", path, {"v": number}, {"record_id": "invented"})
        hooks.complete(sent, told, lambda _: RECORD)
        if "lu" in sent.body:
            filled += 1
            assert sent.path_parameters == {"record_id": "a%20b"}
            assert sent.body["csrf"] == "secret"
            odd += sent.body["lu"] != ["3"]
    assert 120 < filled < 250
    assert 0 < odd < filled / 2


def test_a_form_that_stands_there_no_more_is_sent_as_it_was_invented() -> None:
    way = {"parameters": {}, "query": {}, "page": "/console/listes", "action": "/console/listes"}
    told = {"cookie": "c", "csrf": "secret", "token": "", "known": {}, "ways": {"POST /console/listes": [way]}}
    genuine = 0
    for number in range(50):
        sent = case("POST", "/console/listes", {"v": number}, {})
        hooks.complete(sent, told, lambda _: "<p>Plus rien")
        assert sent.body["v"] == number
        if "nonce" in sent.body:
            genuine += 1
            assert forms.is_genuine("secret", unquote(sent.formatted_path), sent.body["nonce"])
    assert genuine > 30


def test_what_is_odd_is_the_same_each_time_and_leaves_the_page_as_it_was() -> None:
    fields = {f"f{n}": ["as it was"] for n in range(60)}
    altered = hooks.alter(fields, 15)
    assert altered == hooks.alter(fields, 15)
    assert altered != hooks.alter(fields, 16)
    assert 0 < sum(value != ["as it was"] for value in altered.values()) < 30
    assert set(fields) == set(altered)
    assert {tuple(value) for value in fields.values()} == {("as it was",)}


def test_each_role_is_led_to_its_own_pages_and_forms() -> None:
    with stage.raised() as server:
        administrator = server.walk(server.sign_in("administrator"))
        assert "POST /console/appareils/code" in administrator
        assert "GET /console/saisies" not in administrator
        reader = server.walk(server.sign_in("reader"))
        assert "GET /console/publications" in reader
        assert "POST /console/appareils/code" not in reader
