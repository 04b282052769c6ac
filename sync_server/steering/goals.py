"""T0, yearly targets and kind of trajectory of every indicator, and the national indicators, which are typed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from shared import choices
from shared.french import format_number, format_percent
from sync_server.figures import declarations
from sync_server.figures.declarations import Indicator
from sync_server.inputs import Input, InputType
from sync_server.steering.forms import Values
from sync_server.steering.trajectory import YEARS, Plan, aim
from sync_server.storage.desk_tables import T0, Goal, NationalIndicator, NationalValue, Target
from sync_server.storage.tables import table

GOAL, TARGET, NATIONAL, VALUE = (table(m) for m in (Goal, Target, NationalIndicator, NationalValue))
TRAJECTORY_KINDS = tuple((c.code, c.label) for c in choices.load("trajectory").by_code.values())
_SHORT = {c.code: c.more["short"] for c in choices.load("trajectory").by_code.values()}
DIRECTIONS = tuple((c.code, c.label) for c in choices.load("direction").by_code.values())
LOWER = {"hausse": False, "baisse": True}
"""Of a chosen direction, whether less is better; of the one to be deduced, nothing."""
_WORDS = ("label", "unit", "sub_axis", "source", "direction")
_ASKED = ("trajectory", "owner", "comment")


def input_type(indicator: Indicator) -> InputType:
    """Choose how a value of that indicator is typed: a rate in %, hours with decimals, a count without."""
    if indicator.rate_of or indicator.unit == "%":
        return "rate"
    return "number" if indicator.per > 1 else "whole"


def national_input_type(unit: str) -> InputType:
    """Choose how a value of a national indicator is typed: in % when its unit says so, and kept as a fraction
    then."""
    return "rate" if unit.strip() == "%" else "number"


def _goal_fields(typed_as: InputType) -> list[Input]:
    return [
        Input("t0", "T0, valeur de départ", typed_as, "La valeur avant le pacte, fin 2023."),
        *(Input(f"y{year}", f"Cible {year}", typed_as) for year in YEARS),
        Input("trajectory", "Trajectoire", "choice", choices=[("", TRAJECTORY_KINDS)]),
        Input("owner", "Responsable", hint="Un service ou une fonction.", most=200),
        Input("comment", "Commentaire", "lines"),
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class GoalOf:
    """The goal of one declared indicator, as a thing to edit."""

    indicator: Indicator

    @property
    def key(self) -> str:
        """Key used in the audit log."""
        return f"objectif {self.indicator.code}"

    def title(self, _: Values | None) -> str:
        """Title used in the audit log."""
        return self.indicator.label

    def fields(self, _: Values | None) -> Sequence[Input]:
        """List the inputs of a goal: T0, targets, trajectory, owner, comment."""
        return _goal_fields(input_type(self.indicator))

    def load(self, connection: Connection, territory: str) -> Values | None:
        """Read what is kept."""
        return goals(connection, territory, self.indicator.code).get(self.indicator.code)

    def keep(self, connection: Connection, territory: str, values: Values | None) -> None:
        """Replace the goal."""
        _keep_goal(connection, territory, self.indicator.code, values)


@dataclass(frozen=True, slots=True)
class NationalOf:
    """A national indicator with its values and its goal, as one thing to edit: its list is not public."""

    code: str

    @property
    def key(self) -> str:
        """Key used in the audit log."""
        return f"indicateur national {self.code[:8]}"

    def title(self, values: Values | None) -> str:
        """Title used in the audit log."""
        return str((values or {}).get("label", ""))

    def fields(self, values: Values | None) -> Sequence[Input]:
        """List the inputs of a national indicator: its words, then a value and a target a year; in % when its unit
        is."""
        typed_as = national_input_type(str((values or {}).get("unit", "")))
        return [
            Input("label", "Nom de l’indicateur", most=300, required=True),
            Input("unit", "Unité", hint="Par exemple personnes, jours, %.", most=60),
            Input("sub_axis", "Sous-axe", most=200),
            Input("source", "Source", hint="D’où viennent les valeurs.", most=300),
            Input("direction", "Sens voulu", "choice", "Ce qui serait un progrès.", choices=[("", DIRECTIONS)]),
            *_goal_fields(typed_as),
            *(Input(f"v{year}", f"Valeur {year}", typed_as) for year in YEARS),
        ]

    def load(self, connection: Connection, territory: str) -> Values | None:
        """Read what is kept."""
        return nationals(connection, territory, self.code).get(self.code)

    def keep(self, connection: Connection, territory: str, values: Values | None) -> None:
        """Replace the national indicator, its values and its goal."""
        for rows in (NATIONAL, VALUE):
            connection.execute(delete(rows).where(rows.c.territory == territory, rows.c.code == self.code))
        _keep_goal(connection, territory, self.code, values)
        if values is None:
            return
        key = {"territory": territory, "code": self.code}
        connection.execute(insert(NATIONAL).values(**key, **{name: values[name] for name in _WORDS}))
        _insert(connection, VALUE, [key | {"year": y, "value": values[f"v{y}"]} for y in YEARS])


def goals(connection: Connection, territory: str, code: str | None = None) -> dict[str, dict[str, Any]]:
    """Return every goal there is by indicator, or that one's: the values of `GoalOf.fields`."""
    found: defaultdict[str, dict[str, Any]] = defaultdict(_nothing)
    for row in connection.execute(_only(select(GOAL), GOAL, territory, code)):
        found[row.indicator].update({name: getattr(row, name) for name in _ASKED})
    for row in connection.execute(_only(select(TARGET), TARGET, territory, code)):
        found[row.indicator]["t0" if row.year == T0 else f"y{row.year}"] = row.value
    return dict(found)


