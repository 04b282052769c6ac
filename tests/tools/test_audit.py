"""`make audit`: what it takes for a finding, what it says when it could not look, and what it sends."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import unquote

import httpx
import pytest

from shared import wire
from sync_server.access import forms
from sync_server.access.roles import ROLES
from sync_server.settings import Settings
from sync_server.web.app import create_app
from tools.audit import __main__ as audit
from tools.audit import api, code, hooks, packages, stage
from tools.audit.packages import Looked
from tools.lock import LOCKS
from tools.run import ROOT

SUMMARY = "API Operations:\n  Selected: 96/96\n  Tested: {tested}\n"


def test_what_bandit_finds_or_cannot_read_is_a_finding() -> None:
    told = {
        "errors": [{"filename": "a.py", "reason": "syntax error"}],
        "results": [{"filename": "b.py", "line_number": 3, "test_id": "B602", "issue_text": "a shell"}],
    }
    assert code.read_report(json.dumps(told)) == ["a.py: syntax error", "b.py:3: B602 a shell"]


@pytest.mark.parametrize(
    ("line", "explained"),
    [
        ("x = 1  # nosec B105  # emptied", True),
        ("x = 1  # noqa: S105  # nosec B105 B106  # emptied", True),
        ("x = 1  # nosec", False),
        ("x = 1  # nosec B105", False),
        ("x = 1  # nosec  # emptied", False),
        ("x = '# nosec'", True),
    ],
)
def test_an_exception_says_its_number_and_its_reason(tmp_path: Path, line: str, explained: bool) -> None:
    (tmp_path / "main.py").write_text(f"{line}\n", "utf-8")
    for folder in code.READ[:-1]:
        (tmp_path / folder).mkdir()
    found = list(code.list_unexplained(tmp_path))
    assert found == ([] if explained else ["main.py:1: nosec without a number or a reason"])


def test_every_exception_of_this_house_is_explained() -> None:
    assert list(code.list_unexplained(ROOT)) == []


def test_a_known_vulnerability_is_a_finding_with_what_mends_it() -> None:
    weak = {"id": "PYSEC-1", "fix_versions": ["2.0"]}
    told = {
        "dependencies": [
            {"name": "sound", "version": "1.0", "vulns": []},
            {"name": "weak", "version": "1.0", "vulns": [weak, {"id": "PYSEC-2", "fix_versions": []}]},
        ]
    }
    looked = packages.read_report("some.lock", json.dumps(told), "")
    assert looked.found == [
        "some.lock: weak 1.0: PYSEC-1, mended in 2.0",
        "some.lock: weak 1.0: PYSEC-2, mended in none yet",
    ]
    assert looked.told == "some.lock: 2 packages looked up, 2 vulnerabilities"


def test_a_package_that_the_database_does_not_know_is_said_and_is_no_finding() -> None:
    told = {
        "dependencies": [{"name": "sound", "version": "1.0", "vulns": []}, {"name": "a", "skip_reason": "no a"}]
    }
    looked = packages.read_report("some.lock", json.dumps(told), "")
    assert looked.found == []
    assert looked.told.endswith("1 packages looked up, 0 vulnerabilities; NOT LOOKED UP: 1 (no a)")


def test_a_database_that_is_away_is_said_loudly_and_is_no_finding() -> None:
    all_skipped = json.dumps({"dependencies": [{"name": "a", "skip_reason": "no a"}]})
    for said, errors in ((all_skipped, ""), ("", "ERROR: Connection refused")):
        looked = packages.read_report("some.lock", said, errors)
        assert looked.found == []
        assert "NOTHING WAS LOOKED UP" in looked.told


def test_a_lock_file_that_cannot_be_read_does_not_pass_for_a_database_that_is_away() -> None:
    with pytest.raises(ValueError, match=r"some\.lock: ERROR: invalid requirement"):
        packages.read_report("some.lock", "", "ERROR: invalid requirement")


def test_every_lock_file_is_looked_at_and_the_audits_own_is_locked_like_the_others() -> None:
    assert set(packages.LOCKED) == {path.name for path in ROOT.glob("requirements*.lock")}
    assert "requirements-audit.lock" in LOCKS
    lock = (ROOT / "requirements-audit.lock").read_text("utf-8")
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"][
        "audit"
    ]
    for name in (re.split("[>=]", one)[0] for one in wanted):
        assert f"\n{name}==" in lock
        assert f"\n{name}==" not in (ROOT / "requirements-server.lock").read_text("utf-8")


def test_the_audit_looks_at_the_versions_that_are_served() -> None:
    served, looked_at = (
        set(re.findall(r"^([a-z0-9-]+==\S+)", (ROOT / name).read_text("utf-8"), re.MULTILINE))
        for name in ("requirements-server.lock", "requirements-audit.lock")
    )
    assert len(served) > 50
    assert served <= looked_at


def test_each_failure_is_told_with_its_call() -> None:
    said = (
        "___ GET /sync/pull ___\n1. Test Case ID: x\n\n- ST108 Response violates schema\n"
        "___ POST /coupon ___\nNetwork Error\n\nRead timed out\n" + SUMMARY.format(tested=96)
    )
    found = list(api.read_report(said, 1))
    assert found == ["GET /sync/pull: ST108 Response violates schema", "POST /coupon: Network Error"]
    assert list(api.read_report(SUMMARY.format(tested=96), 0)) == []


def test_a_run_that_tried_less_than_everything_or_broke_off_is_a_finding() -> None:
    assert list(api.read_report(SUMMARY.format(tested=95), 0)) == ["not every call was tried"]
    assert list(api.read_report("Traceback", 1)) == ["not every call was tried"]
    assert list(api.read_report(SUMMARY.format(tested=96), 2)) == ["schemathesis ended with 2"]


def case(method: str, path: str, body: Any = None, **more: Any) -> Any:
    parameters = {"path_parameters": {}, "query": {}, "headers": {}} | more
    formatted = path.format(**parameters["path_parameters"])
    return SimpleNamespace(method=method, path=path, formatted_path=formatted, body=body, **parameters)


def told(**more: Any) -> dict[str, Any]:
    return {"cookie": "", "csrf": "", "token": "", "known": {}, "ways": {}} | more


def unread(_: str) -> str:
    raise AssertionError("no page stands for this")


def test_a_form_of_a_role_is_genuine_mostly_and_now_and_then_is_not() -> None:
    genuine = 0
    for number in range(200):
        sent = case("POST", "/console/objectifs/{code}", {"v": number}, path_parameters={"code": "a%20b"})
        hooks.complete(sent, told(cookie="__Host-session=1", csrf="secret"), unread)
        assert sent.headers == {"Cookie": "__Host-session=1"}
        if "nonce" in sent.body:
            genuine += 1
            assert forms.is_genuine("secret", unquote(sent.formatted_path), sent.body["nonce"])
    assert 150 < genuine < 200


def test_what_ends_a_session_is_never_sent_genuine() -> None:
    for path in hooks.NEVER_GENUINE:
        for number in range(50):
            sent = case("POST", path, {"v": number})
            hooks.complete(sent, told(csrf="secret"), unread)
            assert sent.body == {"v": number}


def test_a_tablet_shows_its_token_and_mostly_a_version_and_ids_that_exist() -> None:
    known = 0
    for number in range(200):
        sent = case("GET", "/sync/pull", headers={wire.PROTOCOL_HEADER: "77", wire.TERRITORY_HEADER: "x"},
                    query={"after": number, "code": "invented"})  # fmt: skip
        hooks.complete(sent, told(token="t", known={"code": ["ta1"]}), unread)
        assert sent.headers["Authorization"] == "Bearer t"
        if sent.query["code"] == "ta1":
            known += 1
            assert sent.headers[wire.PROTOCOL_HEADER] == str(wire.PROTOCOL)
            assert wire.TERRITORY_HEADER not in sent.headers
    assert 100 < known < 200


def test_the_same_request_is_completed_in_the_same_way_each_time() -> None:
    sent = [case("GET", "/x/{code}", path_parameters={"code": "a"}) for _ in range(2)]
    for one in sent:
        hooks.complete(one, told(known={"code": ["b", "c", "d"]}), unread)
    assert sent[0].path_parameters == sent[1].path_parameters


def test_everybody_is_tried_and_must_have_read_a_page_of_theirs() -> None:
    assert set(api.REACHED) == {"nobody", "device", *ROLES}
    paths = create_app(Settings(database_url="sqlite://")).openapi()["paths"]
    assert set(api.REACHED.values()) <= set(paths)
    assert set(hooks.NEVER_GENUINE) <= set(paths)


class Programs:
    """Stand in for the three tools: what each finds."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, bandit: list[str], weak: Looked, wrong: list[str]) -> None:
        monkeypatch.setattr(code, "look", lambda _: list(bandit))
        monkeypatch.setattr(packages, "look", lambda _: [weak])
        monkeypatch.setattr(api, "look", lambda *_: list(wrong))


