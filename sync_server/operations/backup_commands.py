"""The commands that save and restore, and where they read the secret of a backup: never on the command line, which
every account of the machine can read."""

from __future__ import annotations

import base64
import getpass
import secrets
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Annotated

import typer

from sync_server.operations import backup, sealing
from sync_server.operations.french_help import FrenchCommand
from sync_server.operations.sealed_backup import find_seal
from sync_server.operations.sealing import Secret
from sync_server.settings import Settings
from sync_server.storage import audit_log, database, private_files, security_log
from sync_server.storage.security_log import Happening
from sync_server.web.context import Context

SHORTEST_PASSPHRASE, SHORTEST_KEY, LONGEST = 12, 32, 10_000
"""Characters of a passphrase, bytes of a key file, at least; and of either at most."""
NOTHING_GIVEN = (
    "Une sauvegarde est scellée. Donnez BACKUP_KEY_FILE (un fichier fait par « backup-key ») ou"
    " BACKUP_PASSPHRASE_FILE, ou tapez la commande dans un terminal, qui demandera la phrase secrète ; --clear"
    " écrit en clair."
)
TOO_MANY_GIVEN = (
    "Donnez un seul de ces réglages : BACKUP_KEY_FILE, BACKUP_PASSPHRASE ou BACKUP_PASSPHRASE_FILE ; retirez les"
    " autres."
)
TOO_SHORT = (
    f"La phrase secrète doit avoir {SHORTEST_PASSPHRASE} caractères ou plus. Choisissez-en une plus longue, puis"
    " recommencez."
)
NO_KEY = (
    f"« {{path}} » n’est pas un fichier de clé : il faut de {SHORTEST_KEY} à {LONGEST} octets. Faites-en un par"
    " « backup-key »."
)
NOT_THE_SAME = "Les deux phrases secrètes diffèrent. Recommencez ; rien n’a été écrit."
KEY_EXISTS = "Ce fichier existe déjà. Donnez un autre nom : une clé perdue perd ses sauvegardes."
KEY_MADE = """Fichier de clé fait : {path}. Donnez-le au serveur par BACKUP_KEY_FILE.
Gardez-en une copie ailleurs que les sauvegardes : sans lui, personne ne pourra les ouvrir.
"""
RESTORED = """Base restaurée : {count} lignes.
À leur prochaine synchronisation, les tablettes renverront ce qui manque.
À refaire à la main s’il y en a eu depuis la sauvegarde : révocations d’appareils, comptes, mots de passe.
"""
Opened = Callable[[], AbstractContextManager[Context]]


def add_to(commands: typer.Typer, opened: Opened) -> None:
    """Add these commands; `opened` opens the database that the settings name."""

    @commands.command("backup", cls=FrenchCommand)
    def _backup(
        file: Annotated[
            Path,
            typer.Argument(
                metavar="FICHIER",
                help="Le fichier à écrire ; ou un dossier : le nom dit alors le jour et la fin du journal.",
            ),
        ],
        clear: Annotated[
            bool, typer.Option("--clear", help="Ne scelle pas : pour un disque déjà chiffré, et lui seul.")
        ] = False,
    ) -> None:
        """Écrit toute la base dans un fichier scellé, et le vérifie en le restaurant à côté."""
        with opened() as context:
            _save(context, file, None if clear else _choose_secret(context.settings))

    @commands.command("restore", cls=FrenchCommand)
    def _restore(
        file: Annotated[Path, typer.Argument(metavar="FICHIER", help="Un fichier fait par « backup ».")],
    ) -> None:
        """Remplit une base vide à partir d’une sauvegarde ; demande la phrase secrète si elle en a une."""
        with opened() as context:
            found = backup.restore(context.engine, file, _find_secret(context.settings, find_seal(file)))
            _note_restored(context, file)
            context.mark.forget()
        sys.stdout.write(RESTORED.format(count=found.count))

    @commands.command("backup-key", cls=FrenchCommand)
    def _backup_key(
        file: Annotated[Path, typer.Argument(metavar="FICHIER", help="Le fichier de clé à écrire.")],
    ) -> None:
        """Fait un fichier de clé, tiré au hasard, pour sceller les sauvegardes."""
        make_key(file)
        sys.stdout.write(KEY_MADE.format(path=file))


