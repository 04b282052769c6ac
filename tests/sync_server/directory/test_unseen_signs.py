"""What is typed or imported to be read otherwise than it is written: the directory keeps what is seen alone."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from shared.search_text import one_line
from shared.territory import TERRITORY
from sync_server.directory import import_fields
from sync_server.storage import audit_log, database
from tests.sync_server.directory.test_directory import HOME, NEW, post

TURNED = ["\u202eÉpicerie sociale de Delle", "Épicerie\u200b \u2066 sociale de\x9b\x1b Delle\ufeff"]


@pytest.mark.parametrize("name", TURNED, ids=ascii)
def test_a_name_written_to_turn_the_words_around_is_kept_as_it_reads(
    coordinator: TestClient, engine: Engine, name: str
) -> None:
    post(coordinator, f"{HOME}/nouveau", **NEW | {"name": name, "access": "Sonner\u202e deux fois"})
    with database.reading(engine) as connection:
        last = audit_log.entries(connection, TERRITORY, 1)[0]
    assert last.subject.startswith(NEW["name"])
    assert (last.subject + last.after).isprintable()


@pytest.mark.parametrize("name", TURNED, ids=ascii)
def test_so_is_one_of_a_file_that_is_imported(name: str) -> None:
    assert import_fields._shorten(name, 200) == NEW["name"]


@given(st.text())
def test_one_line_shows_all_that_it_holds(text: str) -> None:
    line = one_line(text)
    assert line.isprintable()
    assert one_line(line) == line
    assert "  " not in line
