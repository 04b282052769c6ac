"""The administrator's commands: `python -m sync_server --help`."""

from __future__ import annotations

import gc
import getpass
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated

import typer
from sqlalchemy import Engine
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from typer.exceptions import TyperException

from shared import choices
from sync_server.access import accounts, devices, enrolment_links
from sync_server.access.roles import ROLES
from sync_server.access.second_factor import own
from sync_server.directory import new_territory
from sync_server.errors import ServerError
from sync_server.intake import epochs, store
from sync_server.operations import backup_commands, demo, log_commands
from sync_server.operations.french_help import (
    PROGRAM,
    SETTINGS,
    FrenchCommand,
    FrenchGroup,
    one_of,
    say_what_is_wrong,
)
from sync_server.settings import read_settings
from sync_server.storage import audit_log, database, private_files, security_log
from sync_server.web import server
from sync_server.web.app import create_app
from sync_server.web.context import Context
from sync_server.web.running import tls

ACTIONS = tuple(sorted(choices.load("action").by_code))
# Without rich: its panels have English titles, and a log or a screen reader reads plain lines better.
commands = typer.Typer(cls=FrenchGroup, rich_markup_mode=None, add_completion=False, epilog=SETTINGS)


@commands.callback()
def _about() -> None:
    """Le serveur de « Trait d’union » : synchronisation des tablettes et console de la coordination."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return 0 when it went well, 2 with a sentence on the error output when it could not."""
    try:
        found = typer.main.get_command(commands).main(
            list(sys.argv[1:] if arguments is None else arguments), PROGRAM, standalone_mode=False
        )
    except TyperException as error:
        return _say(say_what_is_wrong(error))
    except ServerError as error:
        return _say(f"{error.kind.message} {error.kind.hint}")
    except typer.Abort:
        return _say(STOPPED)
    except (ArgumentError, NoSuchModuleError):
        return _say(NO_ADDRESS)
    except DBAPIError as error:
        return _say(DATABASE.format(said=str(error.orig).strip()))
    except (ValueError, OSError) as error:
        return _say(_sentence(error))
    return found if isinstance(found, int) else 0


def _say(sentence: str) -> int:
    sys.stderr.write(f"{sentence}\n")
    return 2


def _sentence(error: ValueError | OSError) -> str:
    """Return what to do about it; of a file, which one, in the words of the system."""
    if isinstance(error, OSError):
        return FILE.format(name=error.filename or "?", said=error.strerror or type(error).__name__)
    return str(error)


@contextmanager
def _opened() -> Iterator[Context]:
    """Open the database that the settings name, and close it at the end. Raises ValueError, in French, on a wrong
    setting."""
    settings = read_settings()
    new_territory.check_territory(settings.territory)  # before so much as a folder is made
    private_files.tighten_kept(settings.database_url, settings.state_folder)
    mark = epochs.outside_mark(settings.database_url, settings.state_folder, settings.territory)
    context = Context(security_log.connect(settings), settings, mark=mark)
    try:
        yield context
    finally:
        context.engine.dispose()


def _ready(context: Context) -> Engine:
    database.upgrade(context.engine)
    if new_territory.create_territory(context.engine, context.settings.territory, context.today):
        context.mark.forget()
    return context.engine


@commands.command("upgrade", cls=FrenchCommand)
def _upgrade() -> None:
    """Met la base de données à la version de ce programme. Sans risque à répéter."""
    with _opened() as context:
        _ready(context)


@commands.command("serve", cls=FrenchCommand)
def _serve() -> None:
    """Met la base à jour, puis répond aux tablettes et à la console jusqu’à ce qu’on l’arrête."""
    with _opened() as context:
        settings = context.settings
        tls.open_context(settings)  # what it would refuse, it refuses before it touches the database
        context.mark.check(_ready(context), settings.territory, context.today)
        app = create_app(settings, lifespan=server.working)
        gc.collect()
        gc.freeze()  # the modules live as long as the process: no collection need look at them again
        gc.set_threshold(10_000)  # a batch makes some thousand objects, and no cycles: one look at them is enough
        server.serve(app, settings)


@commands.command("team", cls=FrenchCommand)
def _team(
    team: Annotated[
        str, typer.Argument(metavar="IDENTIFIANT", help="Le nom court de l’équipe, qui ne changera pas.")
    ],
    name: Annotated[str, typer.Argument(metavar="NOM", help="Le nom de l’équipe tel qu’il s’affiche.")],
    action: Annotated[
        str,
        typer.Argument(
            metavar="ACTION", help=f"L’action du pacte : {' ou '.join(ACTIONS)}.", callback=one_of(ACTIONS)
        ),
    ],
) -> None:
    """Crée une équipe, ou la renomme."""
    with _opened() as context:
        devices.create_team(_ready(context), context.settings.territory, team, name, action)


