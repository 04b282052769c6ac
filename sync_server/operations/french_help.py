"""Typer's commands with help and errors in French: Typer's own say « Usage » and « Missing argument »."""

from __future__ import annotations

from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup, TyperOption
from typer.exceptions import TyperException

from shared import french

PROGRAM = "python -m sync_server"
HELP = "Affiche cette aide et s’arrête."
SETTINGS = "Les réglages se donnent par l’environnement (DATABASE_URL, SERVER_PORT…) : voir docs/reglages.md."


class _InFrench:
    """Writes the help of a command or of all of them. Mixed in before Typer's class."""

    def get_help_option(self, ctx: Any) -> Any:
        """Return the option `--help`, explained in French."""
        option = super().get_help_option(ctx)  # type: ignore[misc]  # that of Typer's class, named beside this one
        if option is not None:
            option.help = HELP
        return option

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write usage, explanation, arguments, commands and options."""
        command = ctx.command
        shown = [one for one in command.get_params(ctx) if not one.hidden]
        arguments = [(one.metavar or one.name, one.help) for one in shown if not isinstance(one, TyperOption)]
        options = [(_spelling(one), one.help) for one in shown if isinstance(one, TyperOption)]
        commands = [(name, one.help) for name, one in getattr(command, "commands", {}).items()]
        words = ["COMMANDE"] if commands else [name for name, _ in arguments]
        formatter.write_usage(ctx.command_path, " ".join([*words, "[OPTIONS]"]), prefix="Emploi : ")
        formatter.write_paragraph()
        formatter.write_text(command.help)
        for heading, rows in (("Arguments", arguments), ("Commandes", commands), ("Options", options)):
            if rows:
                with formatter.section(f"{heading} "):  # the formatter adds the colon
                    formatter.write_dl(rows)
        if command.epilog:
            formatter.write_paragraph()
            formatter.write_text(command.epilog)


class FrenchCommand(_InFrench, TyperCommand):
    """One command."""


class FrenchGroup(_InFrench, TyperGroup):
    """All the commands."""


def _spelling(option: TyperOption) -> str:
    """Return an option as one types it: `--records NOMBRE`."""
    return ", ".join(option.opts) + ("" if option.is_flag else f" {option.metavar}")


def say_what_is_wrong(error: TyperException) -> str:
    """Return what was typed wrongly and what to type instead, for whatever Typer refuses."""
    ctx = getattr(error, "ctx", None)
    path = ctx.command_path if ctx else PROGRAM
    return f"{_fault(error, ctx)}\nVoyez « {path} --help »."


def _fault(error: TyperException, ctx: Any) -> str:
    kind = type(error).__name__  # Typer keeps the classes of most of its errors to itself
    option = getattr(error, "option_name", "")
    param = getattr(error, "param", None)
    name = (
        "" if param is None else param.opts[0] if isinstance(param, TyperOption) else param.metavar or param.name
    )
    if kind == "MissingParameter":
        return f"Il manque {name} : {french.begin_small(param.help)}" if param else "Il manque une valeur."
    if isinstance(error, UnknownChoiceError):
        return f"{name} : {error.message}"
    if kind == "BadParameter":
        expected = "un nombre entier" if isinstance(getattr(param, "default", None), int) else "une autre valeur"
        return f"{name} : cette valeur ne convient pas, il faut {expected}."
    if kind == "NoSuchOption":
        return f"L’option « {option} » n’existe pas."
    if kind == "BadOptionUsage":
        return f"L’option « {option} » demande une valeur."
    commands = getattr(ctx.command, "commands", None) if ctx else None
    if commands:
        return f"Donnez une de ces commandes : {', '.join(commands)}."
    return "Il y a un mot de trop. Mettez entre guillemets ce qui contient une espace."


class UnknownChoiceError(typer.BadParameter):
    """A value that is none of those possible; its message is a French sentence."""


def one_of(codes: tuple[str, ...]) -> Any:
    """Return the callback of an argument that takes one of these codes. It raises UnknownChoiceError."""

    def check(value: str) -> str:
        if value not in codes:
            raise UnknownChoiceError(f"« {value} » n’existe pas. Choisissez {' ou '.join(codes)}.")
        return value

    return check
