"""The slip itself, black on white by night too: a camera reads dark on light only.

A text in the person's language reads in its own direction; a number or a French text from left to right in every
one. So each is a text of its own: within one, « 03 84 » would be written « 84 03 » beside Arabic.
"""

from __future__ import annotations

import io

import flet as ft

from field_app import widgets
from field_app.state import slip_content
from field_app.state.slip_content import Content, SlipLine, SlipPart
from shared.slip_words import Words

INK, PAPER = "#000000", "#ffffff"
QR_SIDE = 240
SMALL, PLAIN, LARGE, CODE = 16, 18, 26, 36
"""Sizes of a text in pixels, before what the tablet is set to."""


def qr(text: str) -> bytes:
    """Return a PNG of the QR, correction level M, with the quiet border the standard asks for."""
    import segno  # at the first slip only: a tablet starts without

    out = io.BytesIO()
    segno.make(text, error="m", micro=False).save(out, kind="png", scale=8, border=4)
    return out.getvalue()


def paper(content: Content, url: str, times: float = 1) -> ft.Control:
    """Draw the slip, its texts that many times as large as usual. Where a tablet lies flat, what the person reads
    and what the service scans stand beside each other: one look, and one photo, takes in the whole."""
    words = content.words
    head = widgets.stack(
        _french(slip_content.TITLE, SMALL * times, centred=True),
        None if words.is_french else _said(words.title, words, PLAIN * times, centred=True),
        _french(content.service, LARGE * times, bold=True, centred=True),
        spacing=4,
        horizontal_alignment=ft.CrossAxisAlignment.CENTER,
    )
    larger = 1 if widgets.is_narrow() else times  # on a phone the code would be cut in two
    side = QR_SIDE * larger
    scanned = widgets.stack(
        ft.Image(src=qr(url), width=side, height=side, semantics_label="Code à scanner"),
        _french(content.code, CODE * larger, bold=True, centred=True),
        _french(content.for_service, SMALL, centred=True),
        spacing=10,
        horizontal_alignment=ft.CrossAxisAlignment.CENTER,
    )
    lines = widgets.stack(
        head,
        widgets.grid(
            # Of a telephone line the number is all there is to read.
            ft.Container(_told(content, times if content.code else 1.5 * times), col={"xs": 12, "lg": 7}),
            ft.Container(scanned, col={"xs": 12, "lg": 5}) if content.code else None,
        ),
        [_said(right, words, SMALL * times, centred=True) for right in content.rights],
        spacing=10,
        horizontal_alignment=ft.CrossAxisAlignment.CENTER,
    )
    sheet = ft.Container(lines, bgcolor=PAPER, border_radius=16, padding=20)
    # On a tablet that stands, no wider than a sheet of A5 looks.
    sheet.col = {"xs": 12, "md": 9, "lg": 12} if times == 1 else 12
    return widgets.grid(sheet, alignment=ft.MainAxisAlignment.CENTER)


def _told(content: Content, times: float) -> ft.Control:
    """Draw what the person reads, from the side where the language begins."""
    words = content.words
    begin = ft.CrossAxisAlignment.END if words.right_to_left else ft.CrossAxisAlignment.START
    parts = [
        widgets.stack(_part(part, words, times), spacing=2, horizontal_alignment=begin) for part in content.parts
    ]
    return widgets.stack(
        _said(words.helps, words, PLAIN * times),
        parts,
        _said(words.show, words, PLAIN * times, bold=True) if content.code else None,
        spacing=12,
        horizontal_alignment=begin,
    )


def _part(part: SlipPart, words: Words, times: float) -> list[ft.Control]:
    title = [_said(part.title, words, PLAIN * times, bold=True)] if part.title else []
    return [*title, *(_line(line, words, times) for line in part.lines)]


def _line(line: SlipLine, words: Words, times: float) -> ft.Control:
    """Draw a line; from right to left the fact stands below its words, since beside them it would come first
    wherever the two need more than one line."""
    said = _said(line.words, words, PLAIN * times) if line.words else None
    fact = _french(line.fact, PLAIN * times) if line.fact else None
    if words.right_to_left and fact is not None:
        fact.text_align = ft.TextAlign.RIGHT
    if said is None or fact is None:
        return said or fact or widgets.written("")
    if words.right_to_left:
        return widgets.stack(said, fact, spacing=0, horizontal_alignment=ft.CrossAxisAlignment.END)
    return widgets.row(said, fact, wrap=True, run_spacing=0)


def _said(text: str, words: Words, size: float, bold: bool = False, centred: bool = False) -> ft.Text:
    """Draw a text in the language of the person."""
    return _text(text, size, bold, centred, words.right_to_left)


def _french(text: str, size: float, bold: bool = False, centred: bool = False) -> ft.Text:
    """Draw a text that reads from left to right whatever the language."""
    return _text(text, size, bold, centred, False)


def _text(text: str, size: float, bold: bool, centred: bool, right_to_left: bool) -> ft.Text:
    align = ft.TextAlign.CENTER if centred else ft.TextAlign.START
    weight = ft.FontWeight.W_700 if bold else None
    return widgets.written(text, size=size, weight=weight, color=INK, text_align=align, rtl=right_to_left)
