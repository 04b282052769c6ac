"""The referrals: how far they went, how long it took, why some failed; on a page and in a file."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from shared import choices, french
from sync_server.access import sessions
from sync_server.reports import indicator_report, referrals
from sync_server.web import drawing, showing
from sync_server.web.context import EXPORT, Ctx, May
from sync_server.web.filters.figure_filters import FigureQuery
from sync_server.web.pages import show
from sync_server.web.routes.reports import FORMATS, download

router = APIRouter(prefix="/console/orientations", tags=["orientations"])
Who = Annotated[sessions.SignedIn, Depends(May("records"))]
_SUPPOSED = (
    "Rendez-vous, honorées, accès effectif : cette suite a été notée au plus tard à la date d’arrêté. Une étape"
    " n’en suppose aucune autre et ne s’y ajoute pas : honorée n’est pas accès effectif (R5)."
)
_OTHERWISE = (
    "Les taux A3-09 et A4-10 lisent la suite la plus avancée et comptent l’accès effectif comme une venue : ils"
    " peuvent différer de la colonne « Honorées »."
)
NOTES = (
    "Faites : proposées dans la période et non refusées par la personne (comme A3-08 et A4-09).",
    _SUPPOSED,
    _OTHERWISE,
    "Sans issue connue : la suite la plus avancée est proposée, rendez-vous pris ou sans nouvelle (R4).",
    "Délais : médiane en jours, là où les deux jours sont connus ; leur nombre est entre parenthèses.",
)


def name_all_actions() -> str:
    """Name all the actions declared at once: « Les deux actions » of two, « Toutes les actions » of more."""
    return "Les deux actions" if len(choices.load("action").by_code) == 2 else "Toutes les actions"


class Referrals:
    """The period and the action asked for."""

    def __init__(
        self, wanted: Annotated[FigureQuery, Depends()], action: str = Query(default="", max_length=20)
    ) -> None:
        self.period = wanted.period
        self.action = action if action in choices.load("action") else ""

    @property
    def subtitle(self) -> str:
        """The period and the action in words."""
        action = choices.load("action").label_of(self.action) if self.action else name_all_actions()
        p = self.period
        return (
            f"{action}, {french.format_period(p.first, p.last)}, suites connues au {french.format_day(p.cut_off)}"
        )


ReferralsAsked = Annotated[Referrals, Depends()]


@router.get("")
def page(request: Request, ctx: Ctx, who: Who, asked: ReferralsAsked) -> Response:
    """Show the funnel by service and by need."""
    found = drawing.count(showing.count_referrals, ctx.source, asked.period, asked.action)
    outcomes = choices.load("outcome_referral")
    return show(
        request, ctx, who, "referrals.html", title="Orientations", found=found, period=asked.period,
        action=asked.action, today=ctx.today, subtitle=asked.subtitle, query=request.url.query, notes=NOTES,
        steps=referrals.STEPS,
        actions={code: c.label for code, c in choices.load("action").by_code.items()},
        all_actions=name_all_actions(),
        percent=french.format_percent, failures=[outcomes.label_of(code) for code in referrals.FAILURES],
    )  # fmt: skip


@router.get(".csv", dependencies=EXPORT)
def file(ctx: Ctx, _: Who, asked: ReferralsAsked) -> Response:
    """Send the same figures for a spreadsheet."""
    above = (asked.subtitle, indicator_report.INTERNAL, *NOTES)
    content = drawing.draw(showing.write_referrals, ctx.source, asked.period, asked.action, above)
    return download(content, FORMATS["csv"], f"orientations_{asked.period.first}_{asked.period.last}.csv")
