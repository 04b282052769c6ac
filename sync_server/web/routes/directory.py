"""The directory of services, as the coordinator keeps it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Query, Request, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import FormData

from shared import choices, field_labels
from shared.models import ServiceFields
from shared.search_text import plain
from sync_server.access import sessions
from sync_server.directory import geocoding, service_form, services
from sync_server.directory.service_form import TypedService
from sync_server.errors import ServerError
from sync_server.storage import database
from sync_server.web.context import Context, Ctx, May, actor, same_origin
from sync_server.web.one_act import genuine_form
from sync_server.web.pages import show

router = APIRouter(prefix="/console/annuaire", tags=["annuaire"])
Who = Annotated[sessions.SignedIn, Depends(May("directory"))]
FORM = [Depends(same_origin), Depends(genuine_form)]
PAGE_SIZE = 50
DONE_MESSAGES = {
    "ajoute": "Service ajouté. Les tablettes le recevront à leur prochaine synchronisation.",
    "enregistre": "Modifications enregistrées. Les tablettes les recevront à leur prochaine synchronisation.",
    "verifie": "Service marqué « vérifié aujourd’hui ».",
    "retire": "Service retiré : il n’est plus proposé ; les anciennes orientations gardent son nom.",
    "remis": "Service remis dans l’annuaire.",
    "traite": "Signalement marqué comme traité.",
    "localise": "Adresse localisée : la position est gardée avec le service.",
    "introuvable": "Adresse introuvable dans cette commune. Vérifiez-la, ou tapez la latitude et la longitude.",
    "injoignable": "Le service d’adresses ne répond pas. Rien n’est changé : réessayez plus tard, "
    "ou tapez la latitude et la longitude.",
    "sans-adresse": "Ce service n’a pas d’adresse : enregistrez-en une d’abord.",
    "depasse": "Rien n’a été fait : la fiche a changé entre-temps. Relisez-la, puis recommencez.",
}
"""What the address says was done, and the sentence for it."""


@dataclass(frozen=True, slots=True)
class DirectoryQuery:
    """What the list is asked for; what is empty lets everything through."""

    q: Annotated[str, Query(max_length=200)] = ""
    besoin: Annotated[str, Query(max_length=100)] = ""
    reseau: Annotated[str, Query(max_length=100)] = ""
    verifie: Annotated[str, Query(max_length=3)] = ""
    signale: Annotated[str, Query(max_length=1)] = ""
    retires: Annotated[str, Query(max_length=1)] = ""
    page: Annotated[int, Query(ge=1, le=10_000)] = 1

    def lets_through(self, entry: services.DirectoryEntry) -> bool:
        """Tell whether all that is asked for is true of that service."""
        fields = entry.fields
        checks = (
            entry.retired == bool(self.retires),
            not self.besoin or self.besoin in fields.themes,
            not self.reseau or self.reseau == fields.network,
            not self.verifie or (fields.verified_on is not None) == (self.verifie == "oui"),
            not self.signale or entry.reports > 0,
        )
        return all(checks) and all(word in _searched(fields) for word in plain(self.q).split())


def _searched(fields: ServiceFields) -> str:
    place = service_form.format_field("commune", fields.commune)
    spoken = service_form.format_field("languages", fields.languages)
    parts = (fields.name, fields.presentation, fields.address, place, spoken, fields.access)
    return plain(" | ".join(filter(None, parts)))


async def read_sent_form(request: Request) -> FormData:
    """Read the form as it came, lists of boxes included."""
    return await request.form()


Posted = Annotated[FormData, Depends(read_sent_form)]
Revision = Annotated[int, Form(ge=1)]


@router.get("")
def listed(request: Request, ctx: Ctx, who: Who, wanted: Annotated[DirectoryQuery, Depends()]) -> Response:
    """Show the services, by what is asked for."""
    with database.reading(ctx.engine) as connection:
        every = services.entries(connection, ctx.settings.territory)
    found = [entry for entry in every if wanted.lets_through(entry)]
    start = (wanted.page - 1) * PAGE_SIZE
    return show(
        request, ctx, who, "directory.html", title="Annuaire", entries=found[start : start + PAGE_SIZE],
        found=len(found), wanted=wanted, pages=-(-len(found) // PAGE_SIZE), themes=list_used(every, "theme"),
        networks=list_used(every, "network"),
        waiting=sum(entry.reports for entry in every), said=service_form.format_field,
        query=request.url.include_query_params,
    )  # fmt: skip


def list_used(every: list[services.DirectoryEntry], name: str) -> list[choices.Choice]:
    """List the choices of that list that some service has: the others would find nothing."""
    codes = {
        code for entry in every for code in (entry.fields.themes if name == "theme" else [entry.fields.network])
    }
    return [choice for choice in choices.load(name).by_code.values() if choice.code in codes]


@router.get("/nouveau")
def new(request: Request, ctx: Ctx, who: Who) -> Response:
    """Show the form of a new service."""
    return _form(request, ctx, who, service_form.blank())


@router.post("/nouveau", dependencies=FORM)
def create(request: Request, ctx: Ctx, who: Who, form: Posted) -> Response:
    """Add the service, or show what is wrong beside each field."""
    found = service_form.read_form(form, ctx.today)
    if found.fields is None or "lire" in form:
        return _form(request, ctx, who, found)
    with database.writing(ctx.engine) as connection:
        service_id = services.add(connection, actor(ctx, who), found.fields)
    return redirect_after_post(service_id, "ajoute")


@router.get("/service/{service_id}")
def service(request: Request, ctx: Ctx, who: Who, service_id: str, fait: str = "") -> Response:
    """Show one service: its form, what the field reported, what can be done with it."""
    entry = _entry(ctx, service_id)
    return _form(
        request, ctx, who, service_form.fill_form(entry.fields), entry, notice=DONE_MESSAGES.get(fait, "")
    )


@router.post("/service/{service_id}", dependencies=FORM)
def edit(request: Request, ctx: Ctx, who: Who, service_id: str, form: Posted, revision: Revision) -> Response:
    """Save the edit, or show what is wrong; never over what somebody else changed meanwhile."""
    entry = _entry(ctx, service_id)
    found = service_form.read_form(form, ctx.today, entry.fields)
    if found.fields is None or "lire" in form:
        return _form(request, ctx, who, found, entry, revision=revision)
    try:
        with database.writing(ctx.engine) as connection:
            services.change(connection, actor(ctx, who), service_id, revision, found.fields)
    except services.StaleError as stale:
        return _form(request, ctx, who, found, stale.now, theirs=services.changes(found.fields, stale.now.fields))
    return redirect_after_post(service_id, "enregistre")


@router.post("/service/{service_id}/verifier", dependencies=FORM)
def verify(ctx: Ctx, who: Who, service_id: str, revision: Revision) -> Response:
    """Note that somebody checked the service today."""
    entry = _entry(ctx, service_id)
    checked = entry.fields.model_copy(update={"verified_on": ctx.today})
    return _changed(ctx, who, service_id, "verifie", revision=revision, fields=checked, act="Service vérifié")


@router.post("/service/{service_id}/retirer", dependencies=FORM)
def retire(ctx: Ctx, who: Who, service_id: str, revision: Revision) -> Response:
    """Retire the service from what the tablets propose; it is never deleted."""
    return _changed(ctx, who, service_id, "retire", revision=revision, retired=True, act="Service retiré")


@router.post("/service/{service_id}/remettre", dependencies=FORM)
def bring_back(ctx: Ctx, who: Who, service_id: str, revision: Revision) -> Response:
    """Propose the service again."""
    return _changed(ctx, who, service_id, "remis", revision=revision, retired=False, act="Service remis")


@router.post("/service/{service_id}/localiser", dependencies=FORM)
def locate(ctx: Ctx, who: Who, service_id: str, revision: Revision) -> Response:
    """Ask once where its address is, and keep the answer; no transaction waits for the answer."""
    fields = _entry(ctx, service_id).fields
    if not fields.address:
        return redirect_after_post(service_id, "sans-adresse")
    try:
        place = geocoding.locate(fields, ctx.geocoder)
    except geocoding.UnreachableError:
        return redirect_after_post(service_id, "injoignable")
    if place is None:
        return redirect_after_post(service_id, "introuvable")
    found = fields.model_copy(
        update={"latitude": place.latitude, "longitude": place.longitude, "commune": place.commune}
    )
    return _changed(ctx, who, service_id, "localise", revision=revision, fields=found, act="Service localisé")


@router.post("/service/{service_id}/signalement/{report_id}", dependencies=FORM)
def handle(ctx: Ctx, who: Who, service_id: str, report_id: str) -> Response:
    """Note that a report of the field was dealt with."""
    with database.writing(ctx.engine) as connection:
        handled = services.handle(connection, actor(ctx, who), service_id, report_id)
    return redirect_after_post(service_id, "traite" if handled else "depasse")


def _changed(ctx: Context, who: sessions.SignedIn, service_id: str, outcome: str, **change: Any) -> Response:
    try:
        with database.writing(ctx.engine) as connection:
            services.change(connection, actor(ctx, who), service_id, **change)
    except KeyError:
        raise ServerError("not_found") from None
    except services.StaleError:
        outcome = "depasse"
    return redirect_after_post(service_id, outcome)


def redirect_after_post(service_id: str, outcome: str) -> Response:
    """Redirect to the page of the service, which says what was done."""
    return RedirectResponse(f"/console/annuaire/service/{service_id}?fait={outcome}", 303)


def _entry(ctx: Context, service_id: str) -> services.DirectoryEntry:
    with database.reading(ctx.engine) as connection:
        found = services.entry(connection, ctx.settings.territory, service_id)
    if found is None:
        raise ServerError("not_found")
    return found


def _form(
    request: Request,
    ctx: Context,
    who: sessions.SignedIn,
    typed: TypedService,
    entry: services.DirectoryEntry | None = None,
    revision: int | None = None,
    notice: str = "",
    theirs: tuple[dict[str, Any], dict[str, Any]] | None = None,
) -> Response:
    """Return the form with what was typed. `theirs`: what somebody else made of it meanwhile, beside what was
    typed."""
    with database.reading(ctx.engine) as connection:
        found = services.reports(connection, ctx.settings.territory, entry.id) if entry else []
    response = show(
        request, ctx, who, "service.html", title=entry.fields.name if entry else "Nouveau service", typed=typed,
        entry=entry, revision=revision or (entry.revision if entry else 0), reports=found, notice=notice,
        theirs=theirs, said=service_form.format_field, labels=field_labels.FIELDS,
        families=_families(typed.values["themes"]),
        inputs=service_form.list_inputs(typed, ctx.today), publics=choices.load("public").on(ctx.today),
        languages=choices.load("language").on(ctx.today),
        problems=choices.load("service_problem"), today=ctx.today,
    )  # fmt: skip
    response.status_code = 409 if theirs else 422 if typed.errors else 200
    return response


def _families(chosen: list[str]) -> list[tuple[choices.Choice, list[choices.Choice], int]]:
    """Return the themes by family, each family with how many of its themes are chosen."""
    themes = choices.load("theme").by_code.values()
    found = []
    for family in choices.load("theme_group").by_code.values():
        inside = [t for t in themes if t.group == family.code and (t.retired_on is None or t.code in chosen)]
        if inside:
            found.append((family, inside, sum(t.code in chosen for t in inside)))
    return found
