"""One connection to the server: asks, reads, and makes sure that it is the server of this tablet's territory."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import httpx
from pydantic import BaseModel

from field_app.sync import answers
from field_app.sync.answers import Answer, SyncError
from field_app.sync.server_clock import measure_gap
from shared import wire
from shared.territory import TERRITORY

OTHER_TERRITORY = (
    "Ce serveur est celui d’un autre territoire que cette tablette. Rien n’est échangé avec lui ; vos saisies "
    "restent sur la tablette. Prévenez l’administration."
)
NO_DATA = (
    "Cette application n’a pas les communes ni les services du territoire « {} » : rien n’est échangé. Demandez à "
    "l’administration l’application de ce territoire."
)
_BODY = {"Content-Type": "application/json", "Content-Encoding": "gzip"}


@dataclass(slots=True)
class Line:
    """`territory` is the one this tablet enrolled in, empty before it knows; `learned` hears of it; `timed` hears
    how far the tablet's clock is ahead of the server's."""

    link: httpx.AsyncClient
    url: str
    headers: dict[str, str]
    territory: str
    learned: Callable[[str], object]
    timed: Callable[[timedelta], object] = lambda gap: None

    async def call(
        self,
        method: str,
        path: str,
        kind: type[Answer],
        body: BaseModel | None = None,
        query: dict[str, str] | None = None,
    ) -> Answer:
        """Send a request, and return the answer. Raises SyncError."""
        content = gzip.compress(body.model_dump_json().encode(), mtime=0) if body else None
        headers = self.headers | {wire.TERRITORY_HEADER: self.territory or TERRITORY} | (_BODY if body else {})
        asked = datetime.now(UTC)
        try:
            answer = await self.link.request(
                method, self.url + path, content=content, headers=headers, params=query
            )
        except (httpx.InvalidURL, httpx.UnsupportedProtocol, UnicodeError) as error:
            raise SyncError("address", answers.ADDRESS) from error
        except httpx.HTTPError as error:
            if answers.untrusted(error):
                raise SyncError("untrusted", answers.UNTRUSTED) from error
            raise SyncError("offline", answers.OFFLINE) from error
        found = answers.read(answer, kind)
        self._check(getattr(found, "territory", ""))
        if (gap := measure_gap(answer, asked, datetime.now(UTC))) is not None:
            self.timed(gap)
        return found

    async def recognise(self) -> None:
        """Ask the server whose it is, before anything is told. Raises SyncError for one of another territory."""
        try:
            await self.call("GET", "/sync/territory", wire.Land)
        except SyncError as error:
            if error.code != "not_found":  # an older server does not say: it is known by its answers
                raise

    def _check(self, theirs: str) -> None:
        check(self.territory)
        if theirs and self.territory and theirs != self.territory:
            raise SyncError("other_territory", OTHER_TERRITORY)
        check(theirs)
        if theirs and not self.territory:
            self.territory = theirs
            self.learned(theirs)


def check(territory: str) -> None:
    """Require a territory of which this application has the data. Raises SyncError for any other."""
    if territory not in ("", TERRITORY):
        raise SyncError("no_data", NO_DATA.format(territory))
