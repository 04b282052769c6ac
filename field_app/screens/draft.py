"""The form of an encounter or a presence: one scrolling screen of big chips, « Enregistrer » always in reach."""

from __future__ import annotations

from functools import partial

import flet as ft

from field_app import theme, widgets
from field_app.screens import parts
from field_app.state.drafts import Draft
from field_app.state.session import Session
from shared import choices, labels, territory

USUAL = ("90052", "90033", "90010", "90099", "90053")
"""Giromagny, Delle, Belfort, Valdoie, Grandvillars: where the teams work and where France Services are."""
PROFILE = ("household", "activity", "rsa", "already_followed", "contact_mode", "duration_band")
MINUTES = (30, 60, 90, 120, 180, 240)
TITLES = {"encounter": "Nouvelle rencontre", "presence": "Présence"}
DAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")


@ft.component
def DraftScreen(session: Session, draft: Draft) -> ft.Control:  # noqa: N802  # a component is written as it is used
    """The whole form."""
    lines: list[ft.Control] = [
        widgets.top_bar(TITLES[draft.kind] if draft.is_new else "Modifier la saisie", session.go_home)
    ]
    lines += [widgets.notice(reason, "bad") for reason in draft.reasons]
    lines += [widgets.notice(p.message) for p in draft.problems if p.warning]
    lines += [_where(draft), Place(draft), _when(draft)]
    lines += _encounter(draft) if draft.kind == "encounter" else _presence(draft)
    if draft.is_new:  # far from « Enregistrer »: a cold thumb must not throw away what it meant to keep
        lines.append(ft.Row([widgets.button("Abandonner", session.discard, ft.Icons.DELETE_OUTLINE)]))
    save = ft.Row([widgets.filling(widgets.button("Enregistrer", session.save, ft.Icons.CHECK, main=True))])
    return widgets.page_of(*lines, bottom=ft.Column([*_refused(draft), save], spacing=12))


def _refused(draft: Draft) -> list[ft.Control]:
    """Why it is not saved, beside the button that was tapped: the field itself may be far up the form, where the
    whole sentence stands. What has no field is said whole."""
    if not draft.refusals:
        return []
    said = dict.fromkeys(labels.of(p.field) if p.field else p.message for p in draft.refusals)
    return [widgets.notice(f"Pas encore enregistré. À revoir : {', '.join(said)}", "bad")]


def single(draft: Draft, name: str, *codes: str) -> ft.Control:
    """A field of one choice among a list, or among those codes of it; « inconnu » is no chip: nothing chosen."""
    found = choices.load(
        {"first_contact_year": "first_contact", "first_contact_ever": "first_contact"}.get(name, name)
    )
    shown = [found[c] for c in codes if c in found] if codes else found.on(draft.day)
    return widgets.group(
        labels.of(name),
        widgets.chips(
            (
                widgets.chip(c.label, draft.value(name) == c.code, partial(draft.choose, name, c.code))
                for c in shown
                if c.code != "inconnu"
            ),
            labels.of(name),
        ),
        problem=draft.refusal(name),
    )


def _where(draft: Draft) -> ft.Control:
    known = territory.communes()
    chosen = str(draft.fields.get("commune", ""))
    usual = [*([chosen] if chosen in known and chosen not in USUAL else []), *USUAL]

    async def pick(e: ft.Event[ft.Dropdown]) -> None:
        if e.control.value:
            await draft.put("commune", e.control.value)

    others = ft.Dropdown(
        label="Autre commune",
        value=chosen if chosen in known and chosen not in USUAL else None,
        options=[ft.DropdownOption(key=c.insee, text=c.name) for c in known.values()],
        enable_filter=True,
        editable=True,
        menu_height=320,
        trailing_icon=ft.Icon(ft.Icons.ARROW_DROP_DOWN, size=32, semantics_label="Ouvrir la liste des communes"),
        selected_trailing_icon=ft.Icon(
            ft.Icons.ARROW_DROP_UP, size=32, semantics_label="Fermer la liste des communes"
        ),
        width=320,
        on_select=pick,
    )
    return widgets.group(
        "Commune",
        widgets.chips(
            (widgets.chip(known[i].name, chosen == i, partial(draft.choose, "commune", i)) for i in usual),
            "Commune",
        ),
        ft.Semantics(container=True, label="Autre commune", content=others),
        problem=draft.refusal("commune"),
    )


@ft.component
def Place(draft: Draft) -> ft.Control:  # noqa: N802
    """The kinds of place: the most used, the others one tap away."""
    every, set_every = ft.use_state(False)
    found = list(choices.load("place_type").by_code)
    chosen = draft.fields.get("place_type")
    shown = found if every else found[:6] + ([chosen] if chosen and chosen not in found[:6] else [])
    more = [] if every else [widgets.button("Autres lieux", lambda: set_every(True), ft.Icons.ADD)]
    return ft.Column([single(draft, "place_type", *shown), *more], spacing=theme.GAP)


def _when(draft: Draft) -> ft.Control:
    day = draft.day
    stepper = ft.Row(
        [
            widgets.step(ft.Icons.CHEVRON_LEFT, "Jour précédent", partial(draft.move_day, -1)),
            widgets.line(f"{DAYS[day.weekday()]} {day:%d/%m/%Y}", 18),
            widgets.step(ft.Icons.CHEVRON_RIGHT, "Jour suivant", partial(draft.move_day, 1)),
        ],
        wrap=True,
    )
    when = widgets.group("Jour", stepper, problem=draft.refusal("day"))
    return ft.Column([when, single(draft, "slot")], spacing=20)


def _encounter(draft: Draft) -> list[ft.Control]:
    return [
        single(draft, "action"),
        single(draft, "age_band"),
        single(draft, "gender"),
        single(draft, "first_contact_year"),
        single(draft, "first_contact_ever"),
        parts.Needs(draft),
        parts.Referrals(draft),
        parts.Several(draft, "obstacles", "kind", "obstacle"),
        parts.Several(draft, "rights", "right", "right"),
        Profile(draft),
    ]


@ft.component
def Profile(draft: Draft) -> ft.Control:  # noqa: N802
    """What is useful only sometimes, closed until it is wanted."""
    opened, set_opened = ft.use_state(any(name in draft.fields for name in PROFILE))
    if not opened:
        return ft.Row([widgets.button("Compléter le profil", lambda: set_opened(True), ft.Icons.EXPAND_MORE)])
    done = widgets.chip(
        "Démarche faite avec la personne",
        draft.value("accompanied"),
        partial(draft.put, "accompanied", not draft.value("accompanied")),
    )
    return ft.Column(
        [*(single(draft, name) for name in PROFILE), widgets.chips([done], labels.of("accompanied"))], spacing=20
    )


def _presence(draft: Draft) -> list[ft.Control]:
    agents = [
        widgets.chip(str(n) if n > 1 else "Seul·e", draft.value("agents") == n, partial(draft.put, "agents", n))
        for n in range(1, 6)
    ]
    minutes = [
        widgets.chip(
            f"{m} min" if m < 60 else f"{m // 60} h {m % 60 or ''}".strip(),
            draft.value("minutes") == m,
            partial(draft.put, "minutes", m),
        )
        for m in MINUTES
    ]
    return [
        single(draft, "action"),
        widgets.group(
            "Durée sur place", widgets.chips(minutes, "Durée sur place"), problem=draft.refusal("minutes")
        ),
        widgets.group(
            "Nombre d’agents", widgets.chips(agents, "Nombre d’agents"), problem=draft.refusal("agents")
        ),
    ]
