"""Requirement 2 of SYNC, in any order of whatever may happen: every record saved is on the tablet or on the server
at every moment, and in the end it counts exactly once, with what each person wrote."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from field_app.store.kept import Kept
from tests.faults.fleet import FAULTS, WRITTEN, Fleet, changed_by, standing
from tests.faults.grounds import Ground, PostgresqlGround, SqliteGround
from tests.faults.soaking import soaked

SOAKING = "SOAK_EXAMPLES" in os.environ
EXAMPLES = int(os.environ.get("SOAK_EXAMPLES", "60"))
STEPS = 40
SHRINK = "SHRINK" in os.environ
"""Making a failing history shorter takes minutes: only when asked for."""
CONFIRMED = """
SELECT encounter_id FROM referral
WHERE id IN (SELECT subject_id FROM follow_up WHERE reported_by = 'service')
"""
TABLET = st.integers(0, 2)
PICK = st.integers(0, 50)
NAME = st.sampled_from(WRITTEN)
VALUES = {"gender": ("femme", "homme"), "rsa": ("oui", "non"), "household": ("seul", "inconnu")}
OFTEN = ("record", "sync", "sync well", "edit", "edit in a sync", "correct", "die in a sync")
EVENTS = (
    *OFTEN, *OFTEN, "follow up", "delete", "undo", "confirm", "quarrel", "quarrel", "what was late arrives",
    "back up", "restore", "restart", "revoke", "enrol again", "copy a file", "copy a file", "put back", "put back",
)  # fmt: skip
FAULT = st.lists(st.sampled_from(FAULTS), max_size=5)


class Anything(RuleBasedStateMachine):
    """Whatever workers, networks, batteries, coordinators and disks may do."""

    ground: Callable[[Path], Ground]
    done: Counter[str]

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.folder = tempfile.TemporaryDirectory()
        self.fleet = self.run(Fleet.begin(Path(self.folder.name), type(self).ground(Path(self.folder.name))))
        self.undoable: list[Kept] = []

    def run(self, task: Any) -> Any:
        return self.runner.run(task)

    @initialize()
    def an_ordinary_morning(self) -> None:
        for who in range(3):
            self.run(self.fleet.save(who, {"gender": "femme"}))
            self.run(self.fleet.sync(who, []))

    # One rule, not one for each event: hypothesis leaves rules out of whole histories, and what is lost needs many
    # sorts of events to meet.
    @rule(
        event=st.sampled_from(EVENTS), who=TABLET, pick=PICK, name=NAME, first=st.booleans(), faults=FAULT,
        steps=st.integers(0, 400),
    )  # fmt: skip
    def something_happens(
        self, event: str, who: int, pick: int, name: str, first: bool, faults: list[str], steps: int
    ) -> None:
        fleet, value = self.fleet, VALUES[name][first]
        alive = [i for i, truth in fleet.records.items() if not truth.deleted]
        chosen = alive[pick % len(alive)] if alive else ""
        may: dict[str, Callable[[], Any]] = {
            "record": lambda: fleet.save(who, {name: value}),
            "sync": lambda: fleet.sync(who, faults, prove=first),
            "sync well": lambda: fleet.sync(who, []),
            "die in a sync": lambda: fleet.killed_sync(who, steps),
            "what was late arrives": fleet.tablets[who].network.deliver,
            "back up": fleet.backup,
            "restore": fleet.restore,
            "restart": fleet.restart,
            "revoke": lambda: fleet.revoke(who),
            "enrol again": lambda: fleet.tablets[who].enrol(fleet),
            "undo": self.undo,
            "copy a file": lambda: fleet.copy_file(who),
            "put back": lambda: fleet.put_back(who),
        }
        of_a_record: dict[str, Callable[[], Any]] = {
            "edit": lambda: fleet.edit(chosen, name, value),
            "edit in a sync": lambda: fleet.edit_in_a_sync(chosen, name, value, steps),
            "delete": lambda: self.delete(chosen),
            "follow up": lambda: fleet.follow_up(chosen),
            "confirm": lambda: fleet.confirm(chosen),
            "correct": lambda: fleet.correct(chosen, name, value),
            "quarrel": lambda: self.quarrel(chosen, name, value, VALUES[name][not first]),
        }
        self.done["steps"] += 1
        happening = (may | of_a_record if chosen else may).get(event, lambda: None)()
        if happening is not None:
            self.run(happening)

    async def delete(self, record_id: str) -> None:
        kept = await self.fleet.tablets[self.fleet.records[record_id].owner].store.get(record_id)
        assert kept is not None
        self.undoable.append(kept)
        await self.fleet.delete(record_id)

    async def quarrel(self, record_id: str, name: str, value: str, other: str) -> None:
        """The coordinator and the worker write otherwise in one field, and the tablet hears of it."""
        await self.fleet.correct(record_id, name, other)
        await self.fleet.edit(record_id, name, value)
        await self.fleet.sync(self.fleet.records[record_id].owner, [])

    async def undo(self) -> None:
        kept = self.undoable.pop() if self.undoable else None
        if kept is not None and self.fleet.records[kept.id].deleted:
            await self.fleet.undo_delete(kept.id, kept)

    @invariant()
    def every_record_saved_is_on_its_tablet_or_on_the_server(self) -> None:
        there = {row[0] for row in self.fleet.rows("SELECT id FROM record")}
        for tablet in self.fleet.tablets:
            there |= {row[0] for row in tablet.store._connection.execute("SELECT id FROM sealed")}
        alive = {i for i, truth in self.fleet.records.items() if not truth.deleted}
        assert alive | self.fleet.follow_ups.keys() <= there

    @invariant()
    def nothing_counts_twice(self) -> None:
        [(columns, log)] = self.fleet.rows(
            "SELECT (SELECT count(*) FROM fact_encounter),"
            " (SELECT count(*) FROM record WHERE kind = 'encounter' AND NOT deleted)"
        )
        assert columns == log

    @invariant()
    def what_a_worker_wrote_stands_on_the_tablet_until_somebody_else_changes_it(self) -> None:
        for record_id, truth in self.fleet.records.items():
            if truth.deleted:
                continue
            kept = self.run(self.fleet.tablets[truth.owner].store.get(record_id))
            assert kept is not None
            for name, value in truth.mine.items():
                if name not in truth.theirs:
                    assert standing(kept.fields, name) == value, (record_id, name)

    @invariant()
    def what_is_asked_waits_for_the_workers_answer_with_both_versions(self) -> None:
        for record_id, truth in self.fleet.records.items():
            kept = self.run(self.fleet.tablets[truth.owner].store.get(record_id))
            asked = kept is not None and kept.state == "to_correct"
            assert asked or not truth.asked or truth.deleted, record_id
            if asked and not truth.deleted:
                truth.asked = True
                assert kept.theirs is not None
                assert all(standing(kept.fields, name) == truth.mine[name] for name in truth.unsent), record_id
            elif kept is not None and kept.state == "sent":
                truth.unsent.clear()

    def teardown(self) -> None:
        try:
            self.run(self.fleet.settle())
            self.every_record_saved_is_on_its_tablet_or_on_the_server()
            self.nothing_counts_twice()
            self._in_the_end()
        finally:
            self.fleet.end()
            self.runner.close()
            self.folder.cleanup()

    def _in_the_end(self) -> None:
        for record_id, truth in self.fleet.records.items():
            head = self.fleet.head(record_id)
            if truth.deleted:
                assert head is None or head["deleted"], record_id
                continue
            assert head is not None, record_id
            assert not head["deleted"], record_id
            for name in truth.mine.keys() | truth.theirs.keys() - truth.doubtful:
                assert standing(head["fields"], name) in changed_by(truth, name), (record_id, name)
            kept = self.run(self.fleet.tablets[truth.owner].store.get(record_id))
            assert kept.fields == head["fields"], record_id
        alive = self.fleet.rows("SELECT id FROM record WHERE kind = 'follow_up' AND NOT deleted")
        assert {(i,) for i in self.fleet.follow_ups} <= set(alive)
        assert len(alive) == len(self.fleet.rows("SELECT id FROM follow_up"))
        told = self.fleet.rows(CONFIRMED)
        assert {(i,) for i in self.fleet.confirmed if not self.fleet.records[i].deleted} <= set(told)
        self.done["tablets put back"] += self.fleet.putbacks
        self.done.update({"histories": 1, "records": len(self.fleet.records) + len(self.fleet.follow_ups)})


@pytest.mark.parametrize("sort", ["sqlite", "postgresql"])
def test_whatever_happens_nothing_is_lost_and_nothing_counts_twice(
    sort: str, request: pytest.FixtureRequest
) -> None:
    if sort == "sqlite":
        examples, template = EXAMPLES, request.getfixturevalue("sqlite_template")
        Anything.ground = staticmethod(lambda folder: SqliteGround(folder, template))
    else:
        examples, server = max(6, EXAMPLES // 6), request.getfixturevalue("postgresql")
        Anything.ground = staticmethod(lambda _: PostgresqlGround(server))
    Anything.done = Counter(histories=0)
    run_state_machine_as_test(
        Anything,
        settings=settings(
            max_examples=examples,
            stateful_step_count=STEPS,
            derandomize=not SOAKING,  # the same histories at each commit; new ones in `make soak`
            database=None,
            deadline=None,
            report_multiple_bugs=False,
            phases=[phase for phase in Phase if phase is not Phase.shrink or SHRINK],
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert Anything.done["histories"] >= examples
    assert Anything.done["tablets put back"]
    soaked(f"Random histories, with a server on {sort}", **Anything.done)
