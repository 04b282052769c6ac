"""Attack a server of its own, as strangers would, and write what it cost: docs/benchmarks-attacks.md.

Everything runs on this machine, over the loopback, against `python -m sync_server serve` and a database that is
thrown away afterwards.
"""

from __future__ import annotations

import os
import socket
import subprocess  # nosec B404  # commands that stand in this file, no shell
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import urlsplit

import httpx
import psutil

from shared import coupons, ids, wire

SIGN_INS, SLIPS, HALVES, INVENTED = 200, 200, 800, 24_000
PASSWORD = "un mot de passe assez long"  # noqa: S105  # nosec B105  # of an account that lives a minute


@dataclass(slots=True)
class Server:
    """A server process, and how to reach it."""

    url: str
    env: dict[str, str]
    process: psutil.Process

    @property
    def memory(self) -> int:
        """Bytes of the server and the processes it started, as the system counts them for each."""
        every = [self.process, *self.process.children(recursive=True)]
        return sum(one.memory_info().rss for one in every)

    def run(self, *words: str, said: str = "") -> str:
        """Run one command of the server; return what it printed."""
        command = [sys.executable, "-m", "sync_server", *words]
        done = subprocess.run(command, env=self.env, input=said, capture_output=True, text=True, check=True)  # nosec B603  # our own command, no shell
        return done.stdout


