"""Correcting, deleting and bringing back a record. What is typed travels in the body, never in an address."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse

from shared.merge import PARTS
from shared.problems_fr import Problem
from sync_server.access.sessions import SignedIn
from sync_server.errors import ServerError
from sync_server.records import correction_form, corrections, detail, record_list
from sync_server.records.corrections import OVERTAKEN, REFUSED, SAVED, Result
from sync_server.records.detail import RecordDetail
from sync_server.records.record_list import Names
from sync_server.storage import database
from sync_server.web.context import Context, Ctx, May, actor
from sync_server.web.logs import watch
from sync_server.web.pages import show
from sync_server.web.routes.records import FORM, Revision, record_page

router = APIRouter(prefix="/console/saisies/{record_id}", tags=["saisies"])
Who = Annotated[SignedIn, Depends(May("records"))]
CHANGED = "Cette saisie a changé pendant votre correction. Rien n’est perdu, rien n’est encore enregistré."


async def sent(request: Request) -> dict[str, str]:
    """Return the fields of the form as they came: which ones there are depends on the record."""
    return {name: value for name, value in (await request.form()).items() if isinstance(value, str)}


Sent = Annotated[dict[str, str], Depends(sent)]


@router.get("/corriger")
def form(request: Request, ctx: Ctx, who: Who, record_id: str) -> Response:
    """Show the form, filled with what stands."""
    record, called = _read_record(ctx, record_id)
    if record.deleted:
        return RedirectResponse(f"/console/saisies/{record_id}", 303)
    return _form(request, ctx, who, record, called, record.fields)


@router.post("/corriger", dependencies=FORM)
def correct(request: Request, ctx: Ctx, who: Who, record_id: str, base: Revision, sent: Sent) -> Response:
    """Take the correction, or show the form again with all that was typed: refused, overtaken, or with one part
    more or less."""
    record, called = _read_record(ctx, record_id)
    fields = correction_form.read_form(record.kind, sent, _read_base_fields(ctx, record, base))
    if "ajouter" in sent or "retirer" in sent:
        fields, focus = _reshaped(ctx, fields, sent)
        return _form(request, ctx, who, record, called, fields, base=base, focus=focus)
    result = corrections.correct(ctx.engine, actor(ctx, who), record_id, base, fields, validate="valider" in sent)
    if result.status in (REFUSED, OVERTAKEN):
        if result.status == OVERTAKEN:
            record, called = _read_record(ctx, record_id)
        return _form(request, ctx, who, record, called, result.fields, result=result, typed=fields)
    done = "corrigee" if result.status == SAVED else "identique"
    return RedirectResponse(f"/console/saisies/{record_id}?fait={done}", 303)


@router.get("/supprimer")
def confirm(request: Request, ctx: Ctx, who: Who, record_id: str) -> Response:
    """Ask before it deletes."""
    record, called = _read_record(ctx, record_id)
    if record.deleted:
        return RedirectResponse(f"/console/saisies/{record_id}", 303)
    watch.note_read(request, ctx, who, 1)
    shown = detail.list_fields(record, called)
    return show(request, ctx, who, "record_delete.html", title="Supprimer une saisie", record=record, fields=shown)


@router.post("/supprimer", dependencies=FORM)
def remove(request: Request, ctx: Ctx, who: Who, record_id: str, base: Revision) -> Response:
    """Delete the record: the history stays, and a past revision can stand again."""
    return _answer(
        request, ctx, who, record_id, corrections.remove(ctx.engine, actor(ctx, who), record_id, base), "supprimee"
    )


@router.post("/retablir", dependencies=FORM)
def bring_back(
    request: Request,
    ctx: Ctx,
    who: Who,
    record_id: str,
    base: Revision,
    revision: Revision,
) -> Response:
    """Make a past revision stand again."""
    result = corrections.bring_back(ctx.engine, actor(ctx, who), record_id, base, revision)
    return _answer(request, ctx, who, record_id, result, "retablie")


def _answer(request: Request, ctx: Context, who: SignedIn, record_id: str, result: Result, done: str) -> Response:
    if result.status == REFUSED:
        reasons = [p.message for p in result.problems if not p.warning]
        fault = "Cette version ne passe plus les règles : corrigez la saisie à la place."
        return record_page(request, ctx, who, record_id, fault=fault, reasons=reasons)
    if result.status == corrections.GONE:
        raise ServerError("unknown_record")
    after = {OVERTAKEN: "changee", corrections.UNCHANGED: "identique"}.get(result.status, done)
    return RedirectResponse(f"/console/saisies/{record_id}?fait={after}", 303)


def _form(
    request: Request,
    ctx: Context,
    who: SignedIn,
    record: RecordDetail,
    called: Names,
    fields: Mapping[str, Any],
    base: int | None = None,
    focus: str = "",
    result: Result | None = None,
    typed: Mapping[str, Any] | None = None,
) -> Response:
    overtaken = result is not None and result.status == OVERTAKEN
    problems: list[Problem] = list(result.problems) if result else []
    beside = []
    if overtaken and not record.deleted and typed is not None:
        beside = detail.compare_fields(record.kind, record.fields, _readable(typed), called)
    watch.note_read(request, ctx, who, 1)
    drawn = correction_form.build_form(record.kind, fields, problems, called.services, ctx.today)
    response = show(
        request, ctx, who, "record_form.html", title="Corriger une saisie", record=record, form=drawn,
        base=record.revision if base is None else base, focus=focus, beside=beside,
        overtaken=CHANGED if overtaken else "", clashes=result.clashes if result else (),
    )  # fmt: skip
    response.status_code = 422 if result and not overtaken else 409 if overtaken else 200
    return response


def _readable(typed: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out the parts that are not filled in enough to be named."""
    needed = {"needs": "theme", "obstacles": "kind", "rights": "right", "referrals": "service",
              "ages": "people", "genders": "people"}  # fmt: skip
    return {
        name: [p for p in value if needed[name] in p and PARTS[name] in p] if name in needed else value
        for name, value in typed.items()
    }


def _reshaped(ctx: Context, fields: dict[str, Any], sent: Mapping[str, str]) -> tuple[dict[str, Any], str]:
    """Return the fields with one part more or less, and the name of what the cursor goes to."""
    if (name := sent.get("ajouter", "")) in PARTS:
        return correction_form.with_one_more(fields, name, ctx.today), f"{name}.{len(fields.get(name, ()))}"
    part = sent.get("retirer", "")
    return correction_form.without(fields, part), part.partition(".")[0]


def _read_base_fields(ctx: Context, record: RecordDetail, base: int) -> Mapping[str, Any]:
    """Read the fields of the revision the form was filled from."""
    if record.revision == base and not record.deleted:
        return record.fields
    with database.reading(ctx.engine) as connection:
        return detail.revision_fields(connection, ctx.settings.territory, record.id, base) or record.fields


def _read_record(ctx: Context, record_id: str) -> tuple[RecordDetail, Names]:
    with database.reading(ctx.engine) as connection:
        record = detail.read_detail(connection, ctx.settings.territory, record_id)
        if record is None:
            raise ServerError("unknown_record")
        return record, record_list.names(connection, ctx.settings.territory)
