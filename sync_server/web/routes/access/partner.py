"""The page of a partner service: it answers to its own slips, and sees nothing else."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse

from shared.coupons import CouponError
from sync_server.access import accounts, sessions, slips
from sync_server.storage import database
from sync_server.web.context import Context, Ctx, May, Origin, same_origin
from sync_server.web.one_act import genuine_form
from sync_server.web.pages import show
from sync_server.web.routes.slips import NO_ANSWER, NOT_A_CODE

HOME = "/console/coupons"
router = APIRouter(prefix=HOME, tags=["coupons"])
Who = Annotated[sessions.SignedIn, Depends(May("slips"))]
NOT_YOURS = (
    "Aucun coupon de votre service ne porte ce code. Relisez-le avec la personne ; s’il est juste, le coupon est"
    " peut-être adressé à un autre service."
)
DONE = "Réponse enregistrée. L’équipe qui a remis le coupon la recevra."


@router.get("")
def form(request: Request, ctx: Ctx, who: Who, fait: str = "") -> Response:
    """Show the form, and what this service answered last."""
    return _page(request, ctx, who, done=DONE if fait else "")


@router.post("", dependencies=[Depends(same_origin), Depends(genuine_form)])
def answer(
    request: Request,
    ctx: Ctx,
    who: Who,
    origin: Origin,
    code: Annotated[str, Form(max_length=40)] = "",
    answer: Annotated[str, Form(max_length=40)] = "",
) -> Response:
    """Take the answer to a slip of this service."""
    if answer not in slips.ANSWERS:
        return _page(request, ctx, who, code, answer, NO_ANSWER)
    partner = slips.Partner(ctx.settings.territory, who.login, who.service, ctx.today)
    limit = accounts.Limit(origin, ctx.now, ctx.settings.coupon_tries)
    try:
        found = slips.answer_own(ctx.engine, partner, code, answer, limit)
    except CouponError:
        return _page(request, ctx, who, code, answer, NOT_A_CODE)
    if not found:
        return _page(request, ctx, who, code, answer, NOT_YOURS)
    return RedirectResponse(f"{HOME}?fait=oui", 303)


def _page(
    request: Request,
    ctx: Context,
    who: sessions.SignedIn,
    typed: str = "",
    answer: str = "",
    error: str = "",
    done: str = "",
) -> Response:
    with database.reading(ctx.engine) as connection:
        given = slips.list_answers(connection, ctx.settings.territory, who.service)
    return show(
        request, ctx, who, "slips.html", title="Coupons", typed=typed, answer=answer, error=error, done=done,
        answers=slips.ANSWERS, given=given, wrong_code=error in (NOT_A_CODE, NOT_YOURS),
        status=422 if error else 200,
    )  # fmt: skip
