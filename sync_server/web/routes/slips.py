"""The public page where a service answers to a referral slip: no account, no list, no detail."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response

from shared.coupons import CouponError
from sync_server.access import slips
from sync_server.web.context import Context, Ctx, Origin, same_origin
from sync_server.web.pages import show

router = APIRouter(prefix="/coupon", tags=["coupon"])
NOT_A_CODE = "Ce code comporte une erreur\N{NO-BREAK SPACE}: un caractère est faux, manque ou est en trop."
NO_ANSWER = "Choisissez votre réponse\N{NO-BREAK SPACE}: la personne est venue, ou le service est engagé."
LONGEST = 40
"""Characters typed that the form gives back: above any code, spaces and hyphens included."""


def _form(request: Request, ctx: Context, typed: str = "", answer: str = "", error: str = "") -> Response:
    return show(
        request, ctx, None, "coupon.html", title="Coupon d’orientation", typed=typed[:LONGEST], answer=answer,
        error=error, wrong_code=error == NOT_A_CODE, answers=slips.ANSWERS, status=422 if error else 200,
    )  # fmt: skip


@router.get("")
def form(request: Request, ctx: Ctx) -> Response:
    """Show the form. The code of a scanned slip stands after the `#`, which browsers never send."""
    return _form(request, ctx)


@router.post("", dependencies=[Depends(same_origin)])
def answer(
    request: Request,
    ctx: Ctx,
    origin: Origin,
    code: Annotated[str, Form()] = "",
    answer: Annotated[str, Form()] = "",
) -> Response:
    """Take the answer. The page is the same, to the letter, whether the slip exists or not."""
    land = ctx.settings.territory
    slips.count_try(ctx.engine, land, origin, ctx.now, ctx.settings.coupon_tries)
    if answer not in slips.ANSWERS:
        return _form(request, ctx, code, error=NO_ANSWER)
    try:
        slips.receive(ctx.engine, land, code, answer, ctx.today)
    except CouponError:
        return _form(request, ctx, code, answer, NOT_A_CODE)
    return show(request, ctx, None, "coupon_thanks.html", title="Coupon d’orientation")
