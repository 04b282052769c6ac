"""A figure by commune, with the communes marked « dépourvue » and those where no team has ever been."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, select

from shared import territory as territories
from shared.models.tables import Presence
from sync_server.figures import counts, declarations
from sync_server.figures.counts import Figure, Period
from sync_server.figures.declarations import Indicator
from sync_server.files.maps import DrawnCommune
from sync_server.files.tabular import Book, Column, Percent, Table, Value
from sync_server.reports import indicator_report
from sync_server.storage.desk_tables import CommuneYear
from sync_server.storage.tables import table

MARKED, PRESENCE = table(CommuneYear), table(Presence)


@dataclass(frozen=True, slots=True)
class Coverage:
    """The communes in alphabetical order, each as it is drawn and told; the total beside them."""

    indicator: Indicator
    period: Period
    places: tuple[DrawnCommune, ...]
    total: str
    figures: Mapping[str, Figure]
    """By INSEE code."""

    @property
    def title(self) -> str:
        """The indicator and the days, the cut-off day too (R4)."""
        return f"{self.indicator.code} · {self.indicator.label} par commune, {self.days}"

    @property
    def days(self) -> str:
        """The period and the cut-off day, in French."""
        return indicator_report.days(self.period)


def list_mappable() -> list[Indicator]:
    """List the indicators that are broken down by commune."""
    return [i for i in declarations.load().values() if "commune" in i.by]


def coverage(connection: Connection, territory: str, code: str, period: Period) -> Coverage:
    """Count that indicator by commune. A commune is « dépourvue » when marked so in a year of the period, and has
    no presence when none is noted there up to the last day, whatever the action: encounters may be."""
    indicator = declarations.load()[code]
    cells = counts.compute(connection, territory, period, ("commune",))[code]
    deprived, covered = _deprived(connection, territory, period), _list_covered(connection, territory, period.last)
    figures = {insee: cells[(insee,)] for insee in territories.communes()}
    places = [
        DrawnCommune(
            insee,
            f.value,
            indicator_report.format_figure_alone(indicator, f),
            insee in deprived,
            insee not in covered,
        )
        for insee, f in figures.items()
    ]
    return Coverage(
        indicator, period, tuple(places), indicator_report.format_figure_alone(indicator, cells[()]), figures
    )


def _deprived(connection: Connection, territory: str, period: Period) -> set[str]:
    c = MARKED.c
    within = c.year.between(period.first.year, period.last.year)
    return set(connection.scalars(select(c.insee).where(c.territory == territory, within)))


def _list_covered(connection: Connection, territory: str, until: date) -> set[str]:
    c = PRESENCE.c
    return set(connection.scalars(select(c.commune).where(c.territory == territory, c.day <= until).distinct()))


def build_book(found: Coverage, warnings: Sequence[str], day: date) -> Book:
    """Build the sheet of the map: INSEE codes, numbers, marks in words."""
    columns = (
        Column("Code INSEE", width=10),
        Column("Commune", width=28),
        Column("EPCI", width=24),
        Column("Population", "number"),
        Column("Valeur", "number"),
        Column("Numérateur", "number"),
        Column("Dénominateur", "number"),
        Column("Inconnu", "number"),
        Column("Part d’inconnu", "percent"),
        Column("Lecture", width=40),
        Column("Dépourvue", width=12),
        Column("Aucune présence notée", width=16),
    )
    above = (
        f"{found.indicator.code} · {found.indicator.label}",
        found.days.capitalize(),
        *warnings,
    )
    return Book("Carte", day, (Table("Communes", columns, [_row(found, p) for p in found.places], above),))


def _row(found: Coverage, place: DrawnCommune) -> list[Value]:
    commune = territories.communes()[place.insee]
    rate = found.indicator.rate_of and place.value is not None
    value = Percent(place.value or 0) if rate else place.value
    figure = found.figures[place.insee]
    made_of = [figure.numerator, figure.denominator, figure.unknown, figure.unknown_share]
    marks = ["oui" if on else "non" for on in (place.deprived, place.never)]
    return [
        commune.insee,
        commune.name,
        commune.epci_name,
        commune.population,
        value,
        *made_of,
        place.shown,
        *marks,
    ]
