"""`make run`: the server, which gives the field app and the console, and invented data; Ctrl-C stops it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess  # nosec B404  # commands that stand in this file, no shell
import sys
import time
from pathlib import Path
from types import FrameType
from typing import Protocol

import psutil

from sync_server.access import passwords

ROOT = Path(__file__).resolve().parent.parent
DATA = Path(os.environ.get("DEMO_DATA") or ROOT / "var" / "demo")
ACCOUNTS = {"coordination": "coordinator", "admin": "administrator"}


def free_port(wanted: int) -> int:
    """Find a free port of the loopback: that one, or any other when it is taken."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise OSError("no free port on the loopback")


def cli(env: dict[str, str], *words: str, stdin: str = "") -> str:
    """Run one command of the server to its end; return its output."""
    command = [sys.executable, "-m", "sync_server", *words]
    return subprocess.run(  # nosec B603  # our own command, no shell
        command, env=env, cwd=ROOT, input=stdin, text=True, check=True, stdout=subprocess.PIPE
    ).stdout.strip()


class Started(Protocol):
    """A process that was started."""

    @property
    def pid(self) -> int:
        """Its id."""

    def poll(self) -> int | None:
        """Return what it ended with; None while it runs."""


def wait_for(port: int, process: Started, seconds: float = 60) -> None:
    """Wait until that very process listens. Raises RuntimeError when it died or did not: another may have the
    port."""
    until = time.monotonic() + seconds
    while time.monotonic() < until and process.poll() is None:
        if _listens(process.pid, port):
            return
        time.sleep(0.1)
    raise RuntimeError(f"nothing answers on port {port}")


def _listens(pid: int, port: int) -> bool:
    try:
        sockets = psutil.Process(pid).net_connections("tcp")
    except psutil.Error:
        return False
    return any(s.status == psutil.CONN_LISTEN and s.laddr.port == port for s in sockets)


def launch(
    words: list[str], env: dict[str, str], variable: str, wanted: int
) -> tuple[subprocess.Popen[bytes], int]:
    """Start a program on that port, or on another when someone takes it first; told by that variable."""
    for choice in (wanted, 0, 0):
        port = free_port(choice)
        # A process group of its own: Ctrl-C reaches this process alone, which ends the others in order.
        process = subprocess.Popen(  # nosec B603  # our own command, no shell
            [sys.executable, *words], env=env | {variable: str(port)}, cwd=ROOT, start_new_session=True
        )
        try:
            wait_for(port, process)
        except RuntimeError:
            stop([process])
        except BaseException:  # Ctrl-C while it starts: it must not stay behind
            stop([process])
            raise
        else:
            return process, port
    raise RuntimeError(f"{words} does not start")


def data_environment() -> dict[str, str]:
    """Return the environment that says where the data of the demonstration lie."""
    return os.environ | {
        "DATABASE_URL": f"sqlite:///{DATA / 'server.db'}",
        "PYTHONUNBUFFERED": "1",
    }


def prepare(env: dict[str, str]) -> dict[str, str]:
    """Prepare the data, and the sign-ins: passwords are new at each start, since only their hashes are kept."""
    DATA.mkdir(parents=True, exist_ok=True)
    cli(env, "demo")
    given = {login: passwords.make() for login in ACCOUNTS}
    for login, role in ACCOUNTS.items():
        cli(env, "account", login, role, "--password-stdin", stdin=given[login] + "\n")
    return given


def make_link(env: dict[str, str], address: str) -> str:
    """Make a link that enrols a tablet on the server at that address; behind its `=` is the code."""
    return cli(env | {"PUBLIC_ADDRESS": address}, "code", "trait-dunion").split()[-1]


def stop(processes: list[subprocess.Popen[bytes]]) -> None:
    """Stop the processes, by their own ids, and wait."""
    for process in processes:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
    for process in processes:
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _interrupted(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def main() -> int:
    """Start the server, print the addresses and sign-ins, and wait for Ctrl-C."""
    for asked in (signal.SIGINT, signal.SIGTERM):  # said, since a shell may start this with Ctrl-C ignored
        signal.signal(asked, _interrupted)
    env = data_environment()
    print("Préparation des données de démonstration (fictives)…", flush=True)
    try:
        return _serve(env, prepare(env))
    except KeyboardInterrupt:
        print("\nArrêt.", flush=True)
        return 0


def _serve(env: dict[str, str], passwords: dict[str, str]) -> int:
    """Serve until the server dies, then return 1; on Ctrl-C end it, and let KeyboardInterrupt pass."""
    process, port = launch(["-m", "sync_server", "serve"], env, "SERVER_PORT", 8000)
    try:
        link = make_link(env, f"http://127.0.0.1:{port}")
        print(WELCOME.format(port=port, link=link, **passwords), flush=True)
        process.wait()
    finally:
        stop([process])
    print("Le serveur s’est arrêté.", file=sys.stderr)
    return 1


WELCOME = """
  Trait d’union — DÉMONSTRATION, données fictives

  Application de terrain   http://127.0.0.1:{port}/app/
      pour l’enrôler       {link}
                           (15 minutes, un seul navigateur ; d’autres liens par la console « admin »)
  Console                  http://127.0.0.1:{port}/console
      coordination         identifiant « coordination »   mot de passe « {coordination} »
      administration       identifiant « admin »          mot de passe « {admin} »

  L’application est dans le navigateur : elle continue sans ce serveur, essayez.
  Ctrl-C arrête tout. Les données du serveur restent dans var/demo, celles de l’application dans le navigateur ;
  pour repartir de zéro, effacez ce dossier, et les données de ce site dans le navigateur.
"""

if __name__ == "__main__":
    sys.exit(main())
