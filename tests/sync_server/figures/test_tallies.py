"""What is kept ready always equals what is counted: after edits, deletions, late arrivals and restores."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, delete

from shared.territory import TERRITORY
from sync_server.figures import compiler, counts, tallies, tally_reader
from sync_server.figures.compiler import Period
from sync_server.figures.counts import Figures
from sync_server.intake import stale_tallies, store
from sync_server.operations import backup
from sync_server.operations.synthetic import Generator
from sync_server.storage import database
from sync_server.storage.desk_tables import StaleTally
from sync_server.storage.tables import table
from sync_server.web import writing
from tests.sync_server.world import ME, TODAY, encounter, follow_up, forget_records, new_id, push

FIRST = date(2025, 11, 15)
QUARTER = Period(date(2026, 1, 1), date(2026, 3, 31), TODAY)
ODD_DAYS = Period(date(2025, 11, 20), date(2026, 2, 3), TODAY)
AS_KNOWN_THEN = Period(date(2025, 12, 1), date(2026, 2, 28), date(2026, 1, 20))
LOOKS: tuple[tuple[Period, tuple[str, ...]], ...] = (
    (QUARTER, ("month", "age_band")),
    (ODD_DAYS, ("epci",)),
    (AS_KNOWN_THEN, ("quarter",)),
    (Period(date(2026, 2, 3), date(2026, 2, 5), TODAY), ("gender",)),
    (QUARTER, ("commune",)),
)
"""By what they are kept by and by what they are not; of whole months, odd days and an earlier cut-off."""


def figures(engine: Engine, period: Period, by: Sequence[str], only: compiler.Only | None = None) -> Figures:
    with database.reading(engine) as connection:
        found = counts.compute(connection, TERRITORY, period, by, only)
        return {code: dict(cells) for code, cells in found.items()}


def recomputed(engine: Engine, *wanted: Any) -> Figures:
    """The same, from the facts alone."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tally_reader.Tallies, "answer", lambda *_: False)
        return figures(engine, *wanted)


def assert_equal(engine: Engine, most: int = len(LOOKS)) -> None:
    for period, by in LOOKS[:most]:
        assert figures(engine, period, by) == recomputed(engine, period, by), (period, by)


def some_records(seed: int, count: int) -> Iterator[dict[str, Any]]:
    stream = Generator(seed, FIRST, TODAY - timedelta(1)).records()
    return (next(stream) for _ in range(count))


@pytest.fixture
def used(engine: Engine) -> Engine:
    """A territory in use, whose tallies are fresh."""
    push(engine, *some_records(1, 150))
    tallies.recount_stale(engine, TERRITORY)
    return engine


def test_fresh_tallies_say_what_the_facts_say(used: Engine) -> None:
    assert_equal(used)


def test_what_came_since_is_counted_before_the_tallies_know_it(used: Engine) -> None:
    push(used, *some_records(2, 40))
    assert_equal(used, 2)
    tallies.recount_stale(used, TERRITORY)
    assert_equal(used, 2)


def test_pages_looked_at_one_after_the_other_make_the_tablets_wait_for_one_counting_alone(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "_RECOUNTED", {})
    source = writing.Source(engine.url.render_as_string(hide_password=False), TERRITORY, TODAY)

    def look() -> Figures:
        with writing.looking(source) as connection:
            found = counts.compute(connection, TERRITORY, QUARTER)
            return {code: dict(cells) for code, cells in found.items()}

    push(engine, *some_records(1, 150))
    look()
    push(engine, *some_records(2, 40))
    with monkeypatch.context() as patch:
        patch.setattr(tallies, "recount_stale", lambda *_: pytest.fail("counted again so soon"))
        assert look() == recomputed(engine, QUARTER, ())  # what came since is there all the same
    monkeypatch.setattr(writing, "RECOUNT_EVERY", 0)  # later
    assert look() == recomputed(engine, QUARTER, ())
    with database.reading(engine) as connection:
        assert tallies.stale(connection, TERRITORY) == []


def test_a_question_about_some_communes_or_ages_is_answered_alike(used: Engine) -> None:
    for only in ({"epci": ("200069052",)}, {"age_band": ("18-21", "22-25"), "month": ("2026-01",)}):
        assert figures(used, QUARTER, ("month",), only) == recomputed(used, QUARTER, ("month",), only)


def test_nothing_is_written_where_nothing_is_stale(used: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "writing", lambda _: pytest.fail("a reader that writes"))
    tallies.recount_stale(used, TERRITORY)


