"""The invented records: the same for the same seed, plausible, and never mistaken for true ones."""

from __future__ import annotations

from collections import Counter
from datetime import date
from itertools import islice

from sqlalchemy import Engine, func, select

from shared import rules, territory
from shared.models import Encounter, FollowUp, GroupSession, PartnerContact, Presence
from shared.territory import TERRITORY
from sync_server import database, store, synthetic
from sync_server.tables import table
from tests.sync_server.world import ME, TODAY, people, pull

FIRST, LAST = date(2025, 1, 1), date(2025, 12, 31)


def stream(seed: int, count: int) -> list[dict[str, object]]:
    return list(islice(synthetic.Generator(seed, FIRST, LAST).records(), count))


def test_the_same_seed_gives_the_same_records() -> None:
    assert stream(1, 200) == stream(1, 200)
    assert stream(1, 200) != stream(2, 200)


def test_every_record_passes_the_rules_of_the_tablet() -> None:
    context = rules.Context(LAST, services={s["id"] for s in territory.services()})
    for record in stream(7, 1_000):
        assert rules.judge(str(record["kind"]), record["fields"], context).refusals == []


def test_communes_follow_the_population_and_the_home_ground() -> None:
    encounters = islice(synthetic.Generator(3, FIRST, LAST).encounters(), 5_000)
    met = Counter(record["fields"]["commune"] for record in encounters)
    assert {insee for insee, _ in met.most_common(3)} == {"90010", "90052", "90033"}  # Belfort, Giromagny, Delle
    assert len(met) > 90


def test_loading_fills_every_kind_and_marks_the_territory(engine: Engine) -> None:
    synthetic.load(engine, ME, 400, TODAY)
    with database.reading(engine) as connection:
        counts = [
            connection.scalar(select(func.count()).select_from(table(m))) or 0
            for m in (Encounter, FollowUp, Presence, GroupSession, PartnerContact)
        ]
        assert store.is_synthetic(connection, TERRITORY)
    assert sum(counts) == 400
    assert min(counts[:3]) > 30
    assert min(counts[3:]) > 3  # now and then
    assert pull(engine).synthetic
    assert len(people(pull(engine))) == 400


def test_loading_again_adds_nothing(engine: Engine) -> None:
    synthetic.load(engine, ME, 100, TODAY)
    synthetic.load(engine, ME, 100, TODAY)
    assert len(people(pull(engine))) == 100
