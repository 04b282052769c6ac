"""The command that checks the security log, and the one that prints it."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import inspect

from shared.french import format_count
from sync_server.operations.backup_commands import Opened
from sync_server.operations.french_help import FrenchCommand
from sync_server.storage import database, log_check, log_keys, security_log
from sync_server.web.context import Context
from sync_server.web.logs import heads

HOLDS = "Le journal de sécurité et celui de la console tiennent : {lines} ; {heads}.\n"
NO_HEADS = (
    "Aucun relevé à comparer : une fin coupée ne se verrait pas. Donnez --heads, un fichier où le serveur a dit"
    " chaque heure jusqu’où allait son journal.\n"
)
NOT_THERE = "La base n’a pas encore ce journal : lancez d’abord « upgrade »."


def add_to(commands: typer.Typer, opened: Opened) -> None:
    """Add these commands; `opened` opens the database that the settings name."""

    @commands.command("check-log", cls=FrenchCommand)
    def _check_log(
        told: Annotated[
            list[Path] | None,
            typer.Option(
                "--heads", metavar="FICHIER", help="Un fichier de relevés, ou un journal système qui en contient."
            ),
        ] = None,
        old_keys: Annotated[
            list[Path] | None,
            typer.Option("--old-key", metavar="FICHIER", help="Une clé d’avant, si elle a été remplacée."),
        ] = None,
    ) -> int:
        """Vérifie que rien n’a été changé, retiré ni réécrit dans le journal de sécurité."""
        with opened() as context:
            return _check(context, told or [], old_keys or [])

    @commands.command("print-log", cls=FrenchCommand)
    def _print_log() -> None:
        """Écrit le journal de sécurité, une ligne de JSON par fait, du plus ancien au plus récent."""
        with opened() as context:
            _print(context)


def _check(context: Context, told: list[Path], old_keys: list[Path]) -> int:
    """Print what is wrong, or that nothing is; return 1 when something is."""
    land, usual = context.settings.territory, heads.find_path(context.settings)
    files = told or ([usual] if usual and usual.exists() else [])
    found = [
        head for file in files for head in log_check.read_heads(file.read_text("utf-8", "replace").splitlines())
    ]
    path = log_keys.find_path(context.settings)
    keys = [log_keys.read_key(one) for one in ([path] if path else []) + old_keys]
    if not inspect(context.engine).has_table(security_log.ENTRY.name):
        raise ValueError(NOT_THERE)
    with database.snapshot(context.engine) as connection:
        faults = log_check.check(connection, land, keys, found)
        number, _ = security_log.end(connection, land)
    for fault in faults:
        sys.stdout.write(f"{fault}\n")
    if not faults:
        sys.stdout.write(
            HOLDS.format(
                lines=format_count(number, "ligne"),
                heads=format_count(len(found), "relevé comparé", "relevés comparés"),
            )
        )
    if not found:
        sys.stderr.write(NO_HEADS)
    return 1 if faults else 0


def _print(context: Context) -> None:
    with database.snapshot(context.engine) as connection:
        for row in security_log.read_all(connection, context.settings.territory):
            said = {
                "numero": row.number,
                "quand": log_check.write_moment(row.at),
                "fait": security_log.KINDS.get(row.kind, row.kind),
                "qui": row.who,
                "sur": row.about,
                "nombre": row.count,
            }
            sys.stdout.write(json.dumps({k: v for k, v in said.items() if v != ""}, ensure_ascii=False) + "\n")
