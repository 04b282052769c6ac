"""Starts servers in processes of their own that begin with all of the server's code in memory."""

from __future__ import annotations

import multiprocessing
import os
import sys
import time
from multiprocessing.context import ForkServerContext, ForkServerProcess

from tools.run import ROOT, wait_for

LOADED = ["sync_server.operations.cli", __name__]
"""What the process that the servers are forked from imports: three seconds of CPU, once instead of each time."""
PATIENCE = 10
"""Seconds that a server has to end in order before it is killed."""


class ServerProcess:
    """A process that runs `python -m sync_server serve`, but for the time that Python takes to import it.

    It shares nothing with the test or with another server: its environment is the one given, and SIGKILL ends it
    as it would end any. That the command itself starts is `test_make_run`'s to see.
    """

    def __init__(self, env: dict[str, str]) -> None:
        context: ForkServerContext = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(LOADED)
        self._process: ForkServerProcess = context.Process(target=_serve, args=(env,))
        self._process.start()
        wait_for(int(env["SERVER_PORT"]), self)

    @property
    def pid(self) -> int:
        """The process's own id."""
        return self._process.pid or 0

    def poll(self) -> int | None:
        """Return what it ended with; None while it runs."""
        return self._process.exitcode

    def kill(self) -> None:
        """SIGKILL, and wait: no time to finish anything."""
        self._process.kill()
        self._process.join()

    def stop(self) -> None:
        """Ask it to end, and wait."""
        self._process.terminate()
        self._process.join(PATIENCE)
        self.kill()


def _serve(env: dict[str, str]) -> None:
    os.environ.clear()
    os.environ.update(env)
    time.tzset()
    os.chdir(ROOT)
    from sync_server.operations.cli import main  # late: the environment is what it reads

    sys.exit(main(["serve"]))
