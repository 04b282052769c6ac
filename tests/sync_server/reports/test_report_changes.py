"""Two frozen reports beside each other: whatever differs is named, and what is the same is said to be the same."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine

from sync_server.reports import frozen
from sync_server.reports.pact_changes import ABSENT, ChangedValue, compare
from sync_server.reports.pact_report import Body
from tests.sync_server.pact_world import built, fill

N = "\u202f"
Spot = tuple[str | int, ...]


@pytest.fixture
def body(engine: Engine) -> Body:
    """A whole report, of which three indicators are kept: a rate with a target, a range, a mean."""
    fill(engine, 60)
    found = built(engine)
    for action in found["actions"]:
        action["indicators"] = [e for e in action["indicators"] if e["code"] in ("A3-09", "A4-01", "A4-06")]
    return found


def spots(node: Any, at: Spot = ()) -> Iterator[Spot]:
    """Where each leaf of a body stands."""
    inside = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else None
    if inside is None:
        yield at
        return
    for key, one in inside:
        yield from spots(one, (*at, key))


def holder(body: Body, spot: Spot) -> Any:
    found: Any = body
    for key in spot[:-1]:
        found = found[key]
    return found


def other(value: Any) -> Any:
    """Another value of that sort, as near as it can be."""
    if value is None:
        return 0
    if isinstance(value, bool):
        return not value
    if isinstance(value, str):
        return f"{value} "
    return value + (1 if isinstance(value, int) else 1e-6)


def changed(body: Body, value: Any, *spot: str | int) -> Body:
    made = copy.deepcopy(body)
    holder(made, spot)[spot[-1]] = value
    return made


def national(body: Body, **more: Any) -> Body:
    return changed(body, body["national"][0] | more, "national", 0)


def test_whatever_single_value_differs_the_comparison_names_it(body: Body) -> None:
    every = list(spots(body))
    assert len(every) > 200
    for spot in every:
        value = holder(body, spot)[spot[-1]]
        new = changed(body, other(value), *spot)
        changes = compare(body, new)
        assert changes, spot
        assert all(change.before != change.after for change in changes), (spot, changes)
        assert all(change.where and change.what for change in changes), (spot, changes)
        assert {(c.where, c.what) for c in compare(new, body)} == {(c.where, c.what) for c in changes} or (
            spot[-1] in ("code", "label", "year")  # what the change is named after
        )


def test_whatever_single_value_is_missing_the_comparison_names_it(body: Body) -> None:
    for spot in spots(body):
        new = copy.deepcopy(body)
        del holder(new, spot)[spot[-1]]
        assert compare(body, new), spot
        assert compare(new, body), spot


def test_the_same_body_read_back_from_its_text_has_not_changed(body: Body) -> None:
    assert compare(body, copy.deepcopy(body)) == []


def test_a_national_rate_that_moves_by_a_third_of_a_point_is_told_with_its_decimals(body: Body) -> None:
    old, new = (national(body, values={"2025": value}) for value in (0.119, 0.116))
    where = "Indicateurs nationaux : Indicateur national"
    assert compare(old, new) == [ChangedValue(where, "Valeur 2025", f"11,9{N}%", f"11,6{N}%")]
    new = national(body, values={"2025": 0.11904})
    assert compare(old, new) == [ChangedValue(where, "Valeur 2025", f"11,9{N}%", f"11,904{N}%")]


@pytest.mark.parametrize(
    ("key", "value", "what", "after"),
    [
        ("owner", "CCAS", "Responsable", "CCAS"),
        ("comment", "Source revue", "Commentaire", "Source revue"),
        ("trajectory", "libre", "Trajectoire", "Libre (rien n’est attendu avant la fin de l’année)"),
    ],
)
def test_what_the_coordinator_wrote_of_a_national_indicator_is_compared_too(
    body: Body, key: str, value: str, what: str, after: str
) -> None:
    [change] = compare(body, national(body, **{key: value}))
    assert (change.what, change.after) == (what, after)


def test_the_mark_of_synthetic_data_the_kind_and_the_name_of_an_action_are_compared(body: Body) -> None:
    new = changed(body, False, "synthetic") | {"kind": "periode"}
    new["actions"][0]["label"] += " (16-25)"
    found = [(c.what, c.before, c.after) for c in compare(body, new)]
    assert ("Genre de rapport", "Rapport annuel", "Rapport de période") in found
    assert ("Données de démonstration", "oui", "non") in found
    assert [what for what, _, after in found if after.endswith(" (16-25)")] == ["Intitulé"]


def test_a_figure_that_moves_is_named_by_its_numbers_and_not_by_their_words_again(body: Body) -> None:
    entry = body["actions"][1]["indicators"][0]
    new = changed(body, entry["period"] | {"value": 999, "shown": "999"}, "actions", 1, "indicators", 0, "period")
    where = f"Fiche 4 indicateurs : {entry['code']} · {entry['label']}"
    before = frozen.format_value(entry["period"]["value"])
    assert compare(body, new) == [ChangedValue(where, "Période", before, "999")]


def test_an_indicator_that_one_report_has_and_the_other_has_not_is_absent(body: Body) -> None:
    new = changed(body, [], "national")
    changes = compare(body, new)
    assert {(c.where, c.after) for c in changes} == {("Indicateurs nationaux : Indicateur national", ABSENT)}
    assert {c.before for c in compare(new, body)} == {ABSENT}


def test_two_deadlines_of_one_name_are_both_compared(body: Body) -> None:
    one = body["deadlines"][0]
    old, new = (changed(body, [one, one | {"done_on": day}], "deadlines") for day in ("", "2026-04-02"))
    assert compare(old, new) == [
        ChangedValue("Échéances : Rapport à mi-parcours (2)", "Fait le", "", "02/04/2026")
    ]


def test_reports_whose_digests_differ_never_say_the_same(body: Body) -> None:
    """The same values in another order: nothing to name but that."""
    new = changed(body, body["actions"][::-1], "actions")
    assert frozen.digest(body) != frozen.digest(new)
    [change] = compare(body, new)
    assert (change.what, change.before == change.after) == ("Ordre ou forme du contenu", False)
    assert compare(body, changed(body, float(body["form"]), "form"))
