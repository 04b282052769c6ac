"""The records themselves, for the coordinator: the list, one record, what the checks point at, the quarantine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse

from shared import choices, field_labels, territory, wire
from shared.models import KINDS
from sync_server import numbers
from sync_server.access.sessions import SignedIn
from sync_server.errors import ServerError
from sync_server.intake import quarantine
from sync_server.records import corrections, detail, quality, record_list, reviews
from sync_server.records.quality_checks import Scope
from sync_server.storage import database
from sync_server.web import drawing, showing
from sync_server.web.context import Context, Ctx, May, actor, readable_form, same_origin
from sync_server.web.filters.record_filters import AskedRecords
from sync_server.web.logs import watch
from sync_server.web.one_act import genuine_form
from sync_server.web.pages import show

router = APIRouter(prefix="/console", tags=["saisies"])
Who = Annotated[SignedIn, Depends(May("records"))]
FORM = [Depends(same_origin), Depends(genuine_form)]
Revision = Annotated[int, Form(ge=1, le=wire.LAST_REVISION)]


@router.get("/saisies")
def listing(
    request: Request, ctx: Ctx, who: Who, asked: AskedRecords, faites: int | None = None, laissees: int = 0
) -> Response:
    """Show the list, the latest received first, with what the checks say of each line."""
    page, codes, called = drawing.count(showing.list_records, ctx.source, asked.list_request(ctx))
    watch.note_read(request, ctx, who, len(page.rows))
    flags = {record_id: [quality.CHECKS[code] for code in found] for record_id, found in codes.items()}
    return show(
        request, ctx, who, "records.html", title="Saisies", page=page, asked=asked, flags=flags, called=called,
        kinds={code: field_labels.KIND_LABELS[code] for code in KINDS}, actions=_labels("action"),
        states=record_list.STATES,
        communes=territory.communes().values(), checks=quality.CHECKS, most=record_list.MOST_COUNTED,
        marked=faites, left=laissees,
    )  # fmt: skip


@router.get("/saisies/signalements")
def checks(request: Request, ctx: Ctx, who: Who, asked: AskedRecords) -> Response:
    """Show what looks wrong, check by check, with how many records and the way to them."""
    scope = asked.scope(ctx)
    counts = drawing.count(showing.count_flags, ctx.source, scope)
    found = [quality.Flag(quality.CHECKS[code], count) for code, count in counts.items()]
    return show(request, ctx, who, "quality.html", title="Signalements", flags=found, scope=scope)


@router.get("/a-revoir")
def waiting(request: Request, ctx: Ctx, who: Who) -> Response:
    """Show what arrived and was not taken, with the reasons, or both versions side by side."""
    with database.reading(ctx.engine) as connection:
        found = quarantine.waiting(connection, ctx.settings.territory)
    watch.note_read(request, ctx, who, len(found))
    return show(request, ctx, who, "quarantine.html", title="Saisies en attente", waiting=found)


@router.post("/saisies/etat", dependencies=[*FORM, Depends(readable_form)])
def give_to_many(
    ctx: Ctx,
    who: Who,
    asked: AskedRecords,
    etat: Annotated[str, Form(alias="nouvel_etat")],
    choisies: Annotated[list[str] | None, Form()] = None,
) -> Response:
    """Give one word on many records at once; those that changed since the list was shown are left, and counted."""
    seen = [_seen(one) for one in (choisies or [])]
    given = _give(ctx, who, etat, "", seen)
    return RedirectResponse(asked.address(faites=len(given), laissees=len(seen) - len(given)), 303)


@router.get("/saisies/{record_id}")
def one(request: Request, ctx: Ctx, who: Who, record_id: str, fait: str = "") -> Response:
    """Show one record, whole."""
    return record_page(request, ctx, who, record_id, done=fait)


@router.post("/saisies/{record_id}/etat", dependencies=FORM)
def give(
    request: Request,
    ctx: Ctx,
    who: Who,
    record_id: str,
    revision: Revision,
    etat: Annotated[str, Form(alias="nouvel_etat")],
    note: Annotated[str, Form(max_length=20_000)] = "",
) -> Response:
    """Give one word on one record, of the revision that was read."""
    if fault := reviews.faulty(note):
        return record_page(request, ctx, who, record_id, note=note, fault=fault)
    given = _give(ctx, who, etat, note.strip(), [(record_id, revision)])
    return RedirectResponse(f"/console/saisies/{record_id}?fait={'relue' if given else 'changee'}", 303)


DONE_MESSAGES = {
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
    """Return the page of a record; `fault` and `reasons` say why an act was not done."""
    land = ctx.settings.territory
    with database.reading(ctx.engine) as connection:
        record = detail.read_detail(connection, land, record_id)
        if record is None:
            raise ServerError("unknown_record")
        called = record_list.names(connection, land)
        day = record.day or ctx.today
        flags = quality.flag_records(connection, Scope(land, ctx.today, day, day, [record_id])).get(record_id, [])
        content = {
            "fields": [] if record.deleted else detail.list_fields(record, called),
            "history": detail.history(connection, land, record, called),
            "after": detail.follow_ups(connection, land, record, called),
            "subject": detail.subject(connection, land, record),
            "problems": corrections.problems(connection, land, record, ctx.today),
        }
    watch.note_read(request, ctx, who, 1)
    return show(
        request, ctx, who, "record.html", title=record.label, record=record, flags=flags, **content,
        team=called.teams.get(record.team, record.team), states=record_list.STATES,
        done=DONE_MESSAGES.get(done, ""),
        note=record.note if note is None else note, fault=fault or FAULTS.get(done, ""), reasons=reasons,
        status=422 if fault else 200,
    )  # fmt: skip


def _give(ctx: Context, who: SignedIn, state: str, note: str, seen: Sequence[tuple[str, int]]) -> list[str]:
    if state not in reviews.ACTS:
        raise ServerError("malformed")
    with database.writing(ctx.engine) as connection:
        return reviews.give(connection, actor(ctx, who), reviews.Word(state, note), seen)


def _seen(text: str) -> tuple[str, int]:
    """Return a ticked line: the record and the revision that was on the page."""
    record_id, _, told = text.partition(":")
    revision = numbers.whole(told, most=9_999_999)
    if revision is None:
        raise ServerError("malformed")
    return record_id, revision


def _labels(name: str) -> dict[str, str]:
    return {code: choice.label for code, choice in choices.load(name).by_code.items()}
