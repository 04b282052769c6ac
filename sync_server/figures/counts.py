"""Counts the declarations, in total and in each cell of a breakdown, and names the records behind a figure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from sqlalchemy import Connection, column, select
from sqlalchemy import table as sql_view

from shared.models.tables import Service
from shared.search_text import plain
from sync_server.figures import compiler, declarations, dimensions
from sync_server.figures.compiler import KEY, Only
from sync_server.figures.compiler import Period as Period  # re-exported
from sync_server.figures.declarations import Indicator
from sync_server.figures.tally_reader import Tallies
from sync_server.figures.vocabulary import BASE, COMMUNES, DEPRIVED, DISTINCT, STOCK, WHOLES
from sync_server.storage.tables import CommuneOfTerritory, table

Cell = tuple[str, ...]
"""The values of the breakdown, in its order; empty for the total."""
Counts = Mapping[str, int]
"""The measures of one cell, by name."""
COMMUNE, SERVICE = table(CommuneOfTerritory), table(Service)
MARKED = sql_view("fact_deprived", column("territory"), column("commune"), column("epci"))
_NOTHING: Counts = {}


@dataclass(frozen=True, slots=True)
class Figure:
    """What one indicator gives in one cell.

    `value` is the count, sum or, for a rate, the fraction (None over a denominator of 0); `high` the upper end
    of the range (R2). `numerator` and `denominator` belong to the rate, share or mean; `numerator_high` and
    `denominator_high` to its upper end. `denominator` is None where there is none to give. `unknown` counts what
    is not known (R4): part of the denominator, or beside it with `unknown_aside`. `apart` is told, not counted.
    """

    value: float | None
    high: float | None = None
    numerator: float | None = None
    denominator: float | None = None
    denominator_high: float | None = None
    unknown: int | None = None
    apart: int | None = None
    apart_high: int | None = None
    numerator_high: float | None = None
    unknown_aside: bool = False

    @property
    def ratio(self) -> float | None:
        """Numerator over denominator: a fraction, or a mean; None over 0."""
        return _over(self.numerator, self.denominator)

    @property
    def top_high(self) -> float | None:
        """The numerator at the upper end of the range, the same where it is no range."""
        wider = self.high if self.numerator_high is None else self.numerator_high
        return self.numerator if wider is None else wider

    @property
    def ratio_high(self) -> float | None:
        """The ratio at the upper end of the range, where the denominator has one."""
        return None if self.denominator_high is None else _over(self.top_high, self.denominator_high)

    @property
    def unknown_share(self) -> float | None:
        """The share that is not known, of all those it might have been known of."""
        beside = self.unknown if self.unknown_aside and self.unknown else 0
        return _over(self.unknown, (self.denominator or 0) + beside)


Figures = Mapping[str, Mapping[Cell, Figure]]
"""By indicator code, then by cell. An indicator that is not broken down that way has its total alone."""


def compute(
    connection: Connection, territory: str, period: Period, by: Sequence[str] = (), only: Only | None = None
) -> Figures:
    """Count every indicator, in total (the cell `()`) and in each cell of the breakdown, empty ones included.

    `by` is any of `dimensions.LABELS`, crossed in that order; `only` keeps some values of some of them. An
    indicator that has not a dimension of `only` is absent: its figure would be of something else.
    """
    counter = Counter(connection, territory, period)
    wanted = [i for i in declarations.load().values() if set(only or {}) <= set(i.by)]
    return {i.code: counter.figures(i, by, only or {}) for i in wanted}


def behind(
    connection: Connection, territory: str, period: Period, code: str, only: Only | None = None
) -> list[str]:
    """List the ids, in the log, of the records behind that figure, each once: of its numerator, at its low end. To
    look behind a cell, `only` names its values. Raises ValueError for a dimension the indicator has not."""
    indicator = declarations.load()[code]
    if strangers := set(only or {}) - set(indicator.by):
        raise ValueError(f"{code} is not broken down by {sorted(strangers)}")
    return list(connection.scalars(compiler.records(indicator, territory, period, only or {})))


def service_names(connection: Connection, territory: str) -> dict[str, str]:
    """Return the services by id, as the directory names them."""
    found = select(SERVICE.c.id, SERVICE.c.name).where(SERVICE.c.territory == territory)
    return {row.id: row.name for row in connection.execute(found)}


class _Made(Mapping[Cell, Figure]):
    """The figures of one indicator, each made when it is first looked at: a breakdown may have twenty thousand."""

    def __init__(self, cells: Sequence[Cell], make: Callable[[Cell], Figure]) -> None:
        self._make = make
        self._found: dict[Cell, Figure | None] = dict.fromkeys(cells)

    def __getitem__(self, cell: Cell) -> Figure:
        figure = self._found[cell]
        if figure is None:
            figure = self._found[cell] = self._make(cell)
        return figure

    def __iter__(self) -> Iterator[Cell]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)


class Counter:
    """Counts for one territory and period; what several indicators divide by is counted once."""

    def __init__(self, connection: Connection, territory: str, period: Period) -> None:
        self._connection, self._territory, self._period = connection, territory, period
        self._counted: dict[tuple[Any, ...], Mapping[Cell, Counts]] = {}
        self._places: dict[str, list[dict[str, str]]] = {}
        self._tallies = Tallies(connection, territory, period)

    def figures(self, indicator: Indicator, by: Sequence[str], only: Only) -> Mapping[Cell, Figure]:
        """Return the total, then each cell where the indicator can be broken down that way. Everything is counted
        when this returns; a figure is made of the counts when it is looked at."""
        cells: list[Cell] = [()]
        self._prepare(indicator, (), only)
        if by and set(by) <= set(indicator.by):
            self._prepare(indicator, tuple(by), only)
            cells += self.cells(indicator, tuple(by), only)
        return _Made(cells, lambda cell: self._figure(indicator, tuple(by) if cell else (), cell, only))

    def _prepare(self, indicator: Indicator, by: tuple[str, ...], only: Only) -> None:
        """Count what the figures of an indicator are made of."""
        self.counts(indicator, by, only)
        for code in indicator.whole:
            if code in (COMMUNES, DEPRIVED):
                self._communes(code)
            elif code not in WHOLES:
                self.counts(*_shared(indicator, declarations.load()[code], by, only))

    def cells(self, indicator: Indicator, by: tuple[str, ...], only: Only) -> list[Cell]:
        """List the cells of that breakdown, in order, of the values kept: those that the declaration may count,
        and those where it tells something apart."""
        counted = self.counts(indicator, by, only)
        every = []
        for place, name in enumerate(by):
            told = {cell[place] for cell, counts in counted.items() if any(counts.values())}
            met = {cell[place] for cell in counted}
            values = dimensions.values(name, self._period.first, self._period.last, met)
            able = compiler.possible_values(indicator, name)
            kept = [v for v in values if able is None or v in able or v in told]
            every.append([v for v in kept if v in only.get(name, kept)])
        return list(product(*every))

    def counts(self, indicator: Indicator, by: tuple[str, ...], only: Only) -> Mapping[Cell, Counts]:
        """Return the measures of each cell that has any."""
        key = (indicator.code, by, tuple(sorted(only.items())))
        if key not in self._counted and self._tallies.answer(indicator, by, only):
            self._counted[key] = self._tallies.counts(indicator, by, only)
        elif key not in self._counted:
            rows = self._connection.execute(
                compiler.statement(indicator, self._territory, self._period, by, only)
            ).mappings()
            names = list(compiler.conditions(indicator))
            once = {name for name in names if compiler.unit_of(indicator, name) in DISTINCT}
            self._counted[key] = _counted_once(rows, by, names, once) if once else _as_it_is(rows, by, names)
        return self._counted[key]

    def _figure(self, indicator: Indicator, by: tuple[str, ...], cell: Cell, only: Only) -> Figure:
        mine = self.counts(indicator, by, only).get(cell, _NOTHING)
        value = mine.get("low", 0) / indicator.per
        high = mine.get("high", 0) if indicator.up_to else None
        apart = mine.get("apart", 0) if indicator.apart_label else None
        apart_high = mine.get("apart_high", 0) if indicator.apart_up_to else None
        if not indicator.whole:
            return Figure(value, high, apart=apart, apart_high=apart_high)
        whole, whole_high = self._whole(indicator, mine, by, cell, only)
        unknown = mine.get("unknown", 0) if indicator.unknown else None
        rest = (value, whole, whole_high, unknown, apart, apart_high, high, indicator.unknown_aside)
        if not indicator.rate_of:
            return Figure(value, high, *rest)
        return Figure(_over(value, whole), None if high is None else _over(high, whole_high), *rest)

    def _whole(
        self, indicator: Indicator, mine: Counts, by: tuple[str, ...], cell: Cell, only: Only
    ) -> tuple[int | None, int | None]:
        """Return the denominator, and that of the upper end where it is a range itself. It is of the same cell, in
        the dimensions that narrow it too: a need of a theme is divided by all the persons."""
        kept = dict(only) | {name: (value,) for name, value in zip(by, cell, strict=True)}
        if indicator.whole[0] in WHOLES:
            return self._whole_of(indicator, mine, kept)
        low, high, ranged = 0, 0, False
        for other in (declarations.load()[code] for code in indicator.whole):
            alike = indicator.divided_alike(other)
            part = tuple(value for name, value in zip(by, cell, strict=True) if name in alike)
            theirs = self.counts(*_shared(indicator, other, by, only)).get(part, _NOTHING)
            low += theirs.get("low", 0)
            high += theirs.get("high" if other.up_to else "low", 0)
            ranged = ranged or bool(other.up_to)
        return low, high if ranged else None

    def _whole_of(self, indicator: Indicator, mine: Counts, kept: Only) -> tuple[int | None, int | None]:
        match indicator.whole[0]:
            case named if named == BASE:
                return mine.get("base", 0), mine.get("base_high", 0) if indicator.up_to else None
            case named if named == STOCK:
                if {"epci", "commune"} & set(kept):  # the pact gives them for the whole territory only
                    return None, None
                types = kept.get("partner_type", tuple(indicator.stock))
                return sum(indicator.stock.get(one, 0) for one in types), None
            case named:
                return sum(
                    all(place[name] in kept.get(name, (place[name],)) for name in place)
                    for place in self._communes(named)
                ), None

    def _communes(self, named: str) -> list[dict[str, str]]:
        """Return the communes of the territory, or those marked « dépourvue » at T0, each with its EPCI."""
        if named not in self._places:
            of = {COMMUNES: (COMMUNE.c.insee, COMMUNE), DEPRIVED: (MARKED.c.commune, MARKED)}
            insee, source = of[named]
            found = select(insee, source.c.epci).where(source.c.territory == self._territory)
            self._places[named] = [{"commune": c, "epci": e} for c, e in self._connection.execute(found)]
        return self._places[named]


def _shared(
    indicator: Indicator, other: Indicator, by: tuple[str, ...], only: Only
) -> tuple[Indicator, tuple[str, ...], Only]:
    """Select what narrows the denominator `other` too: the breakdown and the filters that narrow it too."""
    alike = indicator.divided_alike(other)
    rest = {name: values for name, values in only.items() if name in alike}
    return other, tuple(name for name in by if name in alike), rest


def _as_it_is(rows: Any, by: Sequence[str], names: Sequence[str]) -> dict[Cell, Counts]:
    return {tuple(str(row[name]) for name in by): {name: int(row[name] or 0) for name in names} for row in rows}


def _counted_once(rows: Any, by: Sequence[str], names: Sequence[str], once: Collection[str]) -> dict[Cell, Counts]:
    """Count each value once in a cell, however its name is typed (accents, case, dashes); what adds up is
    added."""
    seen: dict[Cell, dict[str, set[str]]] = {}
    added: dict[Cell, dict[str, int]] = {}
    for row in rows:
        cell = tuple(str(row[name]) for name in by)
        sets, sums = seen.setdefault(cell, {}), added.setdefault(cell, dict.fromkeys(names, 0))
        for name in names:
            if name not in once:
                sums[name] += int(row[name] or 0)
            elif row[name]:
                sets.setdefault(name, set()).add(plain(row[KEY]))
    return {cell: sums | {name: len(s) for name, s in seen[cell].items()} for cell, sums in added.items()}


def _over(numerator: float | None, denominator: float | None) -> float | None:
    return None if numerator is None or not denominator else numerator / denominator
