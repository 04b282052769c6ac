"""The server in a container: what goes into the image, as whom it runs, and that it runs from that alone."""

from __future__ import annotations

import fnmatch
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from sync_server.settings import Settings
from sync_server.web.running import tls
from tests.deploy.files import DEPLOY, ROOT
from tests.sync_server.web.running.certificates import make_certificate
from tools.run import free_port, stop, wait_for

DOCKERFILE = DEPLOY / "docker" / "Dockerfile"
IGNORED = DEPLOY / "docker" / "Dockerfile.dockerignore"
NOT_SETTINGS = {"PATH", "HOME", "PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED"}


def instructions() -> list[tuple[str, str]]:
    """Each instruction and what follows it, its lines put together."""
    text = re.sub(r"^#.*\n", "", DOCKERFILE.read_text("utf-8"), flags=re.MULTILINE)
    lines = re.sub(r"\s*\\\n\s*", " ", text).strip().splitlines()
    return [(line.split(" ", 1)[0], line.split(" ", 1)[1].strip()) for line in lines if line.strip()]


def given(name: str) -> list[str]:
    return [rest for word, rest in instructions() if word == name]


def environment() -> dict[str, str]:
    [words] = given("ENV")
    return dict(one.split("=", 1) for one in words.split())


def copied() -> list[tuple[str, str]]:
    """What is copied from the project into the last stage, and where to, below its folder."""
    last = instructions()[[word for word, _ in instructions()].index("FROM", 1) :]
    return [(a, b) for word, rest in last if word == "COPY" and "--from" not in rest for a, b in [rest.split()]]


def test_the_image_is_of_python_alone_and_of_the_locked_packages() -> None:
    assert [one.split(" AS ")[0] for one in given("FROM")] == ["python:3.11-slim"] * 2
    [install] = [one for one in given("RUN") if " install " in one and "pip" in one]
    assert "pip install" in install
    assert "--no-deps --require-hashes -r /srv/requirements-server.lock" in install
    assert not re.search(
        "index-url|find-links|trusted-host|https?:", DOCKERFILE.read_text("utf-8").split("FROM")[1]
    )
    assert given("ADD") == given("ARG") == []


def test_the_server_runs_as_nobody_of_the_machine_and_owns_its_data_alone() -> None:
    words = [word for word, _ in instructions()]
    assert given("USER") == ["10001:10001"]  # a number: Kubernetes asks for one that is not root's
    assert "RUN" not in words[words.index("USER") :]
    assert "install -d -m 700 -o 10001 -g 10001 /var/lib/trait-dunion" in given("RUN")[-1]
    assert given("VOLUME") == ["/var/lib/trait-dunion"]
    assert "--chown" not in " ".join(given("COPY"))  # what it runs is not its own to change


def test_the_image_holds_no_secret_and_sets_settings_that_exist() -> None:
    told = environment()
    assert told.keys() - NOT_SETTINGS <= {name.upper() for name in Settings.model_fields}
    assert not [name for name in told if re.search("KEY|TOKEN|PASS|SECRET", name)]
    assert "PLAIN_HTTP" not in told  # in clear beyond the container is for who runs it to say
    assert told["DATABASE_URL"].startswith("sqlite:////var/lib/trait-dunion/")
    assert not tls.is_loopback(told["SERVER_HOST"])
    assert given("EXPOSE") == [str(Settings.model_fields["server_port"].default)]


def test_nothing_enters_the_image_that_it_does_not_name() -> None:
    lines = [line for line in IGNORED.read_text("utf-8").splitlines() if line and not line.startswith("#")]
    assert lines[0] == "*"
    named = {source for source, _ in copied()} | {"requirements-server.lock"}
    assert {line[1:] for line in lines if line.startswith("!")} == named
    assert {source for source in named if source != "build/web" and not (ROOT / source).exists()} == set()
    for kept in ("var/server/trait-dunion.db", ".git/config", ".venv/pyvenv.cfg", "tests/conftest.py"):
        assert not any(fnmatch.fnmatch(kept, f"{one}*") for one in named), kept


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the server has in the image, without the application of the tablets."""
    folder = tmp_path_factory.mktemp("srv")
    for source, target in copied():
        if source != "build/web":
            shutil.copytree(ROOT / source, folder / target, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def command() -> list[str]:
    """What the container starts, by the Python of the tests."""
    [entry], [usual] = given("ENTRYPOINT"), given("CMD")
    words: list[str] = json.loads(entry) + json.loads(usual)
    assert words[0] == "python"
    return [sys.executable, *words[1:]]


@contextmanager
def running(image: Path, data: Path, **settings: str) -> Iterator[dict[str, str]]:
    """The server of that folder on the loopback, until the end of the block; its environment."""
    port = free_port(0)
    told = environment() | {"PATH": os.environ["PATH"], "HOME": str(data)}
    told |= {"DATABASE_URL": f"sqlite:///{data / 'server' / 'base.db'}", "SERVER_HOST": "127.0.0.1"}
    told |= {"SERVER_PORT": str(port), "PYTHONPATH": ""} | settings
    process = subprocess.Popen(command(), env=told, cwd=image, stderr=subprocess.DEVNULL)
    try:
        wait_for(port, process)
        yield told
    finally:
        stop([process])


def healthy(told: dict[str, str]) -> int:
    """What the container's own look at its health ends with."""
    [check] = given("HEALTHCHECK")
    words = json.loads(check[check.index("[") :])
    assert words[:2] == ["python", "-c"]
    return subprocess.run([sys.executable, *words[1:]], env=told, capture_output=True, timeout=60).returncode


def test_the_program_needs_nothing_that_is_not_in_the_image_and_writes_nothing_there(
    image: Path, tmp_path: Path
) -> None:
    before = sorted(image.rglob("*"))
    with running(image, tmp_path) as told:
        address = f"http://127.0.0.1:{told['SERVER_PORT']}"
        for path in (
            "/readyz",
            "/console/connexion",
            "/coupon",
            "/static/console.css",
            "/openapi.json",
            "/metrics",
        ):
            assert httpx.get(address + path, timeout=60).status_code == 200, path
        assert healthy(told) == 0
    assert sorted(image.rglob("*")) == before
    assert healthy(told) != 0  # the server is gone: it is not well


def test_a_container_that_speaks_https_is_well_too(image: Path, tmp_path: Path) -> None:
    certificate, key = make_certificate(tmp_path)
    with running(image, tmp_path, TLS_CERTIFICATE=str(certificate), TLS_KEY=str(key)) as told:
        assert healthy(told) == 0
        assert healthy({name: value for name, value in told.items() if name != "TLS_CERTIFICATE"}) != 0


def test_a_container_that_was_told_nothing_refuses_to_answer_in_clear(image: Path, tmp_path: Path) -> None:
    told = environment() | {
        "PATH": os.environ["PATH"],
        "DATABASE_URL": f"sqlite:///{tmp_path / 'base' / 'base.db'}",
    }
    done = subprocess.run(command(), env=told, cwd=image, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stderr) == (2, tls.IN_CLEAR.format(host=told["SERVER_HOST"]) + "\n")
