"""The records themselves, for the coordinator: the list, one record, what the checks point at, the quarantine."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from shared import choices, labels, territory
from shared.models import KINDS
from sync_server import corrections, database, quality, quarantine, record_pages, records, reviews
from sync_server.context import Context, Coordinator, Ctx, genuine_form, same_origin
from sync_server.errors import ServerError
from sync_server.quality_checks import Scope
from sync_server.records import Filters
from sync_server.routes.console import show

router = APIRouter(prefix="/console", tags=["saisies"])
FORM = [Depends(same_origin), Depends(genuine_form)]
LOOKED_AT = 365
"""Days the checks look back where the address names no period."""


class Asked:
    """The filters of the address: codes and days only, never a record's content."""

    def __init__(
        self,
        du: str = Query(default="", max_length=10),
        au: str = Query(default="", max_length=10),
        equipe: str = Query(default="", max_length=40),
        sorte: str = Query(default="", alias="type", max_length=40),
        action: str = Query(default="", max_length=20),
        commune: str = Query(default="", max_length=5),
        etat: str = Query(default="", max_length=20),
        signalement: str = Query(default="", max_length=40),
        apres: int | None = None,
    ) -> None:
        try:
            first, last = (date.fromisoformat(day) if day else None for day in (du, au))
        except ValueError:
            raise ServerError("bad_period") from None
        if first and last and first > last:
            raise ServerError("bad_period")
        self.filters = Filters(first, last, equipe, sorte, action, commune, etat)
        self.flag = signalement if signalement in quality.CHECKS else ""
        self.after = apres
        given = {"du": du, "au": au, "equipe": equipe, "type": sorte, "action": action, "commune": commune,
                 "etat": etat, "signalement": self.flag}  # fmt: skip
        self.given = {name: value for name, value in given.items() if value}

    def scope(self, ctx: Context) -> Scope:
        """What the checks look at: the period of the filters, or the last year."""
        last = self.filters.last or ctx.today
        return Scope(ctx.settings.territory, ctx.today, self.filters.first or last - timedelta(LOOKED_AT), last)

    def address(self, path: str = "/console/saisies", **more: Any) -> str:
        """The list with these filters, or what is asked of it."""
        query = urlencode(self.given | more)
        return f"{path}?{query}" if query else path


Wanted = Annotated[Asked, Depends()]


@router.get("/saisies")
def listing(
    request: Request, ctx: Ctx, who: Coordinator, asked: Wanted, faites: int | None = None, laissees: int = 0
) -> Response:
    """The list, the latest received first, with what the checks say of each line."""
    land = ctx.settings.territory
    with database.reading(ctx.engine) as connection:
        only = quality.pointed_at(connection, asked.scope(ctx), asked.flag) if asked.flag else None
        page = records.listing(connection, land, asked.filters, only, asked.after)
        days = [row.day for row in page.rows if row.day] or [ctx.today]
        scope = Scope(land, ctx.today, min(days), max(days), [row.id for row in page.rows])
        flags = quality.of(connection, scope) if page.rows else {}
        teams = records.names(connection, land).teams
    return show(
        request, ctx, who, "records.html", title="Saisies", page=page, asked=asked, flags=flags, teams=teams,
        kinds={code: labels.KINDS[code] for code in KINDS}, actions=_labels("action"), states=records.STATES,
        communes=territory.communes().values(), checks=quality.CHECKS, most=records.MOST_COUNTED,
        marked=faites, left=laissees,
    )  # fmt: skip


@router.get("/saisies/signalements")
def checks(request: Request, ctx: Ctx, who: Coordinator, asked: Wanted) -> Response:
    """What looks wrong, check by check, with how many records and the way to them."""
    scope = asked.scope(ctx)
    with database.reading(ctx.engine) as connection:
        found = quality.flags(connection, scope)
    return show(request, ctx, who, "quality.html", title="Signalements", flags=found, scope=scope)


@router.get("/a-revoir")
def waiting(request: Request, ctx: Ctx, who: Coordinator) -> Response:
    """What arrived and was not taken, with the reasons, or both versions side by side."""
    with database.reading(ctx.engine) as connection:
        found = quarantine.waiting(connection, ctx.settings.territory)
    return show(request, ctx, who, "quarantine.html", title="Saisies en attente", waiting=found)


