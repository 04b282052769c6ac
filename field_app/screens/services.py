"""The directory: search, filters, the nearest services first; then one service, how to reach it, what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial

import flet as ft

from field_app import theme, widgets
from field_app.directory import Entry, Filters
from field_app.state import services as states
from field_app.state.services import Services
from field_app.state.session import Session
from field_app.widgets import emergency
from field_app.widgets.commune_box import CommuneBox
from field_app.widgets.nothing import nothing
from field_app.widgets.text_box import search_box
from shared import choices, hours, territory
from shared.french import begin_large, format_count
from shared.models import ServiceFields

ALL = "tous"
NOTHING = "Aucun service trouvé : enlevez un mot ou un filtre."


@ft.component
def ServicesScreen(session: Session, services: Services) -> ft.Control:  # noqa: N802  # written as it is used
    """Draw the list, or the service that was tapped."""
    entry = services.entry
    if entry is not None:
        return _one(session, services, entry)
    shown = services.entries[: services.most]
    left = len(services.entries) - len(shown)
    rows = [_row(services, entry) for entry in shown]
    if left:
        rows.append(widgets.button(f"Afficher la suite ({left})", services.more, ft.Icons.EXPAND_MORE))
    return widgets.page_of(
        emergency.bar("Annuaire", session.go_home),
        Asked(services),
        widgets.notice(services.said) if services.said else None,
        widgets.line(_count(services), color=theme.MUTED) if shown else _nothing(services),
        rows=rows,
    )


def _nothing(services: Services) -> ft.Control:
    """Say why no service is found, with the way to all of them."""
    every = partial(services.look_for, Filters(), False)
    return nothing("annuaire", _count(services), "Tout afficher", every, ft.Icons.MENU_BOOK)


def _count(services: Services) -> str:
    """Return how many there are, in what order; what « ouvert maintenant » cannot tell."""
    found, unknown, untold = len(services.entries), services.without_hours, services.without_languages
    nearest = ", du plus proche au plus loin" if found > 1 else ""
    order = nearest if services.commune else ", choisissez votre commune pour les distances"
    left_out = [
        f"Horaires inconnus pour {format_count(unknown, 'autre')} : pour tout voir, ôtez « Ouvert maintenant »."
    ]
    if not found:
        said = "Aucun service ouvert en ce moment, à notre connaissance." if unknown else NOTHING
    else:
        said = f"{format_count(found, 'service')}{order}."
    not_told = [f"Langues inconnues pour {format_count(untold, 'autre')} : pour tout voir, ôtez la langue."]
    return " ".join([said, *(left_out if unknown else []), *(not_told if untold else [])])


@ft.component
def Asked(services: Services) -> ft.Control:  # noqa: N802
    """Draw what is looked for: words at once, the rest one tap away so that the services stay on the screen."""
    opened, set_opened = ft.use_state(False)

    def look_for(words: str) -> None:
        services.look_for(replace(services.filters, words=words), services.open_now)

    box = search_box("Rechercher un service", services.filters.words, look_for)
    here = territory.communes().get(services.commune)
    filters = services.filters
    chosen = sum(map(bool, (filters.group, filters.theme, filters.public, filters.language)))
    label = (f"Filtres ({chosen})" if chosen else "Filtres") + (f" · depuis {here.name}" if here else "")
    chips = [
        widgets.chip(label, opened, lambda: set_opened(not opened)),
        widgets.chip(
            "Ouvert maintenant",
            services.open_now,
            partial(services.look_for, services.filters, not services.open_now),
        ),
    ]
    return widgets.stack(
        box,
        widgets.chips(chips, "Filtrer les services"),
        _position(services) if opened and services.may_locate else None,
        _filters(services) if opened else None,
        horizontal_alignment=ft.CrossAxisAlignment.STRETCH,
    )


def _position(services: Services) -> ft.Control:
    return widgets.buttons(widgets.button("Ma commune", services.locate, ft.Icons.MY_LOCATION))


def _filters(services: Services) -> ft.Control:
    filters, themes = services.filters, choices.load("theme").by_code.values()

    def look(**changed: str) -> None:
        services.look_for(replace(filters, **changed), services.open_now)

    in_group = [(t.code, t.plain) for t in themes if not filters.group or t.group == filters.group]
    return widgets.grid(
        ft.Container(
            CommuneBox("Commune où je suis", services.put_commune, services.commune, width=None),
            col={"xs": 12, "sm": 6},
        ),
        _list("Famille de besoins", _all("theme_group"), filters.group, lambda v: look(group=v)),
        _list("Besoin", [(ALL, "Tous"), *in_group], filters.theme, lambda v: look(theme=v)),
        _list("Public", _all("public"), filters.public, lambda v: look(public=v)),
        _list("Langue parlée", _spoken(services), filters.language, lambda v: look(language=v))
        if services.languages
        else None,
    )


def _all(name: str) -> list[tuple[str, str]]:
    return [(ALL, "Tous"), *((c.code, c.label) for c in choices.load(name).by_code.values())]


def _spoken(services: Services) -> list[tuple[str, str]]:
    return [(ALL, "Toutes"), *((c.code, c.label) for c in services.languages)]


def _list(label: str, options: Iterable[tuple[str, str]], value: str, choose: Callable[[str], None]) -> ft.Control:
    def pick(e: ft.Event[ft.Dropdown]) -> None:
        choose("" if e.control.value in (None, ALL) else e.control.value)

    shown = ft.Dropdown(
        label=label,
        value=value or None,
        options=[ft.DropdownOption(key=code, text=text) for code, text in options],
        menu_height=320,
        border=theme.FIELD,
        trailing_icon=ft.Icon(
            ft.Icons.ARROW_DROP_DOWN, size=theme.BIG_ICON, semantics_label=f"Ouvrir la liste : {label}"
        ),
        selected_trailing_icon=ft.Icon(
            ft.Icons.ARROW_DROP_UP, size=theme.BIG_ICON, semantics_label=f"Fermer la liste : {label}"
        ),
        expand=True,
        on_select=widgets.typed(pick),
    )
    return ft.Semantics(container=True, label=label, content=shown, col={"xs": 12, "sm": 6})


def _row(services: Services, entry: Entry) -> ft.Control:
    """Draw a service of the list: the whole of it is said, the button opens it."""
    open_button = widgets.button(f"Voir {entry.service.name}", partial(services.show, entry.id))
    lines = widgets.stack(
        facts(entry, services.state_of(entry.service)), widgets.row(open_button, wrap=True), spacing=theme.TIGHT
    )
    return widgets.framed(lines, entry.id)


def facts(entry: Entry, state: hours.State) -> list[ft.Control]:
    """Draw which service it is, where, whether it is open now, what is spoken there, and when somebody checked
    that."""
    service = entry.service
    where = " · ".join(part for part in (states.distance(entry), states.place(service)) if part)
    spoken = states.spoken(service)
    return [
        widgets.written(service.name, size=theme.LEAD, weight=ft.FontWeight.W_600),
        widgets.written(where, size=theme.FINE),
        widgets.written(state.sentence, size=theme.FINE, color=_colour(state.kind)),
        *([widgets.written(spoken, size=theme.FINE)] if spoken else []),
        widgets.written(states.verified(service), size=theme.FINE, color=theme.MUTED),
    ]


def _colour(kind: str) -> str:
    return theme.MAIN if kind == "open" else theme.MUTED


def _one(session: Session, services: Services, entry: Entry) -> ft.Control:
    service = entry.service
    refer = widgets.button("Orienter ici", partial(session.new, "encounter", entry.id), ft.Icons.PERSON_ADD_ALT_1)
    problems = choices.load("service_problem").by_code.values()
    shown = widgets.page_of(
        emergency.bar(service.name, services.show, "Retour à la liste"),
        widgets.framed(
            widgets.stack(facts(entry, services.state_of(service)), details(service), spacing=theme.TIGHT),
            entry.id,
        ),
        widgets.row(refer, links(service), wrap=True),
        widgets.group(
            "Signaler une erreur",
            widgets.row(
                [widgets.button(p.label, partial(services.report, p.code)) for p in problems],
                wrap=True,
            ),
            # Below what was tapped, which does not move.
            _reported(services) if services.notice else None,
            widgets.notice(services.problem, "bad") if services.problem else None,
        ),
    )
    shown.key = entry.id  # a screen of its own: it begins at its top, wherever the list was scrolled to
    return shown


def _reported(services: Services) -> ft.Control:
    """Say what was reported, with the way back: a button beside another is soon touched."""
    said = widgets.notice(services.notice, "good")
    undo = widgets.button("Annuler", services.take_back, ft.Icons.UNDO)
    return widgets.stack(
        said,
        widgets.buttons(undo) if services.last is not None else None,
        horizontal_alignment=ft.CrossAxisAlignment.STRETCH,
    )


def details(service: ServiceFields) -> list[ft.Control]:
    """Draw what it does, for whom, when, and how a person gets in."""
    themes = ", ".join(choices.load("theme").plain_of(code) for code in service.themes)
    publics = ", ".join(choices.load("public").label_of(code) for code in service.publics)
    opening = hours.described(service.opening_hours) if service.opening_hours else []
    presented = service.presentation or ""
    lines = [
        begin_large(presented),  # « centre social » in the directory, a sentence here
        f"Besoins : {themes}" if themes else "",
        f"Publics : {publics}" if publics else "",
    ]
    lines += [*opening, f"Téléphone : {service.phone}" if service.phone else "Téléphone inconnu"]
    lines += states.ways_in(service)
    return [widgets.written(line) for line in lines if line]


def links(service: ServiceFields) -> list[ft.Control]:
    """Draw the buttons that call it and show the way."""
    numbers = states.calls(service)
    links = (
        *(
            (f"Appeler le {n}" if len(numbers) > 1 else "Appeler", ft.Icons.CALL, url)
            for n, url in numbers.items()
        ),
        ("Itinéraire", ft.Icons.DIRECTIONS, states.route(service, ft.context.page.platform)),
    )
    return [
        ft.OutlinedButton(text, icon=icon, url=ft.Url(url, target=ft.UrlTarget.BLANK), style=theme.BUTTON)
        for text, icon, url in links
        if url
    ]
