"""The guide of whoever runs the server: what it names exists, and what there is, it names."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer

from sync_server.operations.cli import commands
from sync_server.settings import Settings
from sync_server.web.running import metrics, metrics_page
from sync_server.web.running.metrics import Metrics
from tests.deploy.files import DEPLOY, GUIDE, ROOT
from tools.settings_page import TABLET

TEXT = GUIDE.read_text("utf-8")
FILES = sorted(path for path in DEPLOY.rglob("*") if path.is_file())
COMMANDS: dict[str, Any] = typer.main.get_command(commands).commands  # type: ignore[attr-defined]  # Typer's group
OF_OTHERS = {"TMPDIR"}
"""What the guide names of the system, and no setting of ours."""


def code(text: str) -> list[str]:
    """What stands in backticks, and the lines of each block."""
    blocks = re.findall(r"^ *```\n(.*?)^ *```", text, re.MULTILINE | re.DOTALL)
    around = re.sub(r"^ *```\n.*?^ *```", "", text, flags=re.MULTILINE | re.DOTALL)
    lines = [line.strip() for block in blocks for line in block.replace("\\\n", " ").splitlines()]
    return lines + re.findall(r"`([^`\n]+)`", around)


def anchors(text: str) -> set[str]:
    """What a heading is found by, as GitHub names it."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", one.lower()).replace(" ", "-") for one in headings}


@pytest.mark.parametrize(
    "heading",
    [
        "Installer", "Avec systemd", "Dans un conteneur", "À chaque version", "Certificats", "Surveiller",
        "Les mesures", "Sauvegarder et restaurer", "Remplacer un secret", "Révoquer",
        "Devant le serveur : le mandataire (reverse proxy)",
    ],
)  # fmt: skip
def test_the_guide_says_how(heading: str) -> None:
    assert re.search(rf"^#+ {re.escape(heading)}$", TEXT, re.MULTILINE)


def test_every_setting_that_it_names_exists() -> None:
    known = {name.upper() for name in Settings.model_fields} | set(TABLET)
    named = {word for one in code(TEXT) for word in re.findall(r"\b[A-Z][A-Z]+(?:_[A-Z]+)+\b|^[A-Z]{3,}$", one)}
    assert len(named & known) > 15
    assert named - known - OF_OTHERS == set()


def test_the_settings_of_running_a_server_are_all_explained_in_it() -> None:
    told = " ".join(code(TEXT))
    for name in (
        "DATABASE_URL", "STATE_FOLDER", "SERVER_HOST", "SERVER_PORT", "PUBLIC_ADDRESS", "WEB_FOLDER",
        "TLS_CERTIFICATE", "TLS_KEY", "PLAIN_HTTP", "TRUSTED_PROXIES", "METRICS_TOKEN_FILE", "BACKUP_KEY_FILE",
        "BACKUP_PASSPHRASE_FILE", "SECURITY_LOG_KEY_FILE", "SECURITY_HEADS",
    ):  # fmt: skip
        assert name.lower() in Settings.model_fields
        assert name in told, name


def named_commands() -> list[list[str]]:
    """The words behind `python -m sync_server` and behind the short command."""
    found = []
    for one in code(TEXT):
        for pattern in (r"python -m sync_server (?!…)(.+)$", r"^trait-dunion (?!…)(.+)$"):
            if said := re.search(pattern, one):
                found.append(shlex.split(said[1]))
    return found


def test_every_command_that_it_names_exists_with_its_options() -> None:
    found = named_commands()
    assert len(found) > 15
    for command, *words in found:
        assert command in COMMANDS, command
        params = COMMANDS[command].params
        options = {name for param in params for name in getattr(param, "opts", [])}
        takes = {name for param in params for name in param.opts if not getattr(param, "is_flag", False)}
        assert {word for word in words if word.startswith("--")} <= options, (command, words)
        behind = {i + 1 for i, word in enumerate(words) if word in takes and word.startswith("--")}
        plain = [word for i, word in enumerate(words) if not word.startswith("--") and i not in behind]
        arguments = [param for param in params if not hasattr(param, "is_flag")]
        assert len(plain) <= len(arguments), (command, words)


