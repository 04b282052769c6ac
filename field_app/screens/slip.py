"""The referral slip on the screen: legible at arm's length, to be photographed, copied, shared or printed."""

from __future__ import annotations

from functools import partial

import flet as ft

from field_app import theme, widgets
from field_app.screens.slip_paper import paper
from field_app.state import slip_content
from field_app.state.slips import Slip
from field_app.widgets.sight import FAILED
from shared import slip_words
from shared.slip_words import Words

LARGE = 1.7
"""How many times as large the texts are for a person who reads badly, or from afar."""
SHARPNESS = 2.0
"""Pixels of the picture for one of the screen: sharp on paper of A5. With its point: the client takes no whole
number here."""
NOT_SHARED = "La tablette n’a pas pu partager le coupon : la personne peut le photographier."
NOT_PRINTED = "La tablette n’a pas pu imprimer le coupon : la personne peut le photographier."


@ft.component
def SlipScreen(slip: Slip, close: widgets.Action, withdraw: widgets.Action) -> ft.Control:  # noqa: N802
    """Draw what the person takes along, then what the worker may do; or the slip alone, in large letters."""
    if slip.large:
        return _large(slip)
    content = slip.content
    picture, coded = ft.Screenshot(paper(content, slip.url)), bool(content.code)
    return widgets.page_of(
        widgets.top_bar("Coupon d’orientation", close, "Fermer le coupon"),
        widgets.line(f"La personne peut le photographier, ou notez-lui le {'code' if coded else 'numéro'}."),
        Language(slip),
        picture,
        widgets.notice(slip.said, slip.said_kind) if slip.said else None,
        widgets.buttons(
            widgets.button("Afficher en grand", slip.enlarge, ft.Icons.ZOOM_IN),
            _share(slip, picture),
            widgets.button("Imprimer", partial(_print, slip, picture), ft.Icons.PRINT) if slip.may_print else None,
            widgets.button("Copier le code", partial(_copy, slip), ft.Icons.COPY) if coded else None,
            widgets.button("Retirer le coupon", withdraw, ft.Icons.DELETE_OUTLINE),
        ),
    )


def _large(slip: Slip) -> ft.Control:
    shown = widgets.page_of(
        widgets.top_bar("Coupon en grand", slip.shrink, "Fermer l’affichage en grand"),
        paper(slip.content, slip.url, LARGE),
        width=theme.WIDE_FORM,
    )
    shown.key = "large"  # a screen of its own: it begins at its top, wherever the other was scrolled to
    return shown


@ft.component
def Language(slip: Slip) -> ft.Control:  # noqa: N802
    """Draw the language of the slip; one tap shows the others, each by its own name, so that the person points."""
    opened, set_opened = ft.use_state(False)

    def choose(language: str) -> None:
        slip.speak(language)
        set_opened(False)

    chosen = slip.content.words
    every = {language: slip_words.load(language) for language in slip_words.LANGUAGES} if opened else {}
    chips = [
        widgets.chip(_name(words), words == chosen, partial(choose, language), language)
        for language, words in every.items()
    ]
    title = f"Langue : {chosen.in_french}"
    return widgets.stack(
        widgets.buttons(widgets.button(title, lambda: set_opened(not opened), ft.Icons.LANGUAGE)),
        widgets.chips(chips, "Langue du coupon") if opened else None,
    )


def _name(words: Words) -> str:
    """Return what the language calls itself, for the person, then what a worker calls it."""
    same = words.name.casefold() == words.in_french
    return words.name if same else f"{words.name} · {words.in_french}"


def _share(slip: Slip, picture: ft.Screenshot) -> ft.Control:
    """Draw the button that opens the platform's share sheet: with a picture of the slip and its text; on an iPad,
    where a browser opens the sheet within the tap alone, with its text."""
    if ft.context.page.platform is ft.PagePlatform.IOS:
        text = ft.ShareText(slip_content.as_text(slip.content), subject=slip_content.TITLE)
        return ft.OutlinedButton("Partager", icon=ft.Icons.SHARE, action=text, style=theme.BUTTON)

    async def share() -> None:
        try:
            file = ft.ShareFile.from_bytes(
                await picture.capture(SHARPNESS), mime_type="image/png", name="coupon.png"
            )
            text = slip_content.as_text(slip.content)
            await ft.Share().share_files([file], text=text, mail_to_fallback_enabled=False)
        except FAILED:
            slip.tell(NOT_SHARED, "warn")

    return widgets.button("Partager", share, ft.Icons.SHARE)


async def _print(slip: Slip, picture: ft.Screenshot) -> None:
    try:
        await slip.print(await picture.capture(SHARPNESS))
    except FAILED:
        slip.tell(NOT_PRINTED, "warn")


async def _copy(slip: Slip) -> None:
    await ft.Clipboard().set(slip.code)
    slip.tell("Code copié.", "good")
