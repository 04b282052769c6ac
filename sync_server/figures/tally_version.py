"""The indicators whose totals are stored (`tallies`), and a hash of the declarations, views and lists they depend
on; when it changes, all totals are rebuilt."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from functools import cache
from importlib.resources import files

from shared import choices
from sync_server.figures import compiler, declarations
from sync_server.figures.declarations import Indicator
from sync_server.figures.vocabulary import VIEWS, list_of


@cache
def list_kept() -> tuple[Indicator, ...]:
    """List the indicators whose totals are stored: those that can be told month by month and commune by commune.
    `older_than` depends on the cut-off day, so it is applied when reading."""
    return tuple(
        replace(i, older_than=None)
        for i in declarations.load().values()
        if i.at_least == 1 and {"month", "commune"} <= set(VIEWS[i.of].dimensions)
    )


def compute_version() -> str:
    """Hash the declarations, views and lists; when it changes, all totals are rebuilt: another reading or order of
    outcomes, or a local code in a list that conditions name, all of it is counted anew."""
    told, outcomes, lists = _list_dependencies()
    listed = [
        compiler.READING,
        [choices.ranks(name) for name in outcomes],
        [choices.nationals(name) for name in lists],
    ]
    return hashlib.sha256(json.dumps([told, listed]).encode()).hexdigest()


@cache
def _list_dependencies() -> tuple[list[str], list[str], list[str]]:
    """List the declarations and the views as written, the lists of outcomes, and those of the other columns."""
    views = (files("sync_server.figures") / "facts.sql").read_text("utf-8")
    named = {
        column
        for i in list_kept()
        for measure, condition in compiler.conditions(i).items()
        for column in (*condition, compiler.unit_of(i, measure))
    }
    outcomes = {VIEWS[i.of].outcomes for i in list_kept()} - {""}
    lists = {name for column in named if (name := list_of(column))}
    return [*map(repr, list_kept()), views], sorted(outcomes), sorted(lists)
