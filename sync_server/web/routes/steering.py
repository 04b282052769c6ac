"""The pages of what the pact asks: goals, national indicators, funding, deadlines; and the log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Annotated, Any
from uuid import uuid4

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.responses import RedirectResponse

from shared import choices
from sync_server.access import sessions
from sync_server.desk import audit_lines
from sync_server.errors import ServerError
from sync_server.figures import declarations
from sync_server.inputs import Input
from sync_server.records import record_list
from sync_server.steering import budget, changes, goals
from sync_server.steering.changes import Editable, OutdatedError
from sync_server.steering.forms import Texts, fingerprint, format_text, read_form, texts_of
from sync_server.steering.trajectory import YEARS
from sync_server.storage import audit_log, database
from sync_server.web.context import Context, Ctx, May, actor, same_origin
from sync_server.web.one_act import genuine_form
from sync_server.web.pages import show

router = APIRouter(prefix="/console", tags=["pilotage"])
Who = Annotated[sessions.SignedIn, Depends(May("settings"))]
FORM = [Depends(same_origin), Depends(genuine_form)]
GOALS, FUNDING, DEADLINES = "/console/objectifs", "/console/objectifs/financements", "/console/objectifs/echeances"
NATIONAL = "/console/objectifs/nationaux"
ENTRIES_SHOWN = 100
"""Entries of the log on one page."""


async def sent(request: Request) -> dict[str, str]:
    """Return the texts of the form, whatever its fields are."""
    return {name: text for name, text in (await request.form()).items() if isinstance(text, str)}


Sent = Annotated[dict[str, str], Depends(sent)]
Id = Annotated[str, Path(pattern=r"^[0-9a-f-]{36}$")]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A form as shown: what was read or typed, the mark of what was read, and beside the fields the errors, and
    what somebody else saved meanwhile."""

    fields: Sequence[Input]
    texts: Texts
    mark: str
    errors: Texts = field(default_factory=dict)
    newer: Texts = field(default_factory=dict)
    by: str = ""
    on: date | None = None

    def __getitem__(self, name: str) -> Input:
        """Return the input of that name, filled."""
        one = next(f for f in self.fields if f.name == name)
        problems = [self.errors[name]] if name in self.errors else []
        return replace(one, value=self.texts[name], problems=problems, newer=self.newer.get(name, ""))


@router.get("/objectifs")
def overview(request: Request, ctx: Ctx, who: Who) -> Response:
    """Show every indicator with its T0 and its targets, by action; then the national ones."""
    with database.reading(ctx.engine) as connection:
        asked = goals.goals(connection, ctx.settings.territory)
        nationals = goals.nationals(connection, ctx.settings.territory)
    sections = [
        (
            action.label,
            [goals.build_line(i, asked.get(c)) for c, i in declarations.load().items() if i.section == code],
        )
        for code, action in choices.load("action").by_code.items()
    ]
    lines = [goals.build_national_line(code, values) for code, values in nationals.items()]
    return _page(request, ctx, who, [], "goals.html", title="Objectifs", sections=sections, nationals=lines)


@router.get("/objectifs/financements")
def funding(request: Request, ctx: Ctx, who: Who) -> Response:
    """Show what is planned and executed, of each action and year."""
    return _funding(request, ctx, who, {})


@router.post("/objectifs/financements/{action}", dependencies=FORM)
def save_funding(request: Request, ctx: Ctx, who: Who, action: str, sent: Sent) -> Response:
    """Save the funding of one action."""
    if action not in choices.load("action"):
        raise ServerError("not_found")
    refused = _attempt(ctx, who, budget.FundingOf(action), sent)
    return _funding(request, ctx, who, {action: refused}) if refused else _redirect_after_post(FUNDING)


@router.get("/objectifs/echeances")
def deadlines(request: Request, ctx: Ctx, who: Who) -> Response:
    """Show what is due, and what was done."""
    return _deadlines(request, ctx, who)


@router.get("/objectifs/echeances/{deadline}")
def deadline(request: Request, ctx: Ctx, who: Who, deadline: Id) -> Response:
    """Show one deadline, to edit."""
    sheet = _read_sheet(ctx, budget.DeadlineOf(deadline))
    return _deadline(request, ctx, who, deadline, sheet)