def test_other_declarations_begin_all_anew(used: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tallies, "compute_version", lambda: "other")
    assert_equal(used, 1)  # none of the old tallies is read
    tallies.recount_stale(used, TERRITORY)
    assert_equal(used, 1)


def test_outcomes_read_another_way_are_counted_anew(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server upgraded over tallies that hold the last word of each referral."""
    sent = new_id()
    push(engine, encounter(day="2026-01-15", referrals=[{"id": sent, "service": "mobijob"}]))
    push(engine, follow_up(sent, "2026-01-20", "honoree"), follow_up(sent, "2026-02-20", "sans-nouvelle"))
    with pytest.MonkeyPatch.context() as older:
        older.setattr(compiler, "READING", "latest")
        older.setattr(compiler, "furthest_first", lambda _: (compiler.FOLLOW_UP.c.day.desc(),))
        tallies.recount_stale(engine, TERRITORY)
        assert figures(engine, QUARTER, ())["A4-10"][()].numerator == 0
    tallies.recount_stale(engine, TERRITORY)
    assert figures(engine, QUARTER, ())["A4-10"][()].numerator == 1


def test_a_mark_that_is_missing_would_be_noticed(used: Engine) -> None:
    push(used, encounter(day="2026-02-10"))
    with database.writing(used) as connection:
        connection.execute(delete(table(StaleTally)))
    assert figures(used, QUARTER, ()) != recomputed(used, QUARTER, ())


def test_after_a_restore_everything_is_counted_from_what_came_back(
    used: Engine, unused: Engine, tmp_path: Path
) -> None:
    backup.save(used, tmp_path / "lundi")
    backup.restore(unused, tmp_path / "lundi")
    assert_equal(unused, 1)
    tallies.recount_stale(unused, TERRITORY)
    assert_equal(unused, 1)
    assert figures(unused, QUARTER, ("month",)) == figures(used, QUARTER, ("month",))


def test_the_figures_that_age_do_so_by_the_day(engine: Engine) -> None:
    """A4-12: sixty days after the referral, whichever month has been counted."""
    for day in ("2025-12-31", "2026-01-08", "2026-01-09", "2026-01-10"):
        push(engine, encounter(day=day, referrals=[{"id": new_id(), "service": "mobijob"}]))
    tallies.recount_stale(engine, TERRITORY)
    whole = Period(date(2025, 12, 1), date(2026, 3, 10), TODAY)
    for cut_off in (TODAY, TODAY + timedelta(1), TODAY + timedelta(40)):
        wanted = (Period(whole.first, whole.last, cut_off), ("month",))
        assert figures(engine, *wanted)["A4-12"] == recomputed(engine, *wanted)["A4-12"]
    assert figures(engine, whole, ())["A4-12"][()].denominator in (2, 3)


NEWS = {
    "referrals": ("referral", ("honoree", "acces-effectif", "sans-nouvelle", "refusee-par-la-personne")),
    "obstacles": ("obstacle", ("leve", "en-cours")),
    "rights": ("right", ("ouvert", "refuse")),
}
OTHERS = ("presence", "group_session", "partner_contact")
MAY_HAPPEN = ("met", "met", "edit", "delete", "news", "late", "other", "other", "freshen")
ACTS = st.lists(
    st.tuples(st.sampled_from(MAY_HAPPEN), st.integers(0, 10**6)),
    min_size=6,
    max_size=14,
    unique_by=lambda act: act[1],
)


class History:
    """Encounters and other records edited, deleted and followed up in any order; now and then somebody reads."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.alive: dict[str, tuple[int, dict[str, Any]]] = {}
        self.others: dict[str, tuple[int, str]] = {}

    def happens(self, act: str, number: int) -> None:
        chance = random.Random(number)
        chosen = chance.choice(sorted(self.alive)) if self.alive else ""
        if act == "freshen":
            tallies.recount_stale(self.engine, TERRITORY)
        elif act in ("met", "late") or not chosen:
            self.meet(chance, act == "late")
        elif act == "other":
            self.do_something_else(chance)
        elif act == "edit":
            revision, _ = self.alive[chosen]
            self.keep(chosen, revision + 1, next(Generator(number, FIRST, TODAY).encounters())["fields"])
        elif act == "delete":
            revision, _ = self.alive.pop(chosen)
            gone = {"id": chosen, "kind": "encounter", "revision": revision + 1, "deleted": True, "fields": {}}
            push(self.engine, gone)
        else:
            self.follow(self.alive[chosen][1], chance)

    def meet(self, chance: random.Random, late: bool) -> None:
        met = next(Generator(chance.randrange(10**6), FIRST, TODAY).encounters())
        if late:  # the news of it arrived before it did
            self.follow(met["fields"], chance)
        self.keep(met["id"], 1, met["fields"])

    def do_something_else(self, chance: random.Random) -> None:
        """A presence, a session or a partner's contact: new, moved, or deleted."""
        record = next(r for r in Generator(chance.randrange(10**6), FIRST, TODAY).records() if r["kind"] in OTHERS)
        same = sorted(i for i, (_, kind) in self.others.items() if kind == record["kind"])
        if same:
            revision, _ = self.others[same[0]]
            record |= {"id": same[0], "revision": revision + 1, "base_revision": revision}
            if chance.random() < 0.3:
                record |= {"deleted": True, "fields": {}}
        [receipt] = push(self.engine, record)
        assert receipt.status == "accepted", receipt
        self.others[record["id"]] = (record["revision"], record["kind"])
        if record.get("deleted"):
            self.others.pop(record["id"])

    def keep(self, record_id: str, revision: int, fields: dict[str, Any]) -> None:
        record = {"id": record_id, "kind": "encounter", "revision": revision, "fields": fields}
        if revision > 1:
            record["base_revision"] = revision - 1
        [receipt] = push(self.engine, record)
        assert receipt.status == "accepted", receipt
        self.alive[record_id] = (revision, fields)

    def follow(self, fields: dict[str, Any], chance: random.Random) -> None:
        for name, (kind, outcomes) in NEWS.items():
            for part in fields.get(name, ()):
                day = date.fromisoformat(fields["day"]) + timedelta(chance.randint(0, 20))
                push(self.engine, follow_up(part["id"], str(min(day, TODAY)), chance.choice(outcomes),
                                            subject_kind=kind))  # fmt: skip


@settings(
    max_examples=8,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(acts=ACTS)
def test_whatever_happens_to_the_records(engine: Engine, acts: list[tuple[str, int]]) -> None:
    history = History(engine)
    for act, number in acts:
        history.happens(act, number)
    assert_equal(engine, 2)
    tallies.recount_stale(engine, TERRITORY)
    assert_equal(engine, 2)
    with database.writing(engine) as connection:  # the next example begins with nothing
        forget_records(connection)
        database.lock_territory(connection, TERRITORY)
        connection.exec_driver_sql("DELETE FROM tally")
        connection.exec_driver_sql("DELETE FROM stale_tally")


def test_days_are_split_into_whole_months_and_the_rest() -> None:
    months, rest = tally_reader.split(date(2025, 12, 15), date(2026, 3, 10), ["2026-02"])
    assert months == ["2026-01"]
    assert rest == [(date(2025, 12, 15), date(2025, 12, 31)), (date(2026, 2, 1), date(2026, 3, 10))]
    assert tally_reader.split(date(2026, 2, 1), date(2026, 2, 28), []) == (["2026-02"], [])
    assert tally_reader.split(date(2026, 2, 2), date(2026, 2, 1), []) == ([], [])


def test_the_month_that_has_begun_is_read_as_a_whole_one_until_something_is_of_its_later_days(
    used: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    until_today = Period(date(2026, 1, 1), TODAY, TODAY)
    known = recomputed(used, until_today, ("commune",))
    tallies.recount_stale(used, TERRITORY)
    with monkeypatch.context() as patch:
        patch.setattr(tallies, "from_facts", from_facts := Mock(side_effect=tallies.from_facts))
        assert figures(used, until_today, ("commune",)) == known
        # A4-12 alone is of the days until sixty before the cut-off: its month is read from the facts, once.
        assert [call.args[4][0].of for call in from_facts.call_args_list] == ["fact_referral"]
    yesterday = Period(until_today.first, TODAY - timedelta(1), TODAY)
    push(used, encounter(day=str(TODAY)))
    tallies.recount_stale(used, TERRITORY)
    assert figures(used, yesterday, ("commune",)) == recomputed(used, yesterday, ("commune",))
    assert figures(used, until_today, ("commune",)) != known


def test_a_writer_pays_for_a_mark_and_not_for_the_counting(used: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tallies, "from_facts", lambda *_: pytest.fail("counted under the tablet's push"))
    assert store.accept(used, ME, [encounter()], TODAY)[0].status == "accepted"
    with database.reading(used) as connection:
        assert connection.exec_driver_sql("SELECT month, commune FROM stale_tally").all() == [("2026-03", "90052")]
    assert stale_tallies.place_of(date(2026, 3, 9), "90052") == ("2026-03", "90052")