def nationals(connection: Connection, territory: str, code: str | None = None) -> dict[str, dict[str, Any]]:
    """Return every national indicator by its code, or that one, with its values and its goal."""
    wanted = select(NATIONAL).where(NATIONAL.c.territory == territory)
    rows = connection.execute(
        (wanted if code is None else wanted.where(NATIONAL.c.code == code)).order_by(
            NATIONAL.c.sub_axis, NATIONAL.c.label, NATIONAL.c.code
        )
    ).all()
    asked = goals(connection, territory, code) if rows else {}
    found = {row.code: asked.get(row.code, _nothing()) | {n: getattr(row, n) for n in _WORDS} for row in rows}
    for row in connection.execute(select(VALUE).where(VALUE.c.territory == territory)) if rows else ():
        if row.code in found:
            found[row.code][f"v{row.year}"] = row.value
    return found


def format_direction(lower: bool | None) -> str:
    """Say which way is better."""
    return "à préciser" if lower is None else "à la baisse" if lower else "à la hausse"


def plan_of(values: Values | None, gathers: bool, lower: bool | None = None) -> Plan:
    """Return the goal as a trajectory, with what is said of its direction; without a goal, one that aims at
    nothing."""
    if values is None:
        return Plan(gathers=gathers, lower=lower)
    targets = {y: values[f"y{y}"] for y in YEARS if values.get(f"y{y}") is not None}
    return Plan(values["trajectory"], values["t0"], targets, gathers, lower)


def plans(connection: Connection, territory: str) -> Mapping[str, Plan]:
    """Return the trajectory of every declared indicator. A rate is a level; everything else gathers in the
    year."""
    found = goals(connection, territory)
    return {
        code: plan_of(found.get(code), input_type(indicator) != "rate", indicator.lower_is_better)
        for code, indicator in declarations.load().items()
    }


def _nothing() -> dict[str, Any]:
    years: dict[str, Any] = {f"{letter}{y}": None for letter in "yv" for y in YEARS}
    return {"t0": None, "trajectory": TRAJECTORY_KINDS[0][0], "owner": "", "comment": ""} | years


def _only(query: Any, rows: Any, territory: str, code: str | None) -> Any:
    mine = query.where(rows.c.territory == territory)
    return mine if code is None else mine.where(rows.c.indicator == code)


def _keep_goal(connection: Connection, territory: str, code: str, values: Values | None) -> None:
    for rows in (GOAL, TARGET):
        connection.execute(delete(rows).where(rows.c.territory == territory, rows.c.indicator == code))
    if values is None:
        return
    key = {"territory": territory, "indicator": code}
    connection.execute(insert(GOAL).values(**key, **{name: values[name] for name in _ASKED}))
    years = [(T0, values["t0"]), *((y, values[f"y{y}"]) for y in YEARS)]
    _insert(connection, TARGET, [key | {"year": year, "value": value} for year, value in years])


def _insert(connection: Connection, rows: Any, found: Sequence[Mapping[str, Any]]) -> None:
    if kept := [row for row in found if row["value"] is not None]:
        connection.execute(insert(rows), kept)


@dataclass(frozen=True, slots=True)
class GoalLine:
    """One line of the overview. A year's text, and whether the trajectory filled it in rather than somebody."""

    code: str
    label: str
    unit: str
    start: str
    years: list[tuple[str, bool]]
    trajectory: str
    owner: str
    reached: list[str]
    way: str


def build_line(indicator: Indicator, values: Values | None) -> GoalLine:
    """Build the line of a declared indicator."""
    typed_as = input_type(indicator)
    plan = plan_of(values, typed_as != "rate", indicator.lower_is_better)
    return _line(indicator.code, indicator.label, indicator.unit, typed_as, values, plan)


def build_national_line(code: str, values: Values) -> GoalLine:
    """Build the line of a national indicator, with what it reached."""
    typed_as = national_input_type(values["unit"])
    plan = plan_of(values, False, LOWER.get(values["direction"]))
    return _line(code, values["label"], values["unit"], typed_as, values, plan)


def _line(code: str, label: str, unit: str, typed_as: InputType, values: Values | None, plan: Plan) -> GoalLine:
    asked = values or {}
    return GoalLine(
        code,
        label,
        unit,
        format_value(typed_as, plan.start),
        [(format_value(typed_as, aim(plan, year)), year not in plan.targets) for year in YEARS],
        _SHORT[plan.kind] if values else "",
        asked.get("owner", ""),
        [format_value(typed_as, asked.get(f"v{year}")) for year in YEARS],
        format_direction(plan.falls),
    )


def format_value(typed_as: InputType, value: float | None) -> str:
    """Format a value as French writes it; « — » when there is none."""
    return format_percent(value) if typed_as == "rate" else format_number(value, 0 if typed_as == "whole" else 1)