@router.post("/objectifs/echeances/{deadline}", dependencies=FORM)
def save_deadline(request: Request, ctx: Ctx, who: Who, deadline: Id, sent: Sent) -> Response:
    """Save a deadline, new or edited; `nouvelle` says which page its form stands on."""
    refused = _attempt(ctx, who, budget.DeadlineOf(deadline), sent)
    if refused is None:
        return _redirect_after_post(DEADLINES)
    if "nouvelle" in sent and not refused.newer:
        return _deadlines(request, ctx, who, refused, deadline)
    return _deadline(request, ctx, who, deadline, refused)


@router.post("/objectifs/echeances/{deadline}/retirer", dependencies=FORM)
def remove_deadline(request: Request, ctx: Ctx, who: Who, deadline: Id, sent: Sent) -> Response:
    """Take a deadline out; the log keeps it."""
    refused = _attempt(ctx, who, budget.DeadlineOf(deadline), sent, remove=True)
    return _deadline(request, ctx, who, deadline, refused) if refused else _redirect_after_post(DEADLINES)


@router.get("/objectifs/nationaux/nouveau")
def new_national(request: Request, ctx: Ctx, who: Who) -> Response:
    """Show a national indicator, to type."""
    thing = goals.NationalOf(str(uuid4()))
    return _national(request, ctx, who, thing, _read_sheet(ctx, thing, must_be=False))


@router.get("/objectifs/nationaux/{code}")
def national(request: Request, ctx: Ctx, who: Who, code: Id) -> Response:
    """Show a national indicator with its values and its goal, to edit."""
    thing = goals.NationalOf(code)
    return _national(request, ctx, who, thing, _read_sheet(ctx, thing))


@router.post("/objectifs/nationaux/{code}", dependencies=FORM)
def save_national(request: Request, ctx: Ctx, who: Who, code: Id, sent: Sent) -> Response:
    """Save a national indicator, new or edited."""
    thing = goals.NationalOf(code)
    refused = _attempt(ctx, who, thing, sent)
    return _national(request, ctx, who, thing, refused) if refused else _redirect_after_post(GOALS)


@router.post("/objectifs/nationaux/{code}/retirer", dependencies=FORM)
def remove_national(request: Request, ctx: Ctx, who: Who, code: Id, sent: Sent) -> Response:
    """Take a national indicator out; the log keeps it."""
    thing = goals.NationalOf(code)
    refused = _attempt(ctx, who, thing, sent, remove=True)
    return _national(request, ctx, who, thing, refused) if refused else _redirect_after_post(GOALS)


@router.get("/objectifs/{code}")
def goal(request: Request, ctx: Ctx, who: Who, code: str) -> Response:
    """Show the goal of one indicator, to edit."""
    thing = _goal_of(code)
    return _goal(request, ctx, who, thing, _read_sheet(ctx, thing, must_be=False))


@router.post("/objectifs/{code}", dependencies=FORM)
def save_goal(request: Request, ctx: Ctx, who: Who, code: str, sent: Sent) -> Response:
    """Save the goal of one indicator."""
    thing = _goal_of(code)
    refused = _attempt(ctx, who, thing, sent)
    return _goal(request, ctx, who, thing, refused) if refused else _redirect_after_post(GOALS)


@router.get("/journal")
def log(
    request: Request,
    ctx: Ctx,
    who: Who,
    avant: Annotated[int | None, Query(ge=1, le=2**62)] = None,
) -> Response:
    """Show who changed what, and whether the chain of the log holds."""
    with database.reading(ctx.engine) as connection:
        found = audit_log.entries(connection, ctx.settings.territory, ENTRIES_SHOWN, avant)
        broken = audit_log.broken_at(connection, ctx.settings.territory)
        called = record_list.names(connection, ctx.settings.territory)
    lines = [audit_lines.line(entry, called.service) for entry in found]
    older = found[-1].number if found and found[-1].number > 1 else None
    return show(request, ctx, who, "log.html", title="Journal", lines=lines, broken=broken, older=older)


