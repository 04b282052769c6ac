"""Tables to write as CSV, XLSX or ODS: one `Table`, whatever it holds, so that the three carry the same values."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from shared import french

Kind = Literal["text", "number", "percent", "date"]
SIGNS = "=＝﹦⁼₌⩵⩶+＋﹢⁺₊﬩-－﹣−⁻₋@＠﹫"
"""What begins a formula, in every width and height that a spreadsheet may fold into the plain sign."""
_HARD = "[,;|，；｜]"
"""What separates cells, here or in the eyes of whoever opens the file."""
_SOFT = re.compile("[\t\n\x0b\x0c\x1c-\x1e\x85\u2028\u2029]|\r(?!\n)")
"""A line's end inside a text is the end of a row for who cuts on commas; a tab is a separator too."""
_UNSEEN = rf"[^\w!#$%&()*./:<>?\[\\\]^`{{}}~,;|，；｜{re.escape(SIGNS)}]|[\u115f\u1160\u3164\uffa0]"
"""What may stand before the sign and is not seen, or taken off: spaces, what has no width, quotes."""
_BEGINNING = re.compile(rf"(?P<cut>\A|{_HARD}|{_SOFT.pattern})(?P<unseen>(?:{_UNSEEN})*)")
_BLANK_STARTS = ("\t", "\r", "\n")
"""A cell that begins so is taken for one that runs."""
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""What XML cannot hold: one of these in a comment would make the whole workbook unreadable."""
FRACTIONS = "Dans ce fichier, les taux et les parts sont des fractions : 0,25 veut dire 25 %."


class Percent(float):
    """A fraction that reads as a percentage, in a column of numbers too: a rate stands among counts."""


class Rate(Percent):
    """A percentage with what it is made of: a workbook computes with the first, a person reads both."""

    made_of: str

    def __new__(cls, value: float, made_of: str) -> Rate:
        """Return a fraction that also knows its numerator, its denominator and what is not known, in words."""
        made = super().__new__(cls, value)
        made.made_of = made_of
        return made

    def __getnewargs__(self) -> tuple[float, str]:  # type: ignore[override]  # what `__new__` takes, to be drawn beside
        return float(self), self.made_of


class Ranged(float):
    """The lower end of a range, with the upper one: a workbook computes with the first, a person reads both."""

    high: float

    def __new__(cls, low: float, high: float) -> Ranged:
        """Return a float that also knows its upper end."""
        made = super().__new__(cls, low)
        made.high = high
        return made

    def __getnewargs__(self) -> tuple[float, float]:  # type: ignore[override]  # what `__new__` takes, to be drawn beside
        return float(self), self.high


Value = str | int | float | date | None


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its French name, what it holds, and its width in characters."""

    name: str
    kind: Kind = "text"
    width: int = 14


@dataclass(frozen=True, slots=True)
class Table:
    """A sheet: `title` on its tab, `before` above and `notes` below, `strong` the rows in bold (totals)."""

    title: str
    columns: tuple[Column, ...]
    rows: Sequence[Sequence[Value]]
    before: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    strong: frozenset[int] = frozenset()

    def cells(self) -> Iterator[list[tuple[Kind, Value]]]:
        """Yield the rows, each value with what it is: ready to be written, nothing left to decide."""
        for row in self.rows:
            yield [_cell(column, value) for column, value in zip(self.columns, row, strict=True)]


@dataclass(frozen=True, slots=True)
class Book:
    """Tables that leave together. `day` stands in the file's properties: the same book gives the same bytes."""

    title: str
    day: date
    tables: tuple[Table, ...]


def clean(text: str) -> str:
    """Return the text without what no file format of ours can hold."""
    return _UNWRITABLE.sub("", text)


def _cell(column: Column, value: Value) -> tuple[Kind, Value]:
    if value is None:
        return column.kind, None
    if isinstance(value, Percent):
        return "percent", float(value)
    if isinstance(value, str):
        return "text", clean(value)
    return column.kind, value


def to_csv(book: Book) -> bytes:
    """Write CSV in UTF-8 with a mark, `;` and decimal commas: a French spreadsheet opens it right by a double
    click."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    for place, table in enumerate(book.tables):
        if place:
            writer.writerow([])
        writer.writerows([harmless(clean(sentence))] for sentence in (table.title, *table.before))
        writer.writerow([])
        writer.writerow([harmless(clean(column.name)) for column in table.columns])
        writer.writerows([_text(value) for _, value in cells] for cells in table.cells())
        if table.notes:
            writer.writerow([])
        writer.writerows([harmless(clean(note))] for note in table.notes)
    writer.writerows([[], [FRACTIONS]])
    return out.getvalue().encode("utf-8-sig")


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.6f}".rstrip("0").rstrip(".").replace(".", ",")
    if isinstance(value, date):
        return french.format_day(value)
    return str(value) if isinstance(value, int) else harmless(str(value))


def harmless(text: str) -> str:
    """Return the text with an apostrophe wherever a spreadsheet would find a formula: a CSV cannot say that it
    holds none, and whoever opens it may cut it on commas, or ends its lines inside a text. One apostrophe less at
    each of these places is the text again."""
    return _BEGINNING.sub(_guard, text)


def _guard(found: re.Match[str]) -> str:
    """Return the beginning of a cell, or of several on as many lines, with the apostrophes that they need."""
    cut, unseen = found["cut"], found["unseen"]
    sign = found.string[found.end() : found.end() + 1]
    if sign and sign in SIGNS:
        return f"{cut}'" + _SOFT.sub(r"\g<0>'", unseen)
    blank = not _SOFT.match(cut) and unseen.lstrip("'").startswith(_BLANK_STARTS)
    return f"{cut}'{unseen}" if blank else found[0]
