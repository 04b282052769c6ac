"""Write docs/reglages.md from the settings of the server (`make reglages`). A test fails when it is stale."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from pydantic.fields import FieldInfo

from sync_server.settings import Settings

PAGE = Path(__file__).resolve().parent.parent / "docs" / "reglages.md"
HEADING = """# Les réglages

Écrit par `make reglages` d’après `sync_server/settings.py`. Un réglage se donne par une variable d’environnement,
avant de lancer la commande ; sans elle, la valeur par défaut sert. Une valeur hors de ses bornes est refusée par
une phrase qui nomme la variable.
"""
TABLET = {
    "FLET_APP_STORAGE_DATA": (
        "`var/field_app`",
        "Le dossier de ce que l’application garde sur un poste de développement. À `/app/`, c’est le navigateur.",
    ),
    "FIELD_APP_PORT": (
        "aucun",
        "Sert l’écran à un navigateur, Python restant sur le poste : pour qui développe, jamais sur le terrain.",
    ),
    "FIELD_APP_SERVER": (
        "aucun",
        "L’adresse du serveur proposée à l’enrôlement ; sans elle, on la tape. À `/app/`, celle de la page.",
    ),
}
"""Of the tablet: what stands without the variable, and what it does. A test holds that these are all it reads."""


def page() -> str:
    """Return the whole page."""
    return "\n".join([HEADING, *_server(), "", *_tablet(), ""])


def _server() -> Iterator[str]:
    yield "## Le serveur\n"
    yield "| variable | par défaut | bornes | ce qu’elle règle |"
    yield "|---|---|---|---|"
    for name, field in Settings.model_fields.items():
        yield f"| `{name.upper()}` | {_default(field)} | {_bounds(field)} | {field.description} |"


def _default(field: FieldInfo) -> str:
    if field.default is None:
        return "aucune"
    return f"`{str(field.default).lower() if isinstance(field.default, bool) else field.default}`"


def _bounds(field: FieldInfo) -> str:
    """Return the least and the most of a number, or the words to choose from; a dash where there are none."""
    if words := get_args(field.annotation) if get_origin(field.annotation) is Literal else ():
        return ", ".join(f"`{word}`" for word in words)
    if field.annotation is bool:
        return "`true`, `false`"
    least, most = _of(field, "ge"), _of(field, "le")
    if least is not None and most is not None:
        return f"de {least} à {most}"
    return "—" if least is None else f"{least} ou plus"


def _of(field: FieldInfo, bound: str) -> Any:
    return next((getattr(one, bound) for one in field.metadata if hasattr(one, bound)), None)


def _tablet() -> Iterator[str]:
    yield "## L’application de terrain\n"
    yield "| variable | sans elle | ce qu’elle règle |"
    yield "|---|---|---|"
    for name, (default, told) in TABLET.items():
        yield f"| `{name}` | {default} | {told} |"


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(), "utf-8")


if __name__ == "__main__":
    main()