@pytest.mark.parametrize(
    ("bandit", "weak", "wrong", "ended_with"),
    [
        ([], Looked("a.lock", known=3), [], 0),
        ([], Looked("a.lock", unknown=["away"]), [], 0),
        (["b.py:3: B602"], Looked("a.lock", known=3), [], 1),
        ([], Looked("a.lock", ["a.lock: weak 1.0"], known=3), [], 1),
        ([], Looked("a.lock", known=3), ["reader: GET /x: ST101"], 1),
    ],
)
def test_the_audit_ends_with_1_for_findings_alone(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    bandit: list[str], weak: Looked, wrong: list[str], ended_with: int,
) -> None:  # fmt: skip
    Programs(monkeypatch, bandit, weak, wrong)
    assert audit.main() == ended_with
    said = capsys.readouterr().out
    assert all(f"FOUND {one}" in said for one in [*bandit, *weak.found, *wrong])
    assert weak.told in said


def test_a_door_that_says_wait_is_tried_again_when_it_said(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = [httpx.Response(429, headers={"Retry-After": "7"}), httpx.Response(200), httpx.Response(500)]
    waited: list[int] = []
    monkeypatch.setattr(httpx, "post", lambda *_, **__: answers.pop(0))
    monkeypatch.setattr("time.sleep", waited.append)
    assert stage.Stage("http://127.0.0.1:1", {}).post("/devices/enrol").status_code == 200
    assert waited == [7]
    assert len(answers) == 1


def test_a_server_on_an_invented_territory_knows_ids_that_exist_and_lets_each_role_in() -> None:
    with stage.raised() as server:
        assert len(server.known["record_id"]) == len(server.known["service_id"]) == stage.MOST_IDS
        reader = server.sign_in("reader")
        assert server.read_csrf(reader.cookie) == reader.csrf
        assert server.enrol().token
        with pytest.raises(LookupError):
            server.read_csrf("__Host-session=none")
