"""The battery dies, the system kills the app: at most the field being entered is lost."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from field_app.locking.opening import open_store
from field_app.state.desk import Desk
from field_app.state.forms import begin
from tests.field_app.entering import INPUTS
from tests.field_app.world import SECRET
from tools.run import ROOT

POINTS = 20


def entered(fields: dict[str, Any]) -> dict[str, Any]:
    """The fields without the ids, which are random."""

    def bare(value: Any) -> Any:
        if not isinstance(value, list):
            return value
        return [{k: v for k, v in entry.items() if k != "id"} for entry in value]

    return {name: bare(value) for name, value in fields.items()}


async def after_each_input(desk: Desk) -> list[dict[str, Any]]:
    """What the draft holds after none, one, two… of the inputs."""
    draft = await begin.new("encounter", desk)
    found = [entered(draft.fields)]
    for tap in INPUTS:
        await tap(draft)
        found.append(entered(draft.fields))
    return found


@pytest.mark.parametrize("seed", range(POINTS))
async def test_killed_at_any_moment_at_most_the_last_input_is_lost(seed: int, tmp_path: Path, desk: Desk) -> None:
    expected = await after_each_input(desk)
    chance = random.Random(seed)
    last = chance.randint(0, len(INPUTS) - 1)
    folder = tmp_path / "killed"
    folder.mkdir()
    words = [sys.executable, "-m", "tests.field_app.entering", str(folder)]
    with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        said = 0
        while said < last:
            said = int(process.stdout.readline())
        time.sleep(chance.random() * 0.003)  # anywhere in the next input: in its sealing, its write, its commit
        process.kill()
        said += len(process.stdout.read().split())  # told before the kill, read after it
    store = await open_store(folder / "tablet.db", SECRET)
    kept = await store.all()
    store.close()
    held = entered(kept[0].fields) if kept else expected[0]
    assert len(kept) <= 1
    assert held in expected[said:]
    assert expected.index(held) <= said + 1
    if kept:  # and the worker goes on where the entry stopped
        again = await begin.resume(kept[0], desk)
        assert entered(again.fields) == held
        assert again.is_new