def test_every_command_is_named_in_it_but_those_that_a_unit_starts_or_a_trial() -> None:
    assert COMMANDS.keys() - {words[0] for words in named_commands()} == {"demo", "serve"}


def test_every_example_is_named_in_it_and_every_one_that_it_names_is_there() -> None:
    named = {match for match in re.findall(r"deploy/[\w./*-]*[\w*]", TEXT) if "*" not in match}
    for one in named:
        assert (ROOT / one).exists(), one
    whole = {str(path.relative_to(ROOT)) for path in FILES}
    by_star = {str(path.relative_to(ROOT)) for path in (DEPLOY / "systemd").iterdir() if path.is_file()}
    assert "deploy/systemd/*.service" in TEXT
    assert "deploy/systemd/*.timer" in TEXT
    assert whole - named - by_star == {"deploy/docker/Dockerfile.dockerignore"}  # Docker finds it by itself


def test_every_number_that_it_explains_is_given_and_every_one_given_is_explained() -> None:
    section = TEXT.split("### Les mesures")[1].split("\n## ")[0]
    told = {name for line in section.splitlines() if line.startswith("| `") for name in _first_cell(line)}
    source = Path(metrics_page.__file__).read_text("utf-8")
    looked = set(re.findall(r'(?:_gauge|Family)\(\s*"(\w+)"', source))
    assert len(looked) > 5
    assert told == looked | {family.name for family in Metrics().list_counts()}
    assert f"`{metrics.PREFIX}…`" in section


def test_every_page_and_button_that_it_revokes_with_is_in_the_console() -> None:
    section = TEXT.split("\n## Révoquer\n")[1].split("\n## ")[0]
    named = set(re.findall(r"\*([^*]+)\*|« ([^»]+) »", section.replace("**", "")))
    pages = "\n".join(
        path.read_text("utf-8") for path in (ROOT / "sync_server" / "web" / "templates").glob("*.html")
    )
    assert len(named) == 6
    assert [name for pair in named for name in pair if name and name not in pages] == []


def _first_cell(line: str) -> list[str]:
    return re.findall(r"`(\w+)`", line.split("|")[1])


def test_every_link_inside_it_leads_somewhere() -> None:
    links = re.findall(r"\]\(([^)]+)\)", re.sub(r"\(reverse proxy\)", "", TEXT))
    assert len(links) > 10
    for link in links:
        path, _, anchor = link.partition("#")
        target = (GUIDE.parent / path).resolve() if path else GUIDE
        assert target.is_file(), link
        if anchor:
            assert anchor in anchors(target.read_text("utf-8")), link


@pytest.mark.parametrize("path", [*FILES, GUIDE], ids=lambda path: path.name)
def test_no_example_names_a_host_or_a_machine_of_somebody(path: Path) -> None:
    text = path.read_text("utf-8")
    hosts = set(re.findall(r"\b(?:[a-z0-9-]+\.)+(?:fr|org|com|net|io|dev|eu)\b", text))
    assert hosts <= {"trait-dunion.exemple.fr"}
    assert not re.search(r"/(?:work|root|home|Users)/|/tmp/\w|pypi|registry|ghcr|docker\.io", text)


@pytest.mark.parametrize("path", [*FILES, GUIDE], ids=lambda path: path.name)
def test_what_a_person_reads_in_it_is_french(path: Path) -> None:
    lines = path.read_text("utf-8").splitlines()
    prose = re.sub(r"`[^`]*`", "", path.read_text("utf-8")) if path == GUIDE else "\n".join(
        line for line in lines if line.lstrip().startswith("#") and not line.startswith("#!")
    )  # fmt: skip
    assert not re.search(r"\w'\w", re.sub(r"^ *```\n.*?^ *```", "", prose, flags=re.MULTILINE | re.DOTALL))
    assert not re.search(r"\b(the|and|with|this|must)\b", prose), path.name