def _attempt(
    ctx: Context, who: sessions.SignedIn, thing: Editable, texts: dict[str, str], remove: bool = False
) -> Sheet | None:
    """Make the change; return the form again, with nothing lost, when it cannot be made."""
    fields, read = thing.fields(texts), texts.get("lu", "")
    typed = read_form(fields, texts)
    if typed.errors and not remove:
        return Sheet(fields, typed.texts, read, typed.errors)
    try:
        with database.writing(ctx.engine) as connection:
            changes.save(connection, actor(ctx, who), thing, read, None if remove else typed.values)
    except OutdatedError as newer:
        kept = {f.name: newer.texts.get(f.name, "") for f in fields}
        mine: Texts = kept if remove else texts_of(fields, typed.values)
        other = {f.name: format_text(f, kept[f.name]) or "vide" for f in fields if kept[f.name] != mine[f.name]}
        shown: Texts = kept if remove else typed.texts
        return Sheet(fields, shown, fingerprint(newer.texts), newer=other, by=newer.by, on=newer.on)
    return None


def _read_sheet(ctx: Context, thing: Editable, must_be: bool = True) -> Sheet:
    """Read the form as it is kept. Raises `not_found`."""
    with database.reading(ctx.engine) as connection:
        values = thing.load(connection, ctx.settings.territory)
        texts = changes.read(connection, ctx.settings.territory, thing)
    if values is None and must_be:
        raise ServerError("not_found")
    return Sheet(thing.fields(values), texts, fingerprint(texts))


def _page(request: Request, ctx: Context, who: sessions.SignedIn, sheets: Sequence[Sheet], template: str,
          **values: Any) -> Response:  # fmt: skip
    done = "fait" in request.query_params
    response = show(request, ctx, who, template, years=YEARS, fait=done, **values)
    if any(sheet.errors for sheet in sheets):
        response.status_code = 422
    elif any(sheet.mark and (sheet.newer or sheet.by) for sheet in sheets):
        response.status_code = 409
    return response


def _redirect_after_post(where: str) -> Response:
    return RedirectResponse(f"{where}?fait=1", 303)


def _goal_of(code: str) -> goals.GoalOf:
    found = declarations.load().get(code)
    if found is None:
        raise ServerError("not_found")
    return goals.GoalOf(found)


def _goal(request: Request, ctx: Context, who: sessions.SignedIn, thing: goals.GoalOf, sheet: Sheet) -> Response:
    i = thing.indicator
    return _page(request, ctx, who, [sheet], "goal.html", title=f"Objectif : {i.label}", indicator=i, sheet=sheet,
                 action=f"{GOALS}/{i.code}", way=goals.format_direction(i.lower_is_better))  # fmt: skip


def _national(
    request: Request, ctx: Context, who: sessions.SignedIn, thing: goals.NationalOf, sheet: Sheet
) -> Response:
    with database.reading(ctx.engine) as connection:
        there = thing.load(connection, ctx.settings.territory) is not None
    title = "Indicateur national" if there else "Nouvel indicateur national"
    return _page(request, ctx, who, [sheet], "national.html", title=title, sheet=sheet, there=there,
                 action=f"{NATIONAL}/{thing.code}")  # fmt: skip


def _funding(request: Request, ctx: Context, who: sessions.SignedIn, refused: dict[str, Sheet]) -> Response:
    actions = choices.load("action").by_code.values()
    sheets = {
        a.code: refused.get(a.code) or _read_sheet(ctx, budget.FundingOf(a.code), must_be=False) for a in actions
    }
    return _page(request, ctx, who, list(sheets.values()), "funding.html", title="Financements",
                 cards=[(a, sheets[a.code]) for a in actions])  # fmt: skip


def _deadlines(
    request: Request, ctx: Context, who: sessions.SignedIn, new: Sheet | None = None, new_id: str = ""
) -> Response:
    thing = budget.DeadlineOf(new_id or str(uuid4()))
    sheet = new or _read_sheet(ctx, thing, must_be=False)
    with database.reading(ctx.engine) as connection:
        found = budget.deadlines(connection, ctx.settings.territory)
    return _page(request, ctx, who, [sheet], "deadlines.html", title="Échéances", found=found, sheet=sheet,
                 today=ctx.today, action=f"{DEADLINES}/{thing.id}")  # fmt: skip


def _deadline(request: Request, ctx: Context, who: sessions.SignedIn, deadline: str, sheet: Sheet) -> Response:
    return _page(request, ctx, who, [sheet], "deadline.html", title="Échéance", sheet=sheet,
                 today=ctx.today, action=f"{DEADLINES}/{deadline}")  # fmt: skip
