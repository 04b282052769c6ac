"""Say whose this tablet is, and why a sync did not end: what the app knows of the sync before the first.

Apart, since the sync itself brings httpx, a quarter of what the program adds to a start: at the first sync only.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What the tablet knows of its server and of itself. `territory` is empty where it enrolled before that was
    kept: the first answer tells."""

    server_url: str
    device_id: str
    token: str
    team: str
    action: str
    territory: str = ""


class SyncError(Exception):
    """Why a sync did not end: a French sentence, and the server's wish to be left alone for `retry_after` s.
    `status` is that of the answer, 0 where none came."""

    def __init__(self, code: str, message: str, retry_after: float = 0.0, status: int = 0) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.retry_after = retry_after
        self.status = status
