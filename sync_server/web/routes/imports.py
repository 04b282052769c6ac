"""The import of a data·inclusion file: chosen, previewed, applied."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, File, Form, Request, Response, UploadFile
from fastapi.responses import RedirectResponse

from shared import field_labels
from sync_server.access import sessions
from sync_server.directory import import_merge, import_read, service_form
from sync_server.storage import database
from sync_server.web.context import Context, Ctx, May, actor, import_quota, same_origin
from sync_server.web.one_act import FormUse, genuine_form, use_form
from sync_server.web.pages import show

router = APIRouter(prefix="/console/annuaire/import", tags=["annuaire"])
Who = Annotated[sessions.SignedIn, Depends(May("directory"))]
FORM = [Depends(same_origin), Depends(genuine_form)]
NO_FILE = "Choisissez un fichier, puis recommencez."
GONE = "Cet aperçu n’existe plus : il a été appliqué ou remplacé par un autre. Choisissez le fichier de nouveau."
LINES_SHOWN = 200
"""The most lines of one table of the preview: beyond, they are counted."""


@router.get("")
def choose(request: Request, ctx: Ctx, who: Who) -> Response:
    """Show the form that asks for the file."""
    return _choose(request, ctx, who)


@router.post("", dependencies=[*FORM, Depends(import_quota)])
def upload(
    request: Request, ctx: Ctx, who: Who, fichiers: Annotated[list[UploadFile] | None, File()] = None
) -> Response:
    """Read the file and keep what it says until it is applied; changes nothing yet."""
    chosen = [file.file for file in fichiers or () if file.size]
    if not chosen:
        return _choose(request, ctx, who, NO_FILE)
    try:
        read = import_read.read(chosen, ctx.settings.territory)
    except import_read.FileError as error:
        return _choose(request, ctx, who, str(error))
    with database.writing(ctx.engine) as connection:
        import_id = import_merge.keep(connection, actor(ctx, who), read)
    return RedirectResponse(f"/console/annuaire/import/{import_id}", 303)


@router.get("/{import_id}")
def preview(request: Request, ctx: Ctx, who: Who, import_id: str) -> Response:
    """Show what applying the file would do."""
    with database.reading(ctx.engine) as connection:
        read = import_merge.waiting(connection, actor(ctx, who), import_id)
        plan = import_merge.plan(connection, ctx.settings.territory, read.candidates) if read else None
    if read is None or plan is None:
        return _choose(request, ctx, who, GONE)
    return show(
        request, ctx, who, "import_preview.html", title="Aperçu de l’import", read=read, plan=plan,
        import_id=import_id, shown=LINES_SHOWN, labels=field_labels.FIELDS, said=service_form.format_field,
    )  # fmt: skip


@router.post("/{import_id}", dependencies=FORM)
def apply(
    request: Request,
    ctx: Ctx,
    use: Annotated[FormUse, Depends(use_form)],
    who: Who,
    import_id: str,
    remplacer: Annotated[list[str] | None, Form()] = None,
) -> Response:
    """Make the changes of the preview, as things stand now."""
    with database.writing(ctx.engine) as connection:
        read = import_merge.waiting(connection, actor(ctx, who), import_id)
        done = import_merge.apply(connection, actor(ctx, who), read, remplacer or ()) if read else None
    if done is None:
        return _choose(request, ctx, who, GONE)
    use.note_done("/console/annuaire")
    replaced = sum(change.candidate.id in (remplacer or ()) for change in done.conflicts)
    return show(
        request, ctx, who, "import_done.html", title="Import terminé", done=done, replaced=replaced,
    )  # fmt: skip


def _choose(request: Request, ctx: Context, who: sessions.SignedIn, problem: str = "") -> Response:
    response = show(request, ctx, who, "import.html", title="Importer un annuaire", problem=problem)
    response.status_code = 422 if problem else 200
    return response
