"""Read what comes back from the network: whether it is the server's, what it says, how the worker is told."""

from __future__ import annotations

import re
import ssl
from datetime import UTC, datetime
from typing import TypeVar
from urllib.parse import urlsplit

import httpx
from pydantic import BaseModel, ValidationError

from field_app.sync.enrolment import SyncError as SyncError  # known from here to the rest of the sync
from field_app.sync.pace import MOST_PATIENCE
from field_app.sync.server_clock import read_date
from shared import wire

Answer = TypeVar("Answer", bound=BaseModel)

OFFLINE = "Pas de réseau, ou serveur injoignable. Vos saisies restent sur la tablette."
ADDRESS = "Cette adresse n’est pas valable. Elle ressemble à https://serveur.exemple.fr"
IN_CLEAR = "Cette adresse n’est pas protégée. Demandez à l’administration celle qui commence par https://"
THIS_MACHINE = ("127.0.0.1", "localhost", "::1", "10.0.2.2")
"""Where nothing leaves the machine; the last is how an Android emulator calls the desk it runs on."""
UNTRUSTED = (
    "La connexion au serveur n’est pas sûre : la date de la tablette est peut-être fausse, ou ce réseau "
    "s’interpose. Rien n’a été envoyé ; vos saisies restent sur la tablette."
)
PORTAL = "Ce réseau demande une connexion (portail). Ouvrez-la, ou attendez un autre réseau."
TOO_LARGE = (
    "Le réseau ou le serveur ne laisse pas passer un envoi de cette taille. Vos saisies restent sur la tablette."
)
UNREADABLE = "Le serveur n’a pas pu lire l’envoi. Vos saisies restent sur la tablette ; prévenez l’administration."
BUSY = (408, 414, 421, 425, 429, 431)
"""What a proxy answers that lets nothing through for now, or not so: no page to sign in on."""
_SECONDS = re.compile(r"\d+(\.\d*)?", re.ASCII)


def read(answer: httpx.Response, kind: type[Answer]) -> Answer:
    """Read the answer, if the server gave it. Raises SyncError.

    Only in the server's own words does an answer say when to come back: what stands before it may say anything.
    """
    status = answer.status_code
    try:
        if answer.is_success:
            return kind.model_validate_json(answer.content)
        failure = wire.Failure.model_validate_json(answer.content)
    except ValidationError as error:
        raise _of_a_stranger(status) from error
    raise SyncError(failure.code, f"{failure.message} {failure.hint}", retry_after(answer), status)


def _of_a_stranger(status: int) -> SyncError:
    """Return what an answer means that the server did not give: a proxy's, or a portal's."""
    if status == 413:
        return SyncError("too_large", TOO_LARGE, status=status)
    if status == 422:
        return SyncError("malformed", UNREADABLE, status=status)
    if status >= 500 or status in BUSY:
        return SyncError("unavailable", OFFLINE, status=status)
    return SyncError("portal", PORTAL, status=status)


def retry_after(answer: httpx.Response) -> float:
    """Read the seconds that `Retry-After` asks for, or the moment; an hour at most, 0 for nonsense. A moment is
    compared with the server's own clock: the tablet's may be wrong."""
    asked = answer.headers.get("Retry-After", "").strip()
    if _SECONDS.fullmatch(asked):
        return min(float(asked), MOST_PATIENCE)
    until = read_date(asked)
    now = read_date(answer.headers.get("Date", "")) or datetime.now(UTC)
    return min(max((until - now).total_seconds(), 0.0), MOST_PATIENCE) if until else 0.0


def untrusted(error: BaseException | None) -> bool:
    """Tell whether the server could not prove who it is."""
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return True
        error = error.__cause__ or error.__context__
    return False


def address(typed: str) -> str:
    """Complete the server's address as typed: nobody types « https:// » on a tablet.

    Raises SyncError for an `http://` to another machine: the token and the records would travel in clear.
    """
    bare = typed.strip().rstrip("/")
    try:
        elsewhere = bare.lower().startswith("http://") and (urlsplit(bare).hostname or "") not in THIS_MACHINE
    except ValueError as error:
        raise SyncError("address", ADDRESS) from error
    if elsewhere:
        raise SyncError("address", IN_CLEAR)
    return bare if "://" in bare or not bare else f"https://{bare}"
