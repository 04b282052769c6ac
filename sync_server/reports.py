"""The report of the indicators: built once, then shown as a page, a CSV file or a workbook, with the same figures.

Layout and method notes follow DOMAIN. Inside the team nothing is hidden (PRIVACY): each form says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from shared import choices
from shared import territory as territories
from sync_server import declarations, indicators, store
from sync_server.declarations import Indicator
from sync_server.indicators import Cell, Figure, Period

INTERNAL = "Document interne : petits effectifs non masqués, ne pas publier."
SYNTHETIC = "Données de démonstration, fictives."
NOTES = (
    "Un contact est une rencontre individuelle. Les séances collectives sont comptées à part (R1).",
    "Une personne est une rencontre déclarée « premier contact de l’année ». Aucune clé ne relie les rencontres.",
    "Les personnes sont donc une fourchette : de « oui » à « oui ou ne sait pas » (R2).",
    "C’est le jour de la rencontre qui compte, pas celui de la synchronisation (R3).",
    "Les taux portent sur les orientations faites dans la période, lues à la date d’arrêté (R4).",
    "Sans issue connue : proposée, rendez-vous pris ou sans nouvelle ; leur part est toujours donnée (R4).",
    "Honorée n’est pas accès effectif, et accès effectif n’est pas droit ouvert (R5).",
    "La commune est celle de la rencontre. Une rencontre appartient à l’action choisie, pas à un âge (R6).",
)
"""What a reader must know to read the figures: the counting rules R1 to R6, in plain words."""
MONTHS = ("janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre",
          "novembre", "décembre")  # fmt: skip
DIMENSION_LABELS = {"month": "Mois", "epci": "EPCI", "age_band": "Tranche d’âge"}
NARROW = "\u202f"
"""The space French puts inside numbers."""


@dataclass(frozen=True, slots=True)
class Line:
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
    does not apply to it."""

    indicator: Indicator
    dimensions: tuple[str, ...]
    lines: tuple[Line, ...]


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

    @property
    def subtitle(self) -> str:
        """The period and the cut-off day, in French."""
        p = self.period
        return f"Du {day(p.first)} au {day(p.last)}, issues connues au {day(p.cut_off)}"

    @property
    def warnings(self) -> list[str]:
        """What must be read before the figures."""
        return [SYNTHETIC, INTERNAL] if self.synthetic else [INTERNAL]


def indicator_report(connection: Connection, territory: str, period: Period, by: Sequence[str] = ()) -> Report:
    """The indicators of that period, broken down by any of `DIMENSION_LABELS`."""
    figures = indicators.compute(connection, territory, period, by)
    actions = choices.load("action")
    blocks = [_block(i, figures[code], period, by) for code, i in declarations.load().items()]
    sections = tuple(
        Section(
            f"Fiche {action.more['fiche']} – {action.label}",
            tuple(b for b in blocks if b.indicator.section == action.code),
        )
        for action in actions.by_code.values()
    )
    labels = tuple(DIMENSION_LABELS[name] for name in by)
    return Report(period, labels, store.is_synthetic(connection, territory), sections)


def _block(indicator: Indicator, figures: Mapping[Cell, Figure], period: Period, by: Sequence[str]) -> Block:
    cells = indicators.cells_of(indicator, period, by)
    lines = [Line(tuple(map(_name, by, cell)), figures[cell], cell) for cell in cells]
    dimensions = tuple(DIMENSION_LABELS[name] for name in by) if cells else ()
    return Block(indicator, dimensions, (*lines, Line((), figures[()])))


def _name(dimension: str, value: str) -> str:
    """What a person reads for a value of that dimension."""
    if dimension == "month":
        year, month = value.split("-")
        return f"{MONTHS[int(month) - 1]} {year}"
    return territories.epcis()[value] if dimension == "epci" else choices.load("age_band").label_of(value)


def day(value: date) -> str:
    """A day as French writes it: 01/03/2026."""
    return f"{value:%d/%m/%Y}"


def number(value: float | None, decimals: int = 0) -> str:
    """A number as French writes it, with a decimal only when there is one; « — » when there is none to give."""
    if value is None:
        return "—"
    text = f"{value:,.{decimals}f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return text.replace(",", NARROW).replace(".", ",")


def percent(value: float | None) -> str:
    """A fraction as a percentage: « 30,2 % »; « — » over a denominator of 0."""
    return "—" if value is None else f"{number(value * 100, 1)}{NARROW}%"


def shown(indicator: Indicator, figure: Figure) -> str:
    """The figure itself: a count, a range « 12 à 15 », or a rate."""
    if indicator.rate_of:
        return percent(figure.value)
    decimals = 1 if indicator.per > 1 else 0
    if figure.high is not None and figure.high != figure.value:
        return f"{number(figure.value)} à {number(figure.high)}"
    return number(figure.value, decimals)


def unit(indicator: Indicator, figure: Figure) -> str:
    """The unit as French writes it after that number: singular below two; none for a rate."""
    if indicator.rate_of:
        return ""
    many = max(figure.value or 0, figure.high or 0) >= 2
    return indicator.unit if many else indicator.unit.replace("s-", "-").removesuffix("s")


def beside(indicator: Indicator, figure: Figure) -> str:
    """The rate, share or mean that goes with the figure, always with its numerator and denominator."""
    if not indicator.whole:
        return ""
    bottom = _range(figure.denominator, figure.denominator_high)
    top = _range(figure.numerator, figure.high)
    if indicator.mean_of:
        low, high = sorted((figure.ratio or 0, figure.ratio_high or 0))
        mean = (
            "—" if figure.ratio is None and figure.ratio_high is None else f"{number(low, 1)} à {number(high, 1)}"
        )
        return f"{mean} par personne ({top} ÷ {bottom})"
    share = percent(figure.ratio)
    if figure.ratio_high is not None and percent(figure.ratio_high) != share:
        share = f"{share} ; haut de fourchette {percent(figure.ratio_high)}"
    return f"{top} ÷ {bottom}" if indicator.rate_of else f"{share} ({top} ÷ {bottom})"


def remark(indicator: Indicator, figure: Figure) -> str:
    """What is not known, or not counted, said beside the figure."""
    if indicator.unknown:
        return f"issue inconnue : {number(figure.unknown)}, soit {percent(figure.unknown_share)}"
    if indicator.apart:
        return f"hors 16-25 ans ou âge inconnu : {number(figure.apart)}"
    return ""


def _range(low: float | None, high: float | None) -> str:
    return number(low) if high is None or high == low else f"{number(low)} à {number(high)}"
