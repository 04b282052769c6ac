"""Reads the address of the figures: days, breakdown and filters; codes only, never a record's content."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from functools import cached_property
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Query, Request

from shared.search_text import plain
from sync_server.errors import ServerError
from sync_server.figures import counts, declarations, dimensions
from sync_server.figures.compiler import Only, Period
from sync_server.reports import comparison
from sync_server.steering.trajectory import YEARS
from sync_server.storage import database
from sync_server.web.context import Ctx
from sync_server.web.filters.days import day

BREAKDOWNS = {
    "mois": "month",
    "trimestre": "quarter",
    "epci": "epci",
    "commune": "commune",
    "age": "age_band",
    "genre": "gender",
    "lieu": "place_type",
    "creneau": "slot",
    "contact": "contact_mode",
    "famille": "household",
    "logement": "housing",
    "activite": "activity",
    "rsa": "rsa",
    "thematique": "theme",
    "kilometre": "last_mile",
    "service": "service",
    "frein": "obstacle",
    "droit": "right",
    "partenaire": "partner_type",
    "vacances": "school_holidays",
}
"""What the address says to what is counted by: every dimension of the vocabulary."""
FILTERS = tuple(name for name, of in BREAKDOWNS.items() if of not in ("month", "quarter"))
"""Those of them that figures may be narrowed to: all but months and quarters, which are what the period is for."""
USUAL = 5
"""How many filters stand open in the form, from the first; the others are behind « Autres filtres »."""
MOST_CROSSED = 3
"""Breakdowns crossed at once: beyond, nobody reads the table."""
LONGEST = 366 * 4
"""Days of the longest period: the whole pact."""
PRESET_MONTHS = {"mois": 1, "trimestre": 3, "annee": 12}
"""The kinds of usual period as the address says them, with their months: 1 to 20 January may be any of these."""
PART_OF = {"Ce mois": "mois", "Ce trimestre": "trimestre", "Cette année": "annee", "Année passée": "annee"}
"""The kind of each usual period; of the whole pact, its years are told by its days."""
Text = Annotated[str, Query(max_length=40)]


def check_span(first: date, last: date) -> None:
    """Raise ServerError for a period that ends before it begins, or is longer than `LONGEST`."""
    if not first <= last or (last - first).days > LONGEST:
        raise ServerError("bad_period")


def read_at(first: date, last: date, cut_off: date, today: date) -> Period:
    """Read the period, its outcomes read at that day (R4). Raises ServerError for a day to come, on which a
    referral made yesterday would pass for one long without news, for one before the period, and for a period to
    come."""
    if first > today:
        raise ServerError("not_begun")
    if cut_off > today:
        raise ServerError("cut_off_ahead")
    if cut_off < first:
        raise ServerError("cut_off_early")
    return Period(first, last, cut_off)


class FigureQuery:
    """The period and breakdown that the address asks for: this year until today when it says nothing."""

    def __init__(
        self,
        ctx: Ctx,
        du: str = Query(default="", max_length=10),
        au: str = Query(default="", max_length=10),
        arrete: str = Query(default="", max_length=10),
        par: Annotated[list[str] | None, Query()] = None,
    ) -> None:
        self.today = today = ctx.today
        first = day(du) or date(today.year, 1, 1)
        last = day(au) or today
        cut_off = day(arrete) or today
        check_span(first, last)
        if set(par or []) - BREAKDOWNS.keys():
            raise ServerError("unknown_breakdown")
        self.chosen = [name for name in BREAKDOWNS if name in (par or [])]
        self.period = read_at(first, last, cut_off, today)

    @property
    def by(self) -> tuple[str, ...]:
        """The dimensions of the breakdown."""
        return tuple(BREAKDOWNS[name] for name in self.chosen)

    @property
    def name(self) -> str:
        """The period, for the name of a file: no record content in a name."""
        return f"{self.period.first}_{self.period.last}"


class Filtered(FigureQuery):
    """The same, narrowed to some values, to one indicator, or beside the period before."""

    def __init__(
        self,
        ctx: Ctx,
        request: Request,
        du: Text = "",
        au: Text = "",
        arrete: Text = "",
        par: Annotated[list[str] | None, Query()] = None,
        indicateur: Text = "",
        comparer: Text = "",
        periode: Text = "",
    ) -> None:
        super().__init__(ctx, du, au, arrete, par)
        self._ctx = ctx
        given = request.query_params
        self.filters = {
            name: dimensions.national_value(BREAKDOWNS[name], given[name]) for name in FILTERS if given.get(name)
        }
        known = all(value in dict(self.options(name)) for name, value in self.filters.items())
        if not known or (indicateur and indicateur not in declarations.load()):
            raise ServerError("unknown_filter")
        self.code, self.compares = indicateur, bool(comparer)
        # With no day in the address, what is shown is this year until today.
        self.part = self._read_part(periode or ("" if du or au else "annee"))

    def _read_part(self, text: str) -> str:
        """Read the kind of usual period, as a link says it (`annee`) or the form (`annee.2026-01-20`: with the
        last day that it showed, since it is sent along with days that were changed by hand); empty where the days
        are not of such a one. Raises ServerError for a kind that does not exist."""
        part, _, until = text.partition(".")
        if part and part not in PRESET_MONTHS:
            raise ServerError("unknown_filter")
        first, last = self.period.first, self.period.last
        begins = bool(part) and first == comparison.beginning(last, PRESET_MONTHS[part])
        return part if begins and until in ("", last.isoformat()) else ""

    @cached_property
    def services(self) -> dict[str, str]:
        """The services by id, as the directory names them, the retired ones too."""
        with database.reading(self._ctx.engine) as connection:
            return counts.service_names(connection, self._ctx.settings.territory)

    def options(self, name: str) -> list[tuple[str, str]]:
        """Return the values of that filter, in their order, with their labels."""
        of, period = BREAKDOWNS[name], self.period
        if of == "service":
            return sorted(self.services.items(), key=lambda service: plain(service[1]))
        return [(v, dimensions.label(of, v)) for v in dimensions.list_choosable(of, period.first, period.last)]

    @property
    def filtered_aside(self) -> bool:
        """Whether a filter is chosen that stands behind « Autres filtres »."""
        return not self.filters.keys() <= set(FILTERS[:USUAL])

    @property
    def only(self) -> Only:
        """The values kept, as they are counted."""
        return {BREAKDOWNS[name]: (value,) for name, value in self.filters.items()}

    @property
    def before(self) -> Period | None:
        """The period to compare with, where one is asked for."""
        return comparison.period_before(self.period, PRESET_MONTHS.get(self.part, 0)) if self.compares else None

    @property
    def kept(self) -> dict[str, Any]:
        """Parameters of the address besides the period."""
        more = {"indicateur": self.code, "comparer": "oui" if self.compares else ""}
        return {name: value for name, value in ({"par": self.chosen} | self.filters | more).items() if value}

    @property
    def query(self) -> str:
        """The whole address, for the files that carry the same figures."""
        p = self.period
        days = {"du": p.first.isoformat(), "au": p.last.isoformat(), "arrete": p.cut_off.isoformat()}
        return urlencode(_named(self.part) | days | self.kept, doseq=True)

    @property
    def presets(self) -> list[tuple[str, str, bool]]:
        """The usual periods: the words, the address with all else as it is, and whether it is the one shown."""
        shown, found = (self.period.first, self.period.last), []
        for words, first, last in presets(self.today):
            part = PART_OF.get(words, "")
            query = urlencode(_named(part) | {"du": first, "au": last} | self.kept, doseq=True)
            found.append((words, query, (first, last) == shown and self.part in ("", part)))
        return found


def _named(part: str) -> dict[str, Any]:
    return {"periode": part} if part else {}


def presets(today: date) -> Sequence[tuple[str, date, date]]:
    """List the usual periods, none beyond today: what is to come has no figure."""
    month, quarter, new_year = (comparison.beginning(today, months) for months in PRESET_MONTHS.values())
    return [
        ("Ce mois", month, today),
        ("Ce trimestre", quarter, today),
        ("Cette année", new_year, today),
        ("Année passée", date(today.year - 1, 1, 1), new_year - timedelta(1)),
        ("Pacte entier", date(YEARS[0], 1, 1), max(date(YEARS[0], 1, 1), min(today, date(YEARS[-1], 12, 31)))),
    ]
