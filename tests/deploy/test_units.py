"""The server under systemd: shut in, with settings and commands that exist."""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from sqlalchemy import make_url

from sync_server.operations.cli import commands
from sync_server.settings import Settings, read_settings
from sync_server.web.running import tls
from tests.deploy.files import DEPLOY, ROOT, read_environment, read_settings_file, read_unit
from tests.sync_server.web.running.certificates import make_certificate

UNITS = DEPLOY / "systemd"
SERVER, NIGHT, TIMER = (
    UNITS / f"trait-dunion{end}" for end in (".service", "-sauvegarde.service", "-sauvegarde.timer")
)
TLS = UNITS / "trait-dunion.service.d" / "tls.conf"
PYTHON = "/opt/trait-dunion/actuel/venv/bin/python"
STATE = "/var/lib/trait-dunion"
SHUT = {
    "NoNewPrivileges": "yes",
    "CapabilityBoundingSet": "",
    "AmbientCapabilities": "",
    "PrivateUsers": "yes",
    "ProtectSystem": "strict",
    "ProtectHome": "yes",
    "PrivateTmp": "yes",
    "PrivateDevices": "yes",
    "ProtectProc": "invisible",
    "ProcSubset": "pid",
    "ProtectKernelTunables": "yes",
    "ProtectKernelModules": "yes",
    "ProtectKernelLogs": "yes",
    "ProtectControlGroups": "yes",
    "ProtectClock": "yes",
    "ProtectHostname": "yes",
    "RestrictNamespaces": "yes",
    "RestrictRealtime": "yes",
    "RestrictSUIDSGID": "yes",
    "LockPersonality": "yes",
    "SystemCallArchitectures": "native",
    "SystemCallErrorNumber": "EPERM",
    "RestrictAddressFamilies": "AF_UNIX AF_INET AF_INET6",
    "IPAddressDeny": "any",
    "IPAddressAllow": "localhost",
    "UMask": "0077",
    "StateDirectoryMode": "0700",
    "User": "trait-dunion",
    "Group": "trait-dunion",
}


def settings_named(text: dict[str, str]) -> set[str]:
    return {name for name in text if name not in {"PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED"}}


@pytest.mark.parametrize("path", [SERVER, NIGHT], ids=lambda path: path.stem)
def test_who_breaks_into_the_server_reaches_nothing_else_of_the_machine(path: Path) -> None:
    service = read_unit(path)["Service"]
    assert {name: service[name] for name in SHUT} == {name: [value] for name, value in SHUT.items()}
    # Charts are compiled in memory by V8: with it the worker that draws them dies at once.
    assert "MemoryDenyWriteExecute" not in service
    assert service["SystemCallFilter"] == ["@system-service", "~@privileged @resources", "setpriority @pkey"]
    assert "ReadWritePaths" not in service


@pytest.mark.parametrize("path", [SERVER, NIGHT], ids=lambda path: path.stem)
def test_a_unit_runs_a_command_that_exists_where_the_program_is(path: Path) -> None:
    service = read_unit(path)["Service"]
    [started] = service["ExecStart"]
    python, dash, module, command, *rest = started.split()
    assert (python, dash, module) == (PYTHON, "-m", "sync_server")
    assert command in typer.main.get_command(commands).commands  # type: ignore[attr-defined]  # Typer's group
    assert [f"{service['WorkingDirectory'][0]}/venv/bin/python"] == [PYTHON]
    folders = [f"/var/lib/{name}/" for name in service["StateDirectory"][0].split()]
    assert all(word in folders for word in rest)
    assert f"{STATE}/" in folders


def test_every_setting_of_the_examples_exists_and_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    told = read_settings_file()
    assert len(told) >= 6
    known = {name.upper() for name in Settings.model_fields}
    for named in (told, read_environment(read_unit(SERVER)), read_environment(read_unit(TLS))):
        assert settings_named(named) <= known
    for name, value in (told | read_environment(read_unit(TLS))).items():
        monkeypatch.setenv(name, value)
    found = read_settings()
    assert found.trusted_proxies == ""
    for kept in (Path(make_url(found.database_url).database or ""), found.state_folder):
        assert str(kept).startswith(f"{STATE}/")  # the one folder that the unit may write to


def test_systemd_reads_the_key_of_the_certificate_and_hands_it_to_the_server_alone(tmp_path: Path) -> None:
    service, told = read_unit(TLS)["Service"], read_environment(read_unit(TLS))
    handed = {one.split(":")[0] for one in service["LoadCredential"]}
    assert {told["TLS_CERTIFICATE"], told["TLS_KEY"]} == {f"%d/{name}" for name in handed}
    assert service["CapabilityBoundingSet"] == service["AmbientCapabilities"] == ["CAP_NET_BIND_SERVICE"]
    assert service["PrivateUsers"] == ["no"]  # in a namespace of users, that right opens no port of the machine
    # As systemd leaves it: read by the unit's account through an ACL, which looks like a group that reads.
    certificate, key = make_certificate(tmp_path)
    key.chmod(0o440)
    named = {"tls_certificate": str(certificate), "tls_key": str(key), "server_host": told["SERVER_HOST"]}
    assert tls.open_context(Settings.model_validate(named | {"server_port": told["SERVER_PORT"]}))


