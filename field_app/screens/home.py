"""The first screen of the day: what to record, what is not sent yet."""

from __future__ import annotations

from functools import partial

import flet as ft

from field_app import theme, widgets
from field_app.screens.forms.timing import UnderWay
from field_app.screens.installing import WENT_BACK, update_ready
from field_app.screens.journal import Said
from field_app.state.figures import Figures
from field_app.state.follow_ups.follow_ups import FollowUps
from field_app.state.forms.timer import Timer
from field_app.state.session import Session
from field_app.state.tablet.installed import Installed
from field_app.state.tablet.sync_status import SyncStatus
from field_app.widgets import emergency
from shared import french

WAYS = (
    ("Annuaire", ft.Icons.MENU_BOOK, "services"),
    ("Journal des saisies", ft.Icons.LIST_ALT, "journal"),
    ("Mes chiffres", ft.Icons.INSIGHTS, "figures"),
    ("Réglages", ft.Icons.SETTINGS, "settings"),
)
"""The other screens: name, icon, and what `Session.show` calls it."""
MOST_TOLD = 3
"""How many steps or answers the home screen names before « et 2 autres »."""


@ft.component
def HomeScreen(session: Session) -> ft.Control:  # noqa: N802  # a component is written as it is used
    """Draw what to record in big buttons, the state of the sync, and the way to the journal."""
    name = widgets.row(
        ft.Image(src="logo.svg", width=40, height=40, exclude_from_semantics=True),
        widgets.heading("Trait d’union"),
        widgets.line(session.team, color=theme.MUTED),
        spacing=theme.ROOM,
        wrap=True,
        vertical_alignment=ft.CrossAxisAlignment.CENTER,
    )
    return widgets.page_of(
        None,
        emergency.beside(name, widgets.step(ft.Icons.LOCK_OUTLINE, "Verrouiller la tablette", session.lock_now)),
        widgets.before(
            Banners(session, session.sync, session.installed),
            Said(session, session.journal),
            widgets.grid(
                _tile("Nouvelle rencontre", ft.Icons.PERSON_ADD_ALT_1, partial(session.new, "encounter"), 12),
                _tile("Présence", ft.Icons.SCHEDULE, partial(session.new, "presence")),
                _tile("Séance collective", ft.Icons.GROUPS, partial(session.new, "group_session")),
                _tile("Partenariat", ft.Icons.HANDSHAKE, partial(session.new, "partner_contact")),
            ),
        ),
        widgets.before(UnderWay(session, session.timer), Due(session, session.follow_ups)),
        widgets.before(Drafts(session, session.sync, session.timer), SyncPanel(session.sync, session.figures)),
        widgets.grid([_way(session, *way) for way in WAYS]),
    )


def _tile(text: str, icon: ft.IconData, on_tap: widgets.Action, width: int = 4) -> ft.Control:
    """Draw a way to a form: that of every day takes the whole line and is filled; the others share the next."""
    sort = ft.FilledButton if width == 12 else ft.FilledTonalButton
    button = sort(
        text, icon=icon, on_click=widgets.handler(on_tap), style=theme.TILE if width == 12 else theme.BIG_BUTTON
    )
    # Beside each other where it is wide: « Partenariat » twice as large broke in a third of a tablet held upright.
    return ft.Container(button, col={"xs": 12, "lg": width})


def _way(session: Session, text: str, icon: ft.IconData, screen: str) -> ft.Control:
    going = session.show_journal if screen == "journal" else partial(session.show, screen)
    return ft.Container(widgets.button(text, going, icon), col={"xs": 12, "sm": 6})


@ft.component
def Banners(session: Session, sync: SyncStatus, installed: Installed) -> ft.Control:  # noqa: N802
    """Draw what comes before anything else: a server of invented data, a tablet to confirm, a wrong clock, a build
    that waits, an app not kept."""
    said = widgets.notice("Démonstration : données fictives, aucune personne réelle.")
    lines = widgets.stack(
        said if sync.synthetic else None,
        to_confirm(sync.words) if sync.words else None,
        widgets.notice(sync.clock, "bad") if sync.clock else None,
        update_ready(installed) if installed.update_ready else None,
        widgets.notice(WENT_BACK) if installed.went_back else None,
        _not_kept(session, installed) if installed.warning else None,
        horizontal_alignment=ft.CrossAxisAlignment.STRETCH,
    )
    return widgets.before(widgets.spaced(lines) if lines.controls else None)