@dataclass(slots=True)
class Watch:
    """What the server takes while something happens to it: its memory at most, and the slowest `/healthz`."""

    server: Server
    memory: int = 0
    slowest: float = 0.0
    _ended: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Look at both until the block ends."""
        threads = [threading.Thread(target=self._look), threading.Thread(target=self._ask)]
        for thread in threads:
            thread.start()
        yield
        self._ended.set()
        for thread in threads:
            thread.join()

    def _look(self) -> None:
        while not self._ended.wait(0.01):
            self.memory = max(self.memory, self.server.memory)

    def _ask(self) -> None:
        with httpx.Client(timeout=60) as client:
            while not self._ended.wait(0.05):
                begun = time.perf_counter()
                client.get(f"{self.server.url}/healthz").raise_for_status()
                self.slowest = max(self.slowest, time.perf_counter() - begun)


@contextmanager
def serving(port: int = 8_765) -> Iterator[Server]:
    """Start a server with an account and a team, until the block ends."""
    with tempfile.TemporaryDirectory() as folder:
        env = os.environ | {
            "DATABASE_URL": f"sqlite:///{Path(folder) / 'server.db'}", "SERVER_PORT": str(port),
            "LOG_LEVEL": "error", "COUPON_TRIES": "1000",
        }  # fmt: skip
        server = Server(f"http://127.0.0.1:{port}", env, psutil.Process())
        server.run("account", "coordination", "coordinator", "--password-stdin", said=f"{PASSWORD}\n")
        server.run("team", "giromagny", "Giromagny", "trait-dunion")
        command = [sys.executable, "-m", "sync_server", "serve"]
        process = subprocess.Popen(command, env=env)  # nosec B603  # our own command, no shell
        server.process = psutil.Process(process.pid)
        try:
            _wait_for(server)
            yield server
        finally:
            process.terminate()
            process.wait()


def _wait_for(server: Server) -> None:
    for _ in range(600):
        try:
            httpx.get(f"{server.url}/healthz").raise_for_status()
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError("the server did not start")


def crowd_the_door(server: Server) -> Iterator[str]:
    """Sign in two hundred times at once, wrongly, each for another account; a known browser signs in meanwhile."""
    form = {"login": "coordination", "password": PASSWORD}
    known = httpx.post(f"{server.url}/console/connexion", data=form)
    for _ in range(12):  # each page it answers with is made once: an idle server of a working day has them
        httpx.post(f"{server.url}/console/connexion", data={"login": "personne", "password": "faux"})  # nosec B105  # a wrong one, on purpose
    cookie = {"Cookie": f"__Host-browser={known.cookies['__Host-browser']}"}
    time.sleep(2)
    idle = server.memory
    watch = Watch(server)

    def one(number: int) -> int:
        wrong = {"login": f"personne-{number}", "password": "faux"}  # nosec B105  # a wrong one, on purpose
        return client.post(f"{server.url}/console/connexion", data=wrong).status_code

    many = httpx.Client(timeout=120, limits=httpx.Limits(max_connections=None))
    with many as client, watch.watching(), ThreadPoolExecutor(SIGN_INS) as pool:
        begun = time.perf_counter()
        asked = [pool.submit(one, number) for number in range(SIGN_INS)]
        time.sleep(0.3)
        enters = client.post(f"{server.url}/console/connexion", data=form, headers=cookie)
        entered = time.perf_counter() - begun - 0.3
        found = Counter(each.result() for each in asked)
        took = time.perf_counter() - begun
    yield f"| {SIGN_INS} wrong sign-ins at once: answers | {_list(found)} in {took:.1f} s | |"
    most = f"{watch.memory >> 20} ÷ {idle >> 20} MB"
    yield f"| memory, at most ÷ idle | {watch.memory / idle:.2f} ({most}) | ≤ 1.3 |"
    yield f"| slowest `/healthz` meanwhile | {watch.slowest * 1000:.0f} ms | ≤ 1,000 ms |"
    yield f"| a known browser meanwhile | {enters.status_code} after {entered * 1000:.0f} ms | 303 |"


def guess_slips(server: Server) -> Iterator[str]:
    """Answer to slips that exist and to slips that do not, in turn, and compare how long each takes."""
    with httpx.Client(base_url=server.url, timeout=60) as client:
        headers = _enrol(server, client)
        known = [coupons.new_code() for _ in range(SLIPS)]
        batch = {"records": [_meet(coupons.hashed(code)) for code in known]}
        pushed = client.post("/sync/push", json=batch, headers=headers)
        assert {one["status"] for one in pushed.json()["receipts"]} == {"accepted"}, pushed.text  # noqa: S101  # nosec B101  # what is measured depends on it
        took: dict[str, list[float]] = {"known": [], "unknown": []}
        for slip in known:
            for name, typed in (("known", slip), ("unknown", coupons.new_code())):
                begun = time.perf_counter()
                client.post("/coupon", data={"code": typed, "answer": "honoree"}).raise_for_status()
                took[name].append((time.perf_counter() - begun) * 1000)
    one, other = median(took["known"]), median(took["unknown"])
    yield f"| a slip that exists, and one that does not, in turn | {one:.1f} and {other:.1f} ms | the same |"


def send_halves(server: Server) -> Iterator[str]:
    """Open eight hundred connections that send half a head or half a body, and count what is left after forty
    seconds."""
    address = ("127.0.0.1", urlsplit(server.url).port)
    head = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Slow: "
    body = b"POST /coupon HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\ncode="
    idle, watch = server.memory, Watch(server)
    links = [socket.create_connection(address) for _ in range(HALVES)]
    with watch.watching():
        for number, link in enumerate(links):
            link.sendall(head if number % 2 else body)
        time.sleep(40)
    left = sum(one.status == psutil.CONN_ESTABLISHED for one in server.process.net_connections("tcp"))
    for link in links:
        link.close()
    yield f"| {HALVES} half-sent requests: connections left after 40 s | {left} | 0 |"
    yield f"| memory meanwhile ÷ before | {watch.memory / idle:.2f} | |"
    yield f"| slowest `/healthz` meanwhile, their arrival included | {watch.slowest * 1000:.0f} ms | |"


def invent_records(server: Server) -> Iterator[str]:
    """Push invented encounters as fast as they go, until the server says to wait."""
    with httpx.Client(base_url=server.url, timeout=60) as client:
        headers, sent, begun = _enrol(server, client), 0, time.perf_counter()
        while sent < INVENTED:
            batch = {"records": [_meet() for _ in range(wire.MOST_RECORDS)]}
            answer = client.post("/sync/push", json=batch, headers=headers)
            if answer.status_code == 429:
                break
            sent += len(batch["records"])
        took = time.perf_counter() - begun
    wait = answer.headers.get("Retry-After", "0")
    said = f"{sent:,} in {took:.1f} s, then {wait} s"
    yield f"| {INVENTED:,} invented encounters: taken before « wait » | {said} | |"


def _enrol(server: Server, client: httpx.Client) -> dict[str, str]:
    """Enrol a tablet; return the headers that it shows."""
    code = server.run("code", "giromagny").splitlines()[0]
    version = {wire.PROTOCOL_HEADER: str(wire.PROTOCOL)}
    token = client.post("/devices/enrol", json={"code": code}, headers=version).json()["token"]
    return version | {"Authorization": f"Bearer {token}"}


def _meet(slip_hash: str | None = None) -> dict[str, Any]:
    """Return an encounter, with a referral that carries this slip where there is one."""
    today = date.today()  # noqa: DTZ011
    fields: dict[str, Any] = {
        "day": str(today), "action": "trait-dunion", "commune": "90052", "place_type": "mairie",
    }  # fmt: skip
    if slip_hash:
        fields["referrals"] = [{"id": ids.new_id(today), "service": "mobijob", "coupon": slip_hash}]
    return {"id": ids.new_id(today), "kind": "encounter", "revision": 1, "fields": fields}


def _list(found: Counter[Any]) -> str:
    return ", ".join(f"{count} × {status}" for status, count in sorted(found.items()))


PAGE = Path("docs/benchmarks-attacks.md")
HEAD = """# Attacks, measured

Written by `python -m tools.attacks` on {day}: a server of its own on SQLite, attacked over the loopback of the
same machine ({cores} cores, which the attacker shares).

| attack | measured | target |
|---|---:|---:|
"""


def main() -> None:
    """Run each attack, and write the page."""
    lines = []
    with serving() as server:
        for attack in (crowd_the_door, guess_slips, invent_records, send_halves):
            lines += list(attack(server))
    said = HEAD.format(day=date.today(), cores=os.cpu_count()) + "\n".join(lines) + "\n"  # noqa: DTZ011
    PAGE.write_text(said, "utf-8")
    print(said)


if __name__ == "__main__":
    main()
