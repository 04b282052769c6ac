"""The codes the coordinator adds to the choice lists. Each counts under a national code; it is retired, never
deleted; its label may change, its code never. Tablets pull each as a record of kind `choice`."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import Connection, insert, update

from shared import choices
from shared.choices import Choice
from shared.search_text import plain
from sync_server.intake import publishing
from sync_server.storage import audit_log, database
from sync_server.storage.audit_log import Act, Actor
from sync_server.storage.local_codes import LOCAL, adopt, list_codes

EXTENSIBLE_LISTS = (
    "theme", "obstacle", "right", "place_type", "contact_mode", "session_type", "partner_type", "partner_purpose",
)  # fmt: skip
"""The lists that may have local codes. The others steer rules and indicators: ours would mean nothing there."""
MOST_CHOICES = 200
SLUG = 28
"""Longest slug of a label: with its prefix it fits the narrowest column of a code, 40 characters."""


class ChoiceError(ValueError):
    """Why a code cannot be added: the field, and a French sentence."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


def add(connection: Connection, actor: Actor, name: str, label: str, national: str) -> str:
    """Add a code, made from its label, and return it. Raises ChoiceError."""
    database.lock_territory(connection, actor.territory)
    held = list_codes(connection, actor.territory)
    choices.adopt(held)
    label = " ".join(label.split())
    _check(name, label, national, len(held))
    known = choices.load(name)
    code = _free_code(known, label, known[national].group if name == "theme" else None)
    order = max(c.order for c in known.by_code.values()) + 10
    values = {"list_name": name, "code": code, "label": label, "order": order, "national": national}
    connection.execute(insert(LOCAL).values(territory=actor.territory, **values, retired_on=None))
    _publish(connection, actor, name, Choice(code, label, order, None, national))
    _note(connection, actor, "Choix local ajouté", f"{known.label} : {label}", None, values)
    return code


def _check(name: str, label: str, national: str, count: int) -> None:
    if name not in EXTENSIBLE_LISTS:
        raise ChoiceError("list", "Liste : choisissez une liste")
    _check_label(name, label)
    known = choices.load(name)
    if national not in known or known[national].national is not None:
        raise ChoiceError("national", "Compté avec : choisissez un code national de la même liste")
    if count >= MOST_CHOICES:
        raise ChoiceError("label", f"Libellé : il y a déjà {MOST_CHOICES} choix locaux, c’est le plus possible")


def _check_label(name: str, label: str, code: str = "") -> None:
    """Require a label that can be read and is that of no other code. Raises ChoiceError."""
    if not label or len(label) > 100 or "\x00" in label:
        raise ChoiceError("label", "Libellé : écrivez-le, en 100 caractères au plus")
    others = [c for c in choices.load(name).by_code.values() if c.code != code]
    if any(plain(c.label) == plain(label) for c in others):
        raise ChoiceError("label", "Libellé : la liste a déjà ce choix ; écrivez-en un autre")


def _find_held(connection: Connection, actor: Actor, name: str, code: str) -> Choice | None:
    return next((c for of, c in list_codes(connection, actor.territory) if (of, c.code) == (name, code)), None)


def _key(actor: Actor, name: str, code: str) -> Any:
    return (LOCAL.c.territory == actor.territory) & (LOCAL.c.list_name == name) & (LOCAL.c.code == code)


def rename(connection: Connection, actor: Actor, name: str, code: str, seen: str, label: str) -> bool:
    """Give the code another label, which the records keep; False where there is no such code. Raises
    ChoiceError, also where somebody changed the label since it was `seen`."""
    database.lock_territory(connection, actor.territory)
    found = _find_held(connection, actor, name, code)
    if found is None:
        return False
    adopt(connection, actor.territory)
    label = " ".join(label.split())
    if found.label != seen:
        raise ChoiceError("label", f"Libellé : il a été changé entre-temps en « {found.label} » ; recommencez")
    _check_label(name, label, code)
    if label == found.label:
        return True
    connection.execute(update(LOCAL).where(_key(actor, name, code)).values(label=label))
    _publish(connection, actor, name, replace(found, label=label))
    subject = f"{choices.load(name).label} : {label}"
    _note(connection, actor, "Choix local renommé", subject, {"label": found.label}, {"label": label})
    return True


def retire(connection: Connection, actor: Actor, name: str, code: str, retired_on: date | None) -> bool:
    """Retire a code, proposed no more from that day on, or propose it again (None); False where there is no such
    code."""
    database.lock_territory(connection, actor.territory)
    found = _find_held(connection, actor, name, code)
    if found is None:
        return False
    connection.execute(update(LOCAL).where(_key(actor, name, code)).values(retired_on=retired_on))
    _publish(connection, actor, name, replace(found, retired_on=retired_on))
    before, after = ({"retired_on": day and str(day)} for day in (found.retired_on, retired_on))
    act = "Choix local retiré" if retired_on else "Choix local remis"
    _note(connection, actor, act, f"{choices.load(name).label} : {found.label}", before, after)
    return True


def _publish(connection: Connection, actor: Actor, name: str, choice: Choice) -> None:
    body = {"list": name, "code": choice.code, "label": choice.label, "order": choice.order}
    body |= {"national": choice.national}
    if choice.retired_on is not None:
        body |= {"retired_on": str(choice.retired_on)}
    record_id = f"choice-{name.replace('_', '-')}-{choice.code}"
    publishing.publish(connection, actor.territory, "choice", {record_id: body}, actor.today)
    adopt(connection, actor.territory)


def _free_code(known: choices.ChoiceList, label: str, group: str | None) -> str:
    slug = "-".join("".join(c if c.isascii() else " " for c in plain(label)).split())[:SLUG].strip("-") or "choix"
    first = f"{group}--local-{slug}" if group else f"local-{slug}"
    return next(
        code for code in (first, *(f"{first}-{n}" for n in range(2, MOST_CHOICES + 3))) if code not in known
    )


def _note(connection: Connection, actor: Actor, act: str, subject: str, before: Any, after: Any) -> None:
    audit_log.note(connection, actor, Act(act, subject), before, after)
