"""Requirement 2 of SYNC, in any order of whatever may happen: every record saved is on the tablet or on the server
at every moment, and in the end it counts exactly once, with what each person wrote."""

from __future__ import annotations

import asyncio
import os
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from field_app.kept import Kept
from tests.faults.fleet import FAULTS, Fleet, changed_by

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
NAME = st.sampled_from(("gender", "rsa", "household"))
VALUES = {"gender": ("femme", "homme"), "rsa": ("oui", "non"), "household": ("seul", "inconnu")}
FAULT = st.lists(st.sampled_from(FAULTS), max_size=5)


class Anything(RuleBasedStateMachine):
    """Whatever workers, networks, batteries, coordinators and disks may do."""

    template: Path

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.folder = tempfile.TemporaryDirectory()
        self.fleet = self.run(Fleet.begin(Path(self.folder.name), self.template))
        self.undoable: list[Kept] = []

    def run(self, task: Any) -> Any:
        return self.runner.run(task)

    def one(self, pick: int, deleted: bool = False) -> str:
        there = [i for i, truth in self.fleet.records.items() if truth.deleted == deleted]
        return str(there[pick % len(there)])

    def some(self) -> bool:
        return any(not truth.deleted for truth in self.fleet.records.values())

    @rule(who=TABLET, gender=st.sampled_from(VALUES["gender"]))
    def a_worker_records_an_encounter(self, who: int, gender: str) -> None:
        self.run(self.fleet.save(who, {"gender": gender}))

    @precondition(some)
    @rule(pick=PICK, name=NAME, first=st.booleans())
    def the_worker_edits_it(self, pick: int, name: str, first: bool) -> None:
        self.run(self.fleet.edit(self.one(pick), name, VALUES[name][first]))

    @precondition(some)
    @rule(pick=PICK)
    def the_worker_deletes_it(self, pick: int) -> None:
        record_id = self.one(pick)
        tablet = self.fleet.tablets[self.fleet.records[record_id].owner]
        self.undoable.append(self.run(tablet.store.get(record_id)))
        self.run(self.fleet.delete(record_id))

    @precondition(lambda self: self.undoable)
    @rule()
    def and_undoes_the_deletion(self) -> None:
        kept = self.undoable.pop()
        if self.fleet.records[kept.id].deleted:
            self.run(self.fleet.undo_delete(kept.id, kept))

    @precondition(some)
    @rule(pick=PICK)
    def the_worker_follows_it_up(self, pick: int) -> None:
        self.run(self.fleet.follow_up(self.one(pick)))

    @precondition(some)
    @rule(pick=PICK)
    def the_service_confirms_the_slip(self, pick: int) -> None:
        self.fleet.confirm(self.one(pick))

    @precondition(some)
    @rule(pick=PICK, name=NAME, first=st.booleans())
    def the_coordinator_corrects_it(self, pick: int, name: str, first: bool) -> None:
        self.fleet.correct(self.one(pick), name, VALUES[name][first])

    @rule(who=TABLET, faults=FAULT, prove=st.booleans())
    def a_tablet_syncs(self, who: int, faults: list[str], prove: bool) -> None:
        self.run(self.fleet.sync(who, faults, prove))

    @rule(who=TABLET, steps=st.integers(0, 400))
    def a_tablet_dies_while_it_syncs(self, who: int, steps: int) -> None:
        self.run(self.fleet.killed_sync(who, steps))

    @rule(who=TABLET)
    def what_was_thought_lost_arrives(self, who: int) -> None:
        self.run(self.fleet.tablets[who].network.deliver())

    @rule()
    def the_server_is_upgraded_and_starts_again(self) -> None:
        self.fleet.restart()

    @rule()
    def the_server_is_backed_up(self) -> None:
        self.fleet.backup()

    @precondition(lambda self: self.fleet.restores < 2)
    @rule()
    def the_server_is_restored(self) -> None:
        self.fleet.restore()

    @rule(who=TABLET)
    def a_tablet_is_revoked(self, who: int) -> None:
        self.fleet.revoke(who)

    @rule(who=TABLET)
    def and_enrolled_again(self, who: int) -> None:
        self.run(self.fleet.tablets[who].enrol(self.fleet))

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
                    assert kept.fields.get(name) == value, (record_id, name)

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
            for name in truth.mine.keys() | (truth.theirs.keys() if not self.fleet.restores else set()):
                assert head["fields"].get(name) in changed_by(truth, name), (record_id, name)
            kept = self.run(self.fleet.tablets[truth.owner].store.get(record_id))
            assert kept.fields == head["fields"], record_id
        alive = self.fleet.rows("SELECT id FROM record WHERE kind = 'follow_up' AND NOT deleted")
        assert {(i,) for i in self.fleet.follow_ups} <= set(alive)
        assert len(alive) == len(self.fleet.rows("SELECT id FROM follow_up"))
        told = self.fleet.rows(CONFIRMED)
        assert {(i,) for i in self.fleet.confirmed if not self.fleet.records[i].deleted} <= set(told)


def test_whatever_happens_nothing_is_lost_and_nothing_counts_twice(sqlite_template: Path) -> None:
    Anything.template = sqlite_template
    run_state_machine_as_test(
        Anything,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            derandomize=not SOAKING,  # the same histories at each commit; new ones in `make soak`
            database=None,
            deadline=None,
            report_multiple_bugs=False,
            phases=[phase for phase in Phase if phase is not Phase.shrink or SHRINK],
            suppress_health_check=list(HealthCheck),
        ),
    )