def test_the_backup_of_the_night_is_that_of_its_timer() -> None:
    timer = read_unit(TIMER)
    assert TIMER.stem == NIGHT.stem  # systemd finds it by its name
    assert timer["Timer"]["Persistent"] == ["yes"]
    assert timer["Install"]["WantedBy"] == ["timers.target"]
    [when] = timer["Timer"]["OnCalendar"]
    assert re.fullmatch(r"\*-\*-\* 0[1-5]:\d\d", when)


def test_systemd_finds_no_fault_in_them_and_little_that_is_open(tmp_path: Path) -> None:
    """By systemd's own tool where there is one; everywhere, each line is a setting of a section."""
    for path in (SERVER, NIGHT, TIMER, TLS):
        assert read_unit(path).keys() <= {"Unit", "Service", "Timer", "Install"}, path
    if not shutil.which("systemd-analyze"):
        return
    copies = [tmp_path / path.name for path in (SERVER, NIGHT, TIMER)]
    for path, copy in zip((SERVER, NIGHT, TIMER), copies, strict=True):
        copy.write_text(path.read_text("utf-8").replace(PYTHON, sys.executable), "utf-8")
    analyze("verify", *copies)
    for copy in copies[:2]:
        analyze("security", "--offline=true", "--threshold=13", copy)  # tenths; 100 is wide open
    (tmp_path / TLS.parent.name).mkdir()
    shutil.copy(TLS, tmp_path / TLS.parent.name)
    analyze("verify", copies[0])
    analyze("security", "--offline=true", "--threshold=18", copies[0])


def analyze(*words: str | Path) -> None:
    """Require that systemd's tool has nothing to say against it."""
    done = subprocess.run(["systemd-analyze", "--no-pager", *words], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """The program, its settings and the command, in folders of their own instead of the machine's."""
    etc, opt, var = (tmp_path / name for name in ("etc", "opt", "var"))
    (opt / "venv" / "bin").mkdir(parents=True)
    etc.mkdir()
    for name in ("shared", "sync_server"):
        (opt / name).symlink_to(ROOT / name)
    python = opt / "venv" / "bin" / "python"
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)

    def moved(text: str) -> str:
        for there, here in (("/etc/trait-dunion", etc), ("/opt/trait-dunion/actuel", opt), (STATE, var)):
            text = text.replace(there, str(here))
        return text

    (etc / "reglages.env").write_text(moved((DEPLOY / "reglages.env").read_text("utf-8")))
    command = tmp_path / "trait-dunion"
    account = subprocess.run(["id", "-un"], capture_output=True, text=True, check=True).stdout.strip()
    script = moved((DEPLOY / "trait-dunion").read_text("utf-8"))
    assert "account=trait-dunion\n" in script
    command.write_text(script.replace("account=trait-dunion\n", f"account={account}\n"))
    command.chmod(0o755)
    return command


def run(command: Path, *words: str) -> str:
    env = {"PATH": os.environ["PATH"], "HOME": str(command.parent)}
    done = subprocess.run([command, *words], env=env, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_command_of_the_administrator_has_the_settings_of_the_server(installed: Path) -> None:
    folder = installed.parent
    run(installed, "backup-key", str(folder / "etc" / "cles" / "sauvegardes"))
    run(installed, "team", "giromagny", "Équipe de Giromagny", "trait-dunion")
    assert "https://trait-dunion.exemple.fr/app/#code=" in run(installed, "code", "giromagny")
    assert (folder / "var" / "trait-dunion.db").is_file()
    assert list((folder / "var" / "etat").glob("journal-*.cle"))


def test_what_the_guide_says_of_restoring_restores(installed: Path) -> None:
    folder = installed.parent
    run(installed, "backup-key", str(folder / "etc" / "cles" / "sauvegardes"))
    run(installed, "team", "giromagny", "Équipe de Giromagny", "trait-dunion")
    kept = folder / "nuits"
    kept.mkdir(mode=0o700)
    assert "Sauvegarde faite et vérifiée" in run(installed, "backup", f"{kept}/")
    before = folder / "var" / "avant"
    before.mkdir()
    for one in (folder / "var").glob("trait-dunion.db*"):
        if one.is_file():
            one.rename(before / one.name)
    [saved] = kept.iterdir()
    assert "Base restaurée" in run(installed, "restore", str(saved))
    assert re.search(r"[A-Z2-9]{4}-", run(installed, "code", "giromagny"))  # the team is there again
    assert "tiennent" in run(installed, "check-log")


def test_the_command_may_be_run_and_stops_at_what_goes_wrong() -> None:
    path = DEPLOY / "trait-dunion"
    assert stat.S_IMODE(path.stat().st_mode) & 0o111
    assert "set -eu" in path.read_text("utf-8")
    subprocess.run(["sh", "-n", str(path)], check=True)