@router.post("/saisies/etat", dependencies=FORM)
def give_to_many(
    ctx: Ctx,
    who: Coordinator,
    asked: Wanted,
    etat: Annotated[str, Form(alias="nouvel_etat")],
    choisies: Annotated[list[str] | None, Form()] = None,
) -> Response:
    """One word on many at once; those that changed since the list was shown are left, and counted."""
    seen = [_seen(one) for one in (choisies or [])]
    given = _give(ctx, who.login, etat, "", seen)
    return RedirectResponse(asked.address(faites=len(given), laissees=len(seen) - len(given)), 303)


@router.get("/saisies/{record_id}")
def one(request: Request, ctx: Ctx, who: Coordinator, record_id: str, fait: str = "") -> Response:
    """One record, whole."""
    return record_page(request, ctx, who, record_id, done=fait)


@router.post("/saisies/{record_id}/etat", dependencies=FORM)
def give(
    request: Request,
    ctx: Ctx,
    who: Coordinator,
    record_id: str,
    revision: Annotated[int, Form()],
    etat: Annotated[str, Form(alias="nouvel_etat")],
    note: Annotated[str, Form(max_length=20_000)] = "",
) -> Response:
    """One word on one record, of the revision that was read."""
    if fault := reviews.faulty(note):
        return record_page(request, ctx, who, record_id, note=note, fault=fault)
    given = _give(ctx, who.login, etat, note.strip(), [(record_id, revision)])
    return RedirectResponse(f"/console/saisies/{record_id}?fait={'relue' if given else 'changee'}", 303)


DONE = {
    "relue": "C’est noté : l’état de relecture a changé.",
    "corrigee": "La correction est enregistrée : les tablettes la recevront à leur prochaine synchronisation.",
    "identique": "Rien n’a changé : la saisie est déjà ainsi.",
    "supprimee": "La saisie est supprimée : elle ne compte plus. Une version de l’historique peut être rétablie.",
    "retablie": "La version est rétablie, comme une nouvelle révision.",
}
"""What the page says after an act."""
FAULTS = {"changee": "La saisie a changé entre-temps : rien n’a été fait. Relisez-la, puis recommencez."}


def record_page(
    request: Request,
    ctx: Context,
    who: Any,
    record_id: str,
    done: str = "",
    note: str | None = None,
    fault: str = "",
    reasons: Sequence[str] = (),
) -> Response:
    """The page of a record; `fault` and `reasons` say why an act was not done."""
    land = ctx.settings.territory
    with database.reading(ctx.engine) as connection:
        record = record_pages.held(connection, land, record_id)
        if record is None:
            raise ServerError("unknown_record")
        called = records.names(connection, land)
        day = record.day or ctx.today
        flags = quality.of(connection, Scope(land, ctx.today, day, day, [record_id])).get(record_id, [])
        content = {
            "fields": [] if record.deleted else record_pages.shown(record, called),
            "history": record_pages.history(connection, land, record, called),
            "after": record_pages.follow_ups(connection, land, record, called),
            "subject": record_pages.subject(connection, land, record),
            "problems": corrections.problems(connection, land, record, ctx.today),
        }
    response = show(
        request, ctx, who, "record.html", title=record.label, record=record, flags=flags, **content,
        team=called.teams.get(record.team, record.team), states=records.STATES, done=DONE.get(done, ""),
        note=record.note if note is None else note, fault=fault or FAULTS.get(done, ""), reasons=reasons,
    )  # fmt: skip
    response.status_code = 422 if fault else 200
    return response


def _give(ctx: Context, login: str, state: str, note: str, seen: Sequence[tuple[str, int]]) -> list[str]:
    if state not in reviews.ACTS:
        raise ServerError("malformed")
    with database.writing(ctx.engine) as connection:
        return reviews.give(connection, ctx.settings.territory, reviews.Word(login, ctx.today, state, note), seen)


def _seen(text: str) -> tuple[str, int]:
    """A ticked line: the record and the revision that was on the page."""
    record_id, _, revision = text.partition(":")
    if not revision.isdecimal() or len(revision) > 7:
        raise ServerError("malformed")
    return record_id, int(revision)


def _labels(name: str) -> dict[str, str]:
    return {code: choice.label for code, choice in choices.load(name).by_code.items()}