def _note_restored(context: Context, file: Path) -> None:
    """Note where the security log goes on from: what it said after the backup is gone."""
    land = context.settings.territory
    with database.writing(context.engine) as connection:
        last, _ = security_log.end(connection, land)
        happened = Happening("restored", audit_log.COMMAND_LINE, file.name, last)
        security_log.note(connection, land, context.now, happened)


def _save(context: Context, file: Path, secret: Secret | None) -> None:
    if file.is_dir():
        private_files.tighten_backups(file)
        path, found = backup.save_in(context.engine, file, context.clock(), secret)
    else:
        path, found = file, backup.save(context.engine, file, secret)
    context.note(Happening("backup", audit_log.COMMAND_LINE, path.name, found.count))
    sys.stdout.write(f"Sauvegarde faite et vérifiée : {path}, {found.count} lignes.\n")
    end = f"dernière ligne n° {found.log_number}, empreinte {found.log_digest}" if found.log_number else "vide"
    sys.stdout.write(f"Journal : {end}.\n")


def make_key(path: Path) -> None:
    """Write a new key file, its owner's alone. Raises ValueError, in French, where there is a file."""
    private_files.make_folder(path.parent)
    try:
        with private_files.create(path) as file:
            file.write(base64.b64encode(secrets.token_bytes(SHORTEST_KEY)) + b"\n")
    except FileExistsError:
        raise ValueError(KEY_EXISTS) from None


def _choose_secret(settings: Settings) -> Secret:
    """Return what to seal with, from the settings or the keyboard. Raises ValueError, in French."""
    _check_one(settings)
    if settings.backup_key_file is not None:
        return _read_key(settings.backup_key_file)
    found = _read_passphrase(settings)
    if found is None and not sys.stdin.isatty():
        raise ValueError(NOTHING_GIVEN)
    return found or _checked(_type_passphrase(again=True))


def _find_secret(settings: Settings, kind: str | None) -> Secret | None:
    """Return what opens a file that was sealed with that kind of secret; None where nobody gives it, or needs it.
    Raises ValueError, in French."""
    _check_one(settings)
    if kind == sealing.KEY and settings.backup_key_file is not None:
        return _read_key(settings.backup_key_file)
    if kind != sealing.PASSPHRASE:
        return None
    found = _read_passphrase(settings)
    if found is None and sys.stdin.isatty():
        return sealing.from_passphrase(_type_passphrase(again=False))
    return found


def _check_one(settings: Settings) -> None:
    given = (settings.backup_key_file, settings.backup_passphrase, settings.backup_passphrase_file)
    if sum(one is not None for one in given) > 1:
        raise ValueError(TOO_MANY_GIVEN)


def _read_passphrase(settings: Settings) -> Secret | None:
    """Read the passphrase that the settings give, None where they give none."""
    if settings.backup_passphrase is not None:
        return _checked(settings.backup_passphrase.get_secret_value())
    if settings.backup_passphrase_file is None:
        return None
    private_files.tighten(settings.backup_passphrase_file)
    return _checked(settings.backup_passphrase_file.read_text("utf-8").rstrip("\r\n"))


def _checked(passphrase: str) -> Secret:
    if not SHORTEST_PASSPHRASE <= len(passphrase) <= LONGEST:
        raise ValueError(TOO_SHORT)
    return sealing.from_passphrase(passphrase)


def _read_key(path: Path) -> Secret:
    private_files.tighten(path)
    with open(path, "rb") as file:
        content = file.read(LONGEST + 1)
    if not SHORTEST_KEY <= len(content) <= LONGEST:
        raise ValueError(NO_KEY.format(path=path))
    return Secret(sealing.KEY, content)


def _type_passphrase(again: bool) -> str:
    """Ask for the passphrase, twice where a backup is made: nobody sees what was typed."""
    typed = getpass.getpass("Phrase secrète de la sauvegarde : ")
    if again and typed != getpass.getpass("La même, encore une fois : "):
        raise ValueError(NOT_THE_SAME)
    return typed
