"""Writes files in the drawing process (`drawing.draw`): what a format needs is imported there alone."""

from __future__ import annotations

from datetime import date

from sync_server.pact_report import Body
from sync_server.tabular import Book, to_csv


def write_book(book: Book, ending: str) -> bytes:
    """Tables in the format of that ending: csv, xlsx or ods."""
    from sync_server import spreadsheets

    return {"csv": to_csv, "xlsx": spreadsheets.to_xlsx, "ods": spreadsheets.to_ods}[ending](book)


def write_report(body: Body, day: date, foot: str = "", draft: str = "") -> bytes:
    """The report of the pact as a DOCX."""
    from sync_server import documents

    return documents.to_docx(body, day, foot, draft)
