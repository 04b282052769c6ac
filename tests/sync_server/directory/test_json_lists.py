"""A JSON file read entry by entry says what Python says of it whole, and stops where it breaks."""

from __future__ import annotations

import io
import json
from math import inf, isnan
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync_server.directory import import_json
from sync_server.directory.import_json import JsonError, NoListError

NAMES = ("services", "structures")
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)


def read(content: str | bytes) -> list[Any]:
    raw = content.encode() if isinstance(content, str) else content
    return list(import_json.lists(io.BytesIO(raw), NAMES))


def values(content: str | bytes) -> list[Any]:
    return [(name, value) for name, _, value in read(content)]


def test_a_list_within_an_entry_is_not_taken_for_the_list_of_the_file() -> None:
    content = {"structures": [{"id": "a", "services": []}], "services": [{"id": "b"}, {"id": "c"}]}
    assert values(json.dumps(content)) == [
        ("structures", {"id": "a", "services": []}),
        ("services", {"id": "b"}),
        ("services", {"id": "c"}),
    ]


def test_whatever_else_the_file_says_is_passed_over_and_a_list_said_twice_is_read_twice() -> None:
    content = '{"meta": {"services": [1]}, "services": [2], "n": 12, "services": [3], "structures": "none"}'
    assert values(content) == [("services", 2), ("services", 3)]


@given(entries=st.lists(ANY_JSON, max_size=5), other=ANY_JSON, indent=st.sampled_from([None, 0, 2]))
def test_entries_are_what_pythons_own_reader_says(entries: list[Any], other: Any, indent: int | None) -> None:
    content = json.dumps({"other": other, "services": entries}, indent=indent)
    whole = json.loads(content)["services"]
    assert values(content) == [("services", value) for value in whole]
    assert values(json.dumps(entries, indent=indent, ensure_ascii=False).encode("utf-8-sig", "replace")) == [
        ("", value) for value in json.loads(json.dumps(entries, ensure_ascii=False).encode("utf-8", "replace"))
    ]


def test_values_of_every_kind_side_by_side_are_cut_nowhere() -> None:
    entries = [12.5e3, -0.25, 1234567890, 1e-7, 'é€😀\\"', {"nom": "Maison de l’enfance"}, [], {}, True, None]
    content = json.dumps({"services": entries}, ensure_ascii=False, indent=1)
    assert [value for _, value in values(content)] == entries
    assert values("  12e+1  ".join(["[", "]"])) == [("", 120.0)]


def test_each_entry_has_the_line_it_begins_on() -> None:
    content = '\n{"a":\n1, "services": [\n\n{"x":\n 1}, {"y": 2},\n\n {"z": 3}\n]}'
    assert [line for _, line, _ in read(content)] == [5, 6, 8]


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("", 1),
        ("{", 1),
        ("[1,\n2", 2),
        ("[1,\n2,]", 2),
        ("[1\n2]", 2),
        ("[1]\n\ntrop", 3),
        ("[]\n[]", 2),
        ('{"services": []}\n}', 2),
        ('{"services": [],}', 1),
        ('{"services"\n[]}', 2),
        ("{services: []}", 1),
        ('{"services": [{"nom": "a\nb"}]}', 1),
        ('["\\x"]', 1),
        ("[\u00a01]", 1),
        ("[" * 100_000, 1),
        ('{"a": ' * 100_000, 1),
        ("12 13", 1),
    ],
)
def test_what_is_no_json_says_the_line(content: str, line: int) -> None:
    with pytest.raises(JsonError) as caught:
        read(content)
    assert caught.value.line == line


@pytest.mark.parametrize("content", ["{}", "12", '"services"', '{"services": {}}', '{"meta": {"services": []}}'])
def test_json_without_a_list_says_so(content: str) -> None:
    with pytest.raises(NoListError):
        read(content)


def test_an_empty_list_is_a_list() -> None:
    assert read("[]") == read('{"services": []}') == []


def test_a_number_without_end_is_infinite_and_breaks_nothing() -> None:
    (((_, long), (_, exact), (_, large), (_, none))) = values(f"[{'9' * 5_000}, {'9' * 300}, 1e999, NaN]")
    assert (long, large) == (inf, inf)
    assert exact == int("9" * 300)
    assert isnan(none)


def test_bytes_that_are_no_text_are_told() -> None:
    for content in (b"\xff\xfe", b'["\xe9"]', "[1]é".encode()[:-1]):
        with pytest.raises(UnicodeDecodeError):
            read(content)


def test_a_file_is_read_again_from_its_beginning() -> None:
    file = io.BytesIO(b"[1, 2]")
    assert list(import_json.lists(file, NAMES)) == list(import_json.lists(file, NAMES))


@pytest.mark.parametrize("content", [b"[1]", b'{"meta": 1, "services": [1], "structures": []}'])
def test_a_file_that_is_cut_anywhere_is_told(content: bytes) -> None:
    for end in range(len(content)):
        with pytest.raises(JsonError):
            read(content[:end])
