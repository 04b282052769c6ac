"""Bound how long a connection may keep the server waiting: uvicorn itself bounds only the silence between two
requests. Its own HTTP protocol (h11), with a clock.

The numbers are those of a bad field link: 2 kB a second, with silences. Half a request costs the server a socket
and some kilobytes: whoever sends eight hundred of them must not keep them.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

LATE = (
    b"HTTP/1.1 408 Request Timeout\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 0\r\n"
    b"Connection: close\r\n\r\n"
)
"""What is said to whoever is too slow: a tablet tries again later, with a smaller batch."""


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds that the server waits: `head`, for the whole head of a request, from the connection or its first
    byte; `idle`, between two requests; `body` in all, and meanwhile `grace` and one more for each `rate` bytes
    that came; `answer`, while nothing of an answer is taken.
    """

    head: float = 20.0
    idle: float = 30.0
    grace: float = 30.0
    rate: int = 500
    body: float = 1_800.0
    answer: float = 120.0

    def allow(self, received: int) -> float:
        """Return the seconds that a body may have taken by the time so many bytes of it are here."""
        return min(self.body, self.grace + received / self.rate)


class PatientProtocol(H11Protocol):
    """uvicorn's protocol, that closes on whoever is too slow. One timer for what is expected of the client,
    another for what it does not take."""

    patience = Patience()

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._expected: asyncio.TimerHandle | None = None
        self._stalled: asyncio.TimerHandle | None = None
        self._body_of: RequestResponseCycle | None = None
        self._begun, self._received = 0.0, 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        """Begin to wait for the first head."""
        super().connection_made(transport)
        self._expect(self.patience.head)

    def data_received(self, data: bytes) -> None:
        """Take what came, and look what is expected next."""
        self._received += len(data)
        super().data_received(data)
        self._watch()

    def on_response_complete(self) -> None:
        """Go on to the next request, which may be here already."""
        super().on_response_complete()
        self._watch()

    def pause_writing(self) -> None:
        """Begin to wait for an answer to be taken."""
        super().pause_writing()
        self._stalled = self.loop.call_later(self.patience.answer, self.transport.abort)

    def resume_writing(self) -> None:
        """Stop waiting: enough was taken."""
        super().resume_writing()
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the timers."""
        self._expect(None)
        super().connection_lost(exc)
        if self._stalled is not None:
            self._stalled.cancel()

    def _watch(self) -> None:
        """Set the timer by what the client owes: a head that has begun, a body, or nothing."""
        owed = self.conn.their_state
        if owed is h11.SEND_BODY:
            if self._body_of is not self.cycle:
                self._body_of, self._begun, self._received = self.cycle, self.loop.time(), 0
                self._expect(self.patience.grace)
        elif owed is not h11.IDLE:
            self._expect(None)
        elif self._expected is None and self.conn.trailing_data[0]:
            self._expect(self.patience.head)

    def _expect(self, seconds: float | None) -> None:
        if self._expected is not None:
            self._expected.cancel()
        self._expected = None if seconds is None else self.loop.call_later(seconds, self._look)

    def _look(self) -> None:
        """Close on whoever is late. A body that keeps its pace has more time, as one has that we do not read."""
        self._expected = None
        in_body = self.conn.their_state is h11.SEND_BODY
        if in_body:
            left = self.patience.allow(self._received) - (self.loop.time() - self._begun)
            if self.flow.read_paused or left > 0:
                self._expect(max(left, 1.0))
                return
        if self.transport.is_closing():
            return
        answering = in_body and self.cycle.response_started
        if not answering and (in_body or self.conn.trailing_data[0]):
            self.transport.write(LATE)
        if in_body:  # whoever waits for the rest is told that it does not come
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        self.transport.close()


def be_patient(patience: Patience) -> type[PatientProtocol]:
    """Return the protocol with these numbers."""
    return type("PatientProtocol", (PatientProtocol,), {"patience": patience})
