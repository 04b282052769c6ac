"""Present a one-time code to a server, and keep whose this tablet is from then on."""

from __future__ import annotations

from dataclasses import asdict

from field_app.state.desk import Desk
from field_app.sync.enrolment import Enrolment

AT_FAULT = {"bad_code": "code", "address": "address"}
"""The field that is to be mended, by why an enrolment failed; none where it is the network."""


async def enrol(desk: Desk, server_url: str, code: str) -> None:
    """Exchange the code for a token. Raises SyncError: the tablet then stays whose it was."""
    from field_app.sync.client import SyncClient  # brings httpx, at the first sync only: a tablet starts without

    before = desk.enrolment
    token = token_of(before, server_url)
    territory = before.territory if before else ""
    client = SyncClient(server_url, token, desk.ports.transport(), territory=territory)
    desk.enrolment, synthetic = await client.enrol(code)
    await desk.store.keep_note("enrolment", asdict(desk.enrolment))
    if before is not None and before.team != desk.enrolment.team:
        await desk.store.keep_note("cursor", {})  # of this team nothing was pulled yet
    await desk.store.keep_note("sync", {"synthetic": synthetic})


def token_of(known: Enrolment | None, server_url: str) -> str:
    """Return the token this tablet has of that server, and of no other: it is shown to nobody else."""
    from field_app.sync.client import address  # as above

    return known.token if known is not None and known.server_url == address(server_url) else ""
