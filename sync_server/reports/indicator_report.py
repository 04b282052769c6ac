"""The report of the indicators: built once, then shown as a page, a CSV file or a workbook, with the same figures.

Layout and method notes follow DOMAIN. Inside the team nothing is hidden (PRIVACY): each form says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from shared import choices
from shared.french import format_day, format_number, format_percent, format_period, format_range, format_ratio
from sync_server.errors import ServerError
from sync_server.figures import counts, declarations, dimensions
from sync_server.figures.compiler import Only
from sync_server.figures.counts import Cell, Figure, Period
from sync_server.figures.declarations import Indicator
from sync_server.intake import store

INTERNAL = "Document interne : petits effectifs non masqués, ne pas publier."
SYNTHETIC = "Données de démonstration, fictives."
SOURCED = (
    "Source : « pacte, ligne 862 » est la ligne 862 du texte du Pacte local des solidarités du Territoire de"
    " Belfort, version de décembre 2023."
)
NOTES = (
    "Un contact est une rencontre individuelle. Les séances collectives sont comptées à part (R1).",
    "Une personne est une rencontre déclarée « premier contact de l’année ». Aucune clé ne relie les rencontres.",
    "Les personnes sont donc une fourchette : de « oui » à « oui ou ne sait pas » (R2).",
    "C’est le jour de la rencontre qui compte, pas celui de la synchronisation (R3).",
    "Les taux portent sur les orientations faites dans la période, lues à la date d’arrêté (R4).",
    "L’issue est la plus avancée connue ce jour-là : « sans nouvelle » n’efface pas une venue (R4).",
    "Sans issue connue : proposée, rendez-vous pris ou sans nouvelle ; leur part est toujours donnée (R4).",
    "Honorée n’est pas accès effectif, et accès effectif n’est pas droit ouvert (R5).",
    "La commune est celle de la rencontre. Une rencontre appartient à l’action choisie, pas à un âge (R6).",
    SOURCED,
)
"""What a reader must know to read the figures: the counting rules R1 to R6, and what the sources refer to."""
DIMENSION_LABELS = dimensions.LABELS


@dataclass(frozen=True, slots=True)
class FigureLine:
    """One line: the names of its cell (empty for the total), its figure, and the codes behind the names."""

    names: tuple[str, ...]
    figure: Figure
    cell: Cell = ()

    @property
    def total(self) -> bool:
        """Whether this is the total of the indicator."""
        return not self.names


@dataclass(frozen=True, slots=True)
class Block:
    """One indicator: its declaration and its lines, the total last. `dimensions` is empty when the breakdown
    does not apply to it; there is no line at all when the filter does not."""

    indicator: Indicator
    dimensions: tuple[str, ...]
    lines: tuple[FigureLine, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """One action of the pact and its indicators."""

    label: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """Every form of the report is written from this and from nothing else."""

    period: Period
    dimensions: tuple[str, ...]
    synthetic: bool
    sections: tuple[Section, ...]
    narrowed: str = ""

    @property
    def subtitle(self) -> str:
        """The period and the cut-off day, in French."""
        return days(self.period).capitalize()

    @property
    def warnings(self) -> list[str]:
        """Warnings to read before the figures: what they are narrowed to, too."""
        first = [self.narrowed] * bool(self.narrowed)
        return [*first, SYNTHETIC, INTERNAL] if self.synthetic else [*first, INTERNAL]


def indicator_report(
    connection: Connection,
    territory: str,
    period: Period,
    by: Sequence[str] = (),
    only: Only | None = None,
    code: str = "",
    most: int | None = None,
) -> Report:
    """Return the indicators of that period, broken down by any of `DIMENSION_LABELS`, of the values kept by
    `only`; one alone with `code`. Raises ServerError above `most` lines."""
    figures = counts.compute(connection, territory, period, by, only)
    wanted = [i for i in declarations.load().values() if code in ("", i.code)]
    if most is not None and sum(len(figures.get(i.code, ())) for i in wanted) > most:
        raise ServerError("too_many_lines")
    told_by_service = "service" in {*by, *(only or {})}
    services = counts.service_names(connection, territory) if told_by_service else {}
    blocks = [_block(i, figures[i.code], by, services) if i.code in figures else Block(i, (), ()) for i in wanted]
    sections = [
        Section(
            f"Fiche {action.more['fiche']} – {action.label}",
            tuple(b for b in blocks if b.indicator.section == action.code),
        )
        for action in choices.load("action").by_code.values()
    ]
    labels = tuple(DIMENSION_LABELS[name] for name in by)
    kept = tuple(section for section in sections if section.blocks)
    return Report(
        period, labels, store.is_synthetic(connection, territory), kept, _format_filters(only or {}, services)
    )


def _format_filters(only: Only, services: Mapping[str, str]) -> str:
    """Describe what the figures are narrowed to."""
    kept = ((name, value) for name, values in only.items() for value in values)
    told = (f"{DIMENSION_LABELS[n]} « {dimensions.label(n, v, services)} »" for n, v in kept)
    return f"Filtre : {', '.join(told)} seulement." if only else ""


def _block(
    indicator: Indicator, figures: Mapping[Cell, Figure], by: Sequence[str], services: Mapping[str, str]
) -> Block:
    lines = [
        FigureLine(tuple(dimensions.label(n, v, services) for n, v in zip(by, cell, strict=True)), figure, cell)
        for cell, figure in figures.items()
        if cell
    ]
    labels = tuple(DIMENSION_LABELS[name] for name in by) if lines else ()
    return Block(indicator, labels, (*lines, FigureLine((), figures[()])))


def format_figure(indicator: Indicator, figure: Figure) -> str:
    """Format the figure itself: a count, a range « 12 à 15 », or a rate."""
    if indicator.rate_of:
        return format_percent(figure.value)
    decimals = 1 if indicator.per > 1 else 0
    if figure.high is not None and figure.high != figure.value:
        return f"{format_number(figure.value)} à {format_number(figure.high)}"
    return format_number(figure.value, decimals)


def format_rate_parts(indicator: Indicator, figure: Figure) -> str:
    """Format what a rate is made of, and the share that is not known (R4): « 1 sur 2 ; issue inconnue 50 % »;
    empty for what is no rate, or over a denominator of 0."""
    if not indicator.rate_of or figure.value is None:
        return ""
    return format_parts(figure, indicator.unknown_label if indicator.unknown else "")


def format_parts(figure: Figure, unknown: str = "") -> str:
    """Format the same of any figure that has a denominator; `unknown` names what is not known, empty where nothing
    is."""
    told = format_ratio(
        format_range(figure.numerator, figure.top_high), format_range(figure.denominator, figure.denominator_high)
    )
    return f"{told} ; {unknown} {format_percent(figure.unknown_share)}" if unknown else told


def format_figure_alone(indicator: Indicator, figure: Figure) -> str:
    """Format the figure where it stands alone: with its unit, or what its rate is made of."""
    beside = format_rate_parts(indicator, figure)
    more = f"({beside})" if beside else unit(indicator, figure)
    return f"{format_figure(indicator, figure)} {more}".strip()


def unit(indicator: Indicator, figure: Figure) -> str:
    """Return the unit as French writes it after that number: singular below two; none for a rate."""
    if indicator.rate_of:
        return ""
    many = max(figure.value or 0, figure.high or 0) >= 2
    return indicator.unit if many else indicator.unit.replace("s-", "-").removesuffix("s")


def format_rate_beside(indicator: Indicator, figure: Figure) -> str:
    """Format the rate, share or mean that goes with the figure, always with its numerator and denominator."""
    if not indicator.whole or figure.denominator is None:
        return ""
    bottom = format_range(figure.denominator, figure.denominator_high)
    top = format_range(figure.numerator, figure.top_high)
    if indicator.mean_of:
        low, high = sorted((figure.ratio or 0, figure.ratio_high or 0))
        mean = (
            "—"
            if figure.ratio is None and figure.ratio_high is None
            else f"{format_number(low, 1)} à {format_number(high, 1)}"
        )
        return f"{mean} par personne ({top} ÷ {bottom})"
    share = format_percent(figure.ratio)
    if figure.ratio_high is not None and format_percent(figure.ratio_high) != share:
        share = f"{share} ; haut de fourchette {format_percent(figure.ratio_high)}"
    if indicator.rate_of:
        return f"{top} ÷ {bottom}{share.removeprefix(format_percent(figure.ratio))}"
    return f"{share} ({top} ÷ {bottom})"


def remark(indicator: Indicator, figure: Figure) -> str:
    """Describe what is not known, or not counted, beside the figure."""
    told = []
    if indicator.unknown:
        share = format_percent(figure.unknown_share)
        told.append(f"{indicator.unknown_label} : {format_number(figure.unknown)}, soit {share}")
    if indicator.apart_label:
        told.append(f"{indicator.apart_label} : {format_range(figure.apart, figure.apart_high)}")
    return " ; ".join(told)


def days(period: Period) -> str:
    """Return the period and the cut-off day (R4), in French, to go on with: « du 01/01/2026 au … »."""
    return f"{format_period(period.first, period.last)}, issues connues au {format_day(period.cut_off)}"
