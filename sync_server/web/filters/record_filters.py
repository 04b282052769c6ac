"""Reads the address of the list of records: codes and days only, never a record's content."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Depends, Query

from sync_server.errors import ServerError
from sync_server.figures import declarations, dimensions
from sync_server.records import quality
from sync_server.records.quality_checks import Scope
from sync_server.records.record_list import RecordFilters
from sync_server.web.context import Context
from sync_server.web.filters.days import day
from sync_server.web.filters.figure_filters import read_at
from sync_server.web.showing import FigureCell, ListRequest

LOOKED_AT = 365
"""Days the checks look back where the address names no period."""


class RecordQuery:
    """The filters, the check or the figure that the list is narrowed to, and where the page begins."""

    def __init__(
        self,
        du: str = Query(default="", max_length=10),
        au: str = Query(default="", max_length=10),
        equipe: str = Query(default="", max_length=40),
        sorte: str = Query(default="", alias="type", max_length=40),
        action: str = Query(default="", max_length=20),
        commune: str = Query(default="", max_length=5),
        etat: str = Query(default="", max_length=20),
        signalement: str = Query(default="", max_length=40),
        indicateur: str = Query(default="", max_length=40),
        arrete: str = Query(default="", max_length=10),
        ou: Annotated[list[str] | None, Query()] = None,
        apres: Annotated[int | None, Query(ge=0, le=2**62)] = None,
    ) -> None:
        first, last, self.cut_off = day(du), day(au), day(arrete)
        if first and last and first > last:
            raise ServerError("bad_period")
        self.indicator = declarations.load().get(indicateur)
        self.cell = _cell(ou or [])
        self.first, self.last = first, last
        period = (None, None) if self.indicator else (first, last)  # the figure's own period says it all
        self.filters = RecordFilters(*period, equipe, sorte, action, commune, etat)
        self.flag = signalement if signalement in quality.CHECKS else ""
        self.after = apres
        given: dict[str, Any] = {"du": du, "au": au, "equipe": equipe, "type": sorte, "action": action}
        given |= {"commune": commune, "etat": etat, "signalement": self.flag}
        if self.indicator:
            given |= {"indicateur": indicateur, "arrete": arrete, "ou": ou or []}
        self.given = {name: value for name, value in given.items() if value}

    def scope(self, ctx: Context) -> Scope:
        """Return what the checks look at: the period of the filters, or the last year."""
        last = self.last or ctx.today
        return Scope(ctx.settings.territory, ctx.today, self.first or last - timedelta(LOOKED_AT), last)

    def format_cell(self, services: Mapping[str, str]) -> list[tuple[str, str]]:
        """Format the cell of the figure in words, with the names of the services by id."""
        try:
            return [
                (dimensions.LABELS[name], dimensions.label(name, value, services))
                for name, values in self.cell.items()
                for value in values
            ]
        except (KeyError, ValueError, IndexError):
            raise ServerError("malformed") from None

    def list_request(self, ctx: Context) -> ListRequest:
        """Return the same as whoever counts needs it."""
        return ListRequest(self.filters, self.scope(ctx), self.flag, self._figure(ctx.today), self.after)

    def _figure(self, today: date) -> FigureCell | None:
        """Return the figure that the list is narrowed to."""
        if self.indicator is None:
            return None
        last = self.last or today
        first = self.first or date(last.year, 1, 1)
        return FigureCell(read_at(first, last, self.cut_off or today, today), self.indicator.code, self.cell)

    def address(self, path: str = "/console/saisies", **more: Any) -> str:
        """Return the list with these filters, or what is asked of it."""
        query = urlencode(self.given | more, doseq=True)
        return f"{path}?{query}" if query else path


def _cell(texts: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return the cell of a figure, as `epci:200069052`, once for each value; a local code is the national one it
    counts under, as in the figure."""
    found: dict[str, tuple[str, ...]] = {}
    for text in texts:
        dimension, _, value = text.partition(":")
        found[dimension] = (*found.get(dimension, ()), dimensions.national_value(dimension, value))
    return found


AskedRecords = Annotated[RecordQuery, Depends()]
