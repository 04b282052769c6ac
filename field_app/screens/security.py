"""The lock and the way out of a broken tablet, in the settings."""

from __future__ import annotations

from functools import partial

import flet as ft

from field_app import theme, widgets
from field_app.locking.lock import MINUTES, Lock
from field_app.state.session import Session
from field_app.state.tablet.transfer import Transfer
from field_app.widgets.text_box import TextBox
from shared.french import format_count


@ft.component
def Security(session: Session, lock: Lock) -> ft.Control:  # noqa: N802  # a component is written as it is used
    """Draw when the tablet locks, and the change of the PIN."""
    delays = [
        widgets.chip(format_count(m, "minute"), lock.minutes == m, partial(session.set_lock, m)) for m in MINUTES
    ]
    return widgets.group(
        "Sécurité",
        widgets.written("Verrouiller la tablette quand personne n’y touche depuis :"),
        widgets.chips(delays, "Verrouiller après"),
        widgets.buttons(
            widgets.button("Verrouiller maintenant", session.lock_now, ft.Icons.LOCK),
            widgets.button("Changer le code PIN", session.change_pin, ft.Icons.PIN),
        ),
    )


@ft.component
def Transfers(transfer: Transfer) -> ft.Control:  # noqa: N802
    """Draw the way out of a tablet that breaks: what is not sent leaves in a sealed file, for another."""

    async def save(name: str, content: bytes) -> bool:
        return (
            await ft.FilePicker().save_file(file_name=name, src_bytes=content) is not None or ft.context.page.web
        )

    async def pick() -> None:
        files = await ft.FilePicker().pick_files(with_data=True)
        if files and files[0].bytes is not None:
            await transfer.take_in(files[0].bytes)

    def listen(text: str) -> None:
        transfer.typed = text

    shown = widgets.written(transfer.code, size=theme.FIGURE, weight=ft.FontWeight.W_700, selectable=True)
    # What can be selected is a field without a name for a screen reader, empty until it has the focus.
    code = ft.Semantics(
        container=True, label=f"Code du fichier : {transfer.code}", exclude_semantics=True, content=shown
    )
    return widgets.group(
        "Saisies non envoyées",
        widgets.line("Si la tablette tombe en panne : un fichier chiffré, à ouvrir sur une autre tablette."),
        widgets.notice(transfer.said, "bad" if transfer.wrong else "good") if transfer.said else None,
        code if transfer.code else None,
        widgets.buttons(widgets.button("Exporter", partial(transfer.export, save), ft.Icons.UPLOAD)),
        TextBox(
            "Code du fichier à importer", transfer.typed, listen, width=400, autocorrect=False,
            capitalization=ft.TextCapitalization.CHARACTERS,
        ),
        widgets.buttons(widgets.button("Importer un fichier", pick, ft.Icons.DOWNLOAD)),
    )  # fmt: skip