def to_confirm(words: str) -> ft.Control:
    """Draw what a tablet that waits to be confirmed has its worker do: read six words out to the coordination."""
    said = "Appelez la coordination et lisez-lui ces six mots, dans l’ordre. Si elle a les mêmes, elle confirme."
    return widgets.framed(
        widgets.stack(
            widgets.heading("Faites confirmer cette tablette", 2),
            widgets.line(said),
            widgets.line(words.replace(" ", ", "), theme.LEAD),
            spacing=theme.ROOM,
        )
    )


def _not_kept(session: Session, installed: Installed) -> ft.Control:
    """Draw the warning of an app that the browser may erase, and the way to the steps."""
    way = widgets.button("Installer l’application", partial(session.show, "settings"), ft.Icons.INSTALL_MOBILE)
    return widgets.stack(widgets.notice(installed.warning, "bad"), widgets.buttons(way), spacing=theme.ROOM)


@ft.component
def Drafts(session: Session, sync: SyncStatus, timer: Timer) -> ft.Control:  # noqa: N802
    """Draw what was begun and waits to be finished; a presence under way is drawn above, as what it is."""
    waiting = sync.drafts - bool(timer.draft)
    name = f"{french.format_count(waiting, 'brouillon')} à terminer"
    way = widgets.button(name, partial(session.show_journal, "draft"), ft.Icons.EDIT_NOTE)
    return widgets.before(widgets.spaced(way) if waiting > 0 else None)


@ft.component
def Due(session: Session, follow_ups: FollowUps) -> ft.Control:  # noqa: N802
    """Draw what is to be done today and what services answered, then the way to what is followed, with how many
    wait to be asked about."""
    name = f"Suites ({follow_ups.due} à relancer)" if follow_ups.due else "Suites"
    way = widgets.button(name, partial(session.show, "follow_ups"), ft.Icons.FACT_CHECK)
    steps = [card.reminder for card in follow_ups.waiting if card.step_due]
    answers = [said for card in follow_ups.waiting for said in follow_ups.answers(card)]
    return widgets.stack(
        _told("À faire", steps, ft.Icons.EVENT) if steps else None,
        _told("Réponses des services", answers, ft.Icons.MARK_EMAIL_UNREAD) if answers else None,
        way,
        horizontal_alignment=ft.CrossAxisAlignment.STRETCH,
    )


def _told(title: str, lines: list[str], icon: ft.IconData) -> ft.Control:
    """Draw a few lines under a title, and how many more there are."""
    more = len(lines) - MOST_TOLD
    shown: list[ft.Control] = [
        widgets.row(ft.Icon(icon, color=theme.MAIN), widgets.filling(widgets.line(said)))
        for said in lines[:MOST_TOLD]
    ]
    rest = widgets.line(f"et {french.format_count(more, 'autre')} dans Suites", color=theme.MUTED)
    words = widgets.stack(widgets.heading(title, 2), shown, rest if more > 0 else None)
    return widgets.framed(words)


@ft.component
def SyncPanel(sync: SyncStatus, figures: Figures) -> ft.Control:  # noqa: N802
    """Draw what was done today, what waits and what went wrong, told as it is."""
    icon = ft.Icons.CLOUD_OFF if sync.error else ft.Icons.CLOUD_UPLOAD if sync.waiting else ft.Icons.CLOUD_DONE
    last = (
        f"Dernier envoi réussi : {sync.last_success}" if sync.last_success else "Aucun envoi réussi pour l’instant"
    )
    lines = widgets.stack(
        widgets.heading("Envoi", 2),
        widgets.line(figures.day, theme.LEAD) if figures.day else None,
        widgets.row(ft.Icon(icon, color=theme.MAIN), widgets.filling(widgets.line(sync.sentence, theme.LEAD))),
        _to_correct(sync.to_correct) if sync.to_correct else None,
        _unreadable(sync.unreadable) if sync.unreadable else None,
        widgets.notice(sync.full) if sync.full else None,
        widgets.notice(sync.error) if sync.error else None,
        widgets.line(last, color=theme.MUTED),
        _under_way(sync)
        if sync.running
        else widgets.buttons(widgets.button("Synchroniser", sync.run, ft.Icons.SYNC)),
        spacing=theme.ROOM,
    )
    return widgets.framed(lines)


def _to_correct(number: int) -> ft.Control:
    return widgets.notice(f"{french.format_count(number, 'saisie')} à corriger : ouvrez le journal.", "bad")


def _unreadable(number: int) -> ft.Control:
    plural = french.plural(number)
    said = f"{number} saisie{plural} de cette tablette illisible{plural} : rien n’est effacé"
    return widgets.notice(f"{said}. Prévenez l’administration.", "bad")


def _under_way(sync: SyncStatus) -> ft.Control:
    gone = f" {sync.settled} déjà parties" if sync.settled > 1 else ""
    return widgets.waiting(f"Envoi en cours…{gone}")