@commands.command("code", cls=FrenchCommand)
def _code(
    team: Annotated[str, typer.Argument(metavar="ÉQUIPE", help="L’identifiant de l’équipe de la tablette.")],
) -> None:
    """Affiche un code à usage unique, pour enrôler une tablette de cette équipe, et le lien qui le remplit."""
    with _opened() as context:
        settings = context.settings
        code = devices.create_code(
            _ready(context), settings.territory, team, context.now, settings.enrolment_minutes, _by(context)
        )
    sys.stdout.write(f"{code}\n")  # alone on its line: a script takes it from there
    if settings.public_address:
        link = enrolment_links.build_link(settings.public_address, code)
        sys.stdout.write(LINK.format(link=link, minutes=settings.enrolment_minutes))
    else:
        sys.stderr.write(NO_LINK)


@commands.command("account", cls=FrenchCommand)
def _account(
    login: Annotated[
        str, typer.Argument(metavar="IDENTIFIANT", help="Ce que la personne tape pour se connecter.")
    ],
    role: Annotated[
        str,
        typer.Argument(
            metavar="RÔLE", help=f"Ce qu’elle peut faire : {' ou '.join(ROLES)}.", callback=one_of(ROLES)
        ),
    ],
    service: Annotated[
        str,
        typer.Option(metavar="SERVICE", help="Pour un service partenaire : son identifiant dans l’annuaire."),
    ] = "",
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Lit le mot de passe sur l’entrée standard, sans le demander.")
    ] = False,
) -> None:
    """Crée un compte de la console, ou change son mot de passe et son rôle."""
    with _opened() as context:
        password = sys.stdin.readline().rstrip("\n") if password_stdin else getpass.getpass("Mot de passe : ")
        land = context.settings.territory
        accounts.create_account(_ready(context), land, login, password, role, _by(context), service)


@commands.command("remove-factor", cls=FrenchCommand)
def _remove_factor(
    login: Annotated[
        str, typer.Argument(metavar="IDENTIFIANT", help="Le compte dont le téléphone et les codes sont perdus.")
    ],
) -> None:
    """Ôte la double vérification d’un compte, et met fin à ses connexions. Le journal le dit."""
    with _opened() as context:
        removed = own.remove(_ready(context), _by(context), login)
    sys.stdout.write(
        "Double vérification ôtée.\n" if removed else "Ce compte n’en avait pas : rien n’a été changé.\n"
    )


@commands.command("unlock", cls=FrenchCommand)
def _unlock(
    login: Annotated[str, typer.Argument(metavar="IDENTIFIANT", help="Le compte dont les essais ont échoué.")],
) -> None:
    """Lève l’attente qu’imposent à un compte des mots de passe erronés. Le journal le dit."""
    with _opened() as context:
        lifted = accounts.lift_waits(_ready(context), _by(context), login)
    sys.stdout.write("Attente levée.\n" if lifted else "Ce compte n’avait pas à attendre : rien n’a été changé.\n")


def _by(context: Context) -> audit_log.Actor:
    return audit_log.Actor(context.settings.territory, audit_log.COMMAND_LINE, context.today)


@commands.command("new-epoch", cls=FrenchCommand)
def _new_epoch() -> None:
    """À faire après une base remise à un état passé par un autre moyen : les tablettes renvoient ce qui manque."""
    with _opened() as context:
        epochs.begin_by_command(context.engine, context.settings.territory, context.today)
        context.mark.forget()
    sys.stdout.write(NEW_EPOCH)


@commands.command("demo", cls=FrenchCommand)
def _demo(
    records: Annotated[
        int, typer.Option("--records", metavar="NOMBRE", help="Combien de saisies inventer (6 000 sinon).")
    ] = 6_000,
) -> None:
    """Remplit une base vide de données inventées, signalées comme telles partout."""
    with _opened() as context:
        engine, land = _ready(context), context.settings.territory
        with database.reading(engine) as connection:
            if store.is_synthetic(connection, land):  # a second time would be other records, of other days
                return
        demo.fill(engine, land, records, context.today)


backup_commands.add_to(commands, _opened)
log_commands.add_to(commands, _opened)
NEW_EPOCH = """Nouvelle époque commencée ; aucune saisie n’a été changée, et le journal le dit.
À leur prochaine synchronisation, les tablettes renverront ce qui manque, puis reliront tout depuis le début.
À refaire à la main s’il y en a eu depuis l’état remis : révocations d’appareils, comptes, mots de passe.
"""
LINK = "Lien à ouvrir sur la tablette dans les {minutes} minutes, une seule fois : {link}\n"
NO_LINK = "Pour avoir aussi le lien à ouvrir sur la tablette, donnez le réglage PUBLIC_ADDRESS.\n"
STOPPED = "Arrêté avant la fin : rien n’a été changé."
NO_ADDRESS = (
    "DATABASE_URL n’est pas l’adresse d’une base. Écrivez-la comme dans docs/reglages.md, puis recommencez."
)
DATABASE = """La base de données refuse : {said}
Vérifiez DATABASE_URL, et que la base fonctionne ; une base neuve demande d’abord « upgrade ».
"""
FILE = "Le fichier « {name} » ne peut pas être lu ou écrit ({said}). Vérifiez nom et droits, puis recommencez."


if __name__ == "__main__":
    sys.exit(main())
