"""Invent requests to every address of a running server, as everybody in turn: no 5xx, no status, type or shape of
content that `/openapi.json` does not say."""

from __future__ import annotations

import json
import os
import re
import subprocess  # nosec B404  # commands that stand in this file, no shell
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from sync_server.access.roles import FIRST_PAGES
from tools.audit import stage
from tools.audit.stage import Credential, Stage
from tools.run import ROOT

CHECKS = (
    "not_a_server_error", "status_code_conformance", "content_type_conformance", "response_headers_conformance",
    "response_schema_conformance",
)  # fmt: skip
EXAMPLES, SEED, PATIENCE, LONGEST = 12, 15, 60, 1_800
"""How many requests are invented for an address, beside those that its limits suggest; where drawing them begins;
seconds for one answer, and for one credential."""
REACHED = FIRST_PAGES | {"nobody": "/coupon", "device": "/sync/pull"}
"""What each must have read at least once: a session or a token that opens nothing would try nothing."""


def look(programs: Path, reports: Path) -> list[str]:
    """Try the whole API as each; return what was found wrong, a line each. `reports`: where each run is told."""
    reports.mkdir(parents=True, exist_ok=True)
    with stage.raised() as server:
        return [one for who in server.list_credentials() for one in _try_as(server, who, programs, reports)]


def _try_as(server: Stage, who: Credential, programs: Path, reports: Path) -> Iterator[str]:
    told, answers = reports / f"{who.name}.stage.json", reports / f"{who.name}.answers.json"
    answers.unlink(missing_ok=True)
    told.touch(0o600)  # it holds a session
    ways = server.walk(who) if who.cookie else {}
    more = {"url": server.url, "known": server.known, "answers": str(answers)}
    more |= {"ways": {call: [asdict(one) for one in those] for call, those in ways.items()}}
    told.write_text(json.dumps(asdict(who) | more), "utf-8")
    report = reports / f"{who.name}.txt"
    try:
        ended_with = _run(server.url, programs, told, report)
    finally:
        told.unlink()
    said, answered = report.read_text("utf-8"), json.loads(answers.read_text("utf-8"))
    total = sum(count for by_status in answered.values() for count in by_status.values())
    read, acted = (sum(status in each for each in answered.values()) for status in ("200", "303"))
    did = f", {acted} led on (303)" if who.cookie else ""
    print(f"  {who.name}: {total} requests; of the calls, {read} answered 200{did}", flush=True)
    yield from (f"{who.name}: {one} ({report})" for one in read_report(said, ended_with))
    yield from (f"{who.name}: {one}" for one in _list_unreached(server, who, answered))


def _run(url: str, programs: Path, told: Path, report: Path) -> int:
    """Run schemathesis once; return what it ended with."""
    words = [
        str(programs / "schemathesis"), "run", f"{url}/openapi.json", "--checks", ",".join(CHECKS), "--no-color",
        "--max-examples", str(EXAMPLES), "--seed", str(SEED), "--phases", "examples,coverage,fuzzing",
        "--continue-on-failure", "--generation-with-security-parameters", "false", "--warnings", "off",
        "--generation-database", "none", "--max-redirects", "0", "--request-timeout", str(PATIENCE),
    ]  # fmt: skip
    hooks = {"AUDIT_STAGE": str(told), "SCHEMATHESIS_HOOKS": "tools.audit.hooks", "PYTHONPATH": str(ROOT)}
    with report.open("w", encoding="utf-8") as out:
        done = subprocess.run(  # nosec B603  # our own command, no shell
            words, env=os.environ | hooks, cwd=told.parent, stdout=out, stderr=out, timeout=LONGEST, check=False
        )
    return done.returncode


def read_report(said: str, ended_with: int) -> Iterator[str]:
    """Read what a run says: each failure with its call, and a call that was not tried at all."""
    call, named = "", 0
    for line in said.splitlines():
        if heading := re.fullmatch(r"_+ ([A-Z]+ /\S*) _+", line):
            call = heading[1]
        elif line.startswith(("- ST", "Network Error")):
            named += 1
            yield f"{call}: {line.removeprefix('- ')}"
    numbers = re.search(r"Selected: (\d+)/(\d+)\s+Tested: (\d+)", said)
    if numbers is None or len(set(numbers.groups())) != 1:
        yield "not every call was tried"
    elif ended_with and not named:
        yield f"schemathesis ended with {ended_with}"


def _list_unreached(server: Stage, who: Credential, answered: dict[str, dict[str, int]]) -> Iterator[str]:
    if "200" not in answered.get(f"GET {REACHED[who.name]}", {}):
        yield f"never read {REACHED[who.name]}"
    if who.cookie:
        try:
            server.read_csrf(who.cookie)
        except LookupError:
            yield "the session ended on the way: what followed was tried by nobody"
