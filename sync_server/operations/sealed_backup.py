"""Opens a backup, sealed or in clear, and says in French what does not open."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from sync_server.operations import sealing
from sync_server.operations.sealing import Secret

DAMAGED = "Ce fichier n’est pas une sauvegarde entière. Prenez-en une autre ; rien n’a été changé."
WRONG = {
    sealing.PASSPHRASE: "Cette phrase secrète n’est pas celle de ce fichier. Retapez-la ; rien n’a été changé.",
    sealing.KEY: "Ce fichier de clé n’est pas celui de cette sauvegarde. Donnez le sien ; rien n’a été changé.",
}
SEALED = "Cette sauvegarde est scellée. Donnez {named} ; rien n’a été changé."
NEEDED = {
    sealing.PASSPHRASE: "sa phrase secrète (BACKUP_PASSPHRASE_FILE, ou au clavier)",
    sealing.KEY: "son fichier de clé (BACKUP_KEY_FILE)",
}
"""What opens a backup, by what it was sealed with."""


class BackupError(ValueError):
    """Why it was not made or not restored: a French sentence."""


def find_seal(path: Path) -> str | None:
    """Return what the file was sealed with, None for one in clear. Raises BackupError."""
    try:
        with open(path, "rb") as file:
            return sealing.read_kind(file)
    except sealing.DamagedError as error:
        raise BackupError(DAMAGED) from error


@contextmanager
def open_sealed(path: Path, secret: Secret | None) -> Iterator[IO[bytes]]:
    """Open what the file holds, packed. Raises BackupError where the secret does not open it."""
    kind = find_seal(path)
    if kind is not None and secret is None:
        raise BackupError(SEALED.format(named=NEEDED[kind]))
    with open(path, "rb") as file:
        if kind is None or secret is None:
            yield file
            return
        try:
            inside = sealing.SealedReader(file, secret)
        except sealing.WrongSecretError as error:
            same = kind == secret.kind
            raise BackupError(WRONG[kind] if same else SEALED.format(named=NEEDED[kind])) from error
        yield io.BufferedReader(inside, sealing.PIECE)
