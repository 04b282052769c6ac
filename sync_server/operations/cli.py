"""The administrator's commands: `python -m sync_server --help`."""

from __future__ import annotations

import argparse
import gc
import getpass
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from sqlalchemy import Engine

from shared import choices
from sync_server.access import accounts, devices
from sync_server.directory import new_territory
from sync_server.errors import ServerError
from sync_server.intake import epochs, store
from sync_server.operations import backup, demo
from sync_server.settings import Settings
from sync_server.storage import audit_log, database
from sync_server.storage.tables import ROLES
from sync_server.web import drawing
from sync_server.web.app import create_app
from sync_server.web.context import Context


def parser() -> argparse.ArgumentParser:
    """Every command and what it takes."""
    root = argparse.ArgumentParser(prog="sync_server", description="Sync server of « Trait d’union ».")
    commands = root.add_subparsers(dest="command", required=True)
    commands.add_parser("upgrade", help="bring the database to this version; safe to repeat")
    commands.add_parser("serve", help="upgrade, then answer requests")
    commands.add_parser("new-epoch", help="after the database was put back by other means: the tablets send again")
    team = commands.add_parser("team", help="create or rename a team")
    team.add_argument("id")
    team.add_argument("name")
    team.add_argument("action", choices=sorted(choices.load("action").by_code))
    code = commands.add_parser("code", help="print a one-time code to enrol a tablet of that team")
    code.add_argument("team")
    account = commands.add_parser("account", help="create an account, or change its password and role")
    account.add_argument("login")
    account.add_argument("role", choices=ROLES)
    account.add_argument("--password-stdin", action="store_true", help="read the password from standard input")
    save = commands.add_parser("backup", help="write everything to one file, proved by restoring it beside")
    save.add_argument("file", type=Path, help="or a folder: the name then tells the day and the end of the log")
    restore = commands.add_parser("restore", help="fill an empty database from a backup")
    restore.add_argument("file", type=Path)
    invented = commands.add_parser("demo", help="fill an empty database with invented data, marked as such")
    invented.add_argument("--records", type=int, default=6_000)
    return root


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; 0 when it went well, 2 with a sentence when it could not."""
    args = parser().parse_args(arguments)
    settings = Settings()
    try:
        new_territory.check_territory(settings.territory)  # before so much as a folder is made
        _run(settings, args)
    except ServerError as error:
        sys.stderr.write(f"{error.kind.message} {error.kind.hint}\n")
        return 2
    except ValueError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


def _run(settings: Settings, args: argparse.Namespace) -> None:
    mark = epochs.outside_mark(settings.database_url, settings.state_folder, settings.territory)
    context = Context(database.connect(settings.database_url), settings, mark=mark)
    try:
        COMMANDS[args.command](context, args)
    finally:
        context.engine.dispose()


def _ready(context: Context) -> Engine:
    database.upgrade(context.engine)
    if new_territory.create_territory(context.engine, context.settings.territory, context.today):
        context.mark.forget()
    return context.engine


def _upgrade(context: Context, _: argparse.Namespace) -> None:
    _ready(context)


def _serve(context: Context, _: argparse.Namespace) -> None:
    settings = context.settings
    context.mark.check(_ready(context), settings.territory, context.today)
    app = create_app(settings, lifespan=_ending_in_order)
    gc.collect()
    gc.freeze()  # the modules live as long as the process: no collection need look at them again
    gc.set_threshold(10_000)  # a batch makes some thousand objects, and no cycles: one look at them is enough
    # Access logs would keep who synced when, to the second (PRIVACY): there are none.
    uvicorn.run(app, host=settings.server_host, port=settings.server_port, access_log=False)


@asynccontextmanager
async def _ending_in_order(_: FastAPI) -> AsyncIterator[None]:
    """The worker that draws ends with the server."""
    yield
    drawing.stop()


def _team(context: Context, args: argparse.Namespace) -> None:
    devices.create_team(_ready(context), context.settings.territory, args.id, args.name, args.action)


def _code(context: Context, args: argparse.Namespace) -> None:
    settings = context.settings
    code = devices.create_code(
        _ready(context), settings.territory, args.team, context.now, settings.enrolment_minutes, _by(context)
    )
    sys.stdout.write(f"{code}\n")


def _account(context: Context, args: argparse.Namespace) -> None:
    password = sys.stdin.readline().rstrip("\n") if args.password_stdin else getpass.getpass("Mot de passe : ")
    land = context.settings.territory
    accounts.create_account(_ready(context), land, args.login, password, args.role, _by(context))


def _by(context: Context) -> audit_log.Actor:
    return audit_log.Actor(context.settings.territory, audit_log.COMMAND_LINE, context.today)


def _demo(context: Context, args: argparse.Namespace) -> None:
    engine, land = _ready(context), context.settings.territory
    with database.reading(engine) as connection:
        if store.is_synthetic(connection, land):  # a second time would be other records, of other days
            return
    demo.fill(engine, land, args.records, context.today)


def _backup(context: Context, args: argparse.Namespace) -> None:
    if args.file.is_dir():
        path, found = backup.save_in(context.engine, args.file, context.clock())
    else:
        path, found = args.file, backup.save(context.engine, args.file)
    sys.stdout.write(f"Sauvegarde faite et vérifiée : {path}, {found.count} lignes.\n")
    end = f"dernière ligne n° {found.log_number}, empreinte {found.log_digest}" if found.log_number else "vide"
    sys.stdout.write(f"Journal : {end}.\n")


def _restore(context: Context, args: argparse.Namespace) -> None:
    found = backup.restore(context.engine, args.file)
    context.mark.forget()
    sys.stdout.write(RESTORED.format(count=found.count))


def _new_epoch(context: Context, _: argparse.Namespace) -> None:
    epochs.begin_by_command(context.engine, context.settings.territory, context.today)
    context.mark.forget()
    sys.stdout.write(NEW_EPOCH)


NEW_EPOCH = """Nouvelle époque commencée ; aucune saisie n’a été changée, et le journal le dit.
À leur prochaine synchronisation, les tablettes renverront ce qui manque, puis reliront tout depuis le début.
À refaire à la main s’il y en a eu depuis l’état remis : révocations d’appareils, comptes, mots de passe.
"""
RESTORED = """Base restaurée : {count} lignes.
À leur prochaine synchronisation, les tablettes renverront ce qui manque.
À refaire à la main s’il y en a eu depuis la sauvegarde : révocations d’appareils, comptes, mots de passe.
"""
COMMANDS: dict[str, Callable[[Context, argparse.Namespace], None]] = {
    "upgrade": _upgrade,
    "serve": _serve,
    "team": _team,
    "code": _code,
    "account": _account,
    "backup": _backup,
    "restore": _restore,
    "new-epoch": _new_epoch,
    "demo": _demo,
}


if __name__ == "__main__":
    sys.exit(main())
