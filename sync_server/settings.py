"""The settings, read from the environment, each with a default that works on a desk."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.territory import TERRITORY


def _small(text: object) -> object:
    return text.lower() if isinstance(text, str) else text


class Settings(BaseSettings):
    """Read from the environment by the upper-case name of each field (`DATABASE_URL`). The French
    descriptions make docs/reglages.md (`make reglages`)."""

    model_config = SettingsConfigDict(extra="ignore")

    database_url: str = Field(
        default="sqlite:///var/server/trait-dunion.db",
        description="L’adresse de la base : un fichier SQLite, ou `postgresql+psycopg://utilisateur@hôte/base`.",
    )
    state_folder: Path | None = Field(
        default=None,
        description="Un dossier hors de la base, où le serveur note jusqu’où allait son journal : il voit alors,"
        " à son démarrage, que la base a été remise à un état passé. Sans réglage : à côté du fichier SQLite ;"
        " avec PostgreSQL, il faut le donner.",
    )
    territory: str = Field(
        default=TERRITORY,
        description="Le territoire de ce serveur. Celui dont ce programme n’a pas les données est refusé.",
    )
    server_host: str = Field(
        default="127.0.0.1", description="L’adresse où le serveur écoute, derrière un mandataire TLS."
    )
    server_port: int = Field(default=8000, ge=0, le=65_535, description="Le port où il écoute.")
    public_address: str = Field(
        default="",
        pattern=r"^(https://[A-Za-z0-9.-]+(:\d+)?|http://(localhost|127\.0\.0\.1)(:\d+)?)?$",
        description="L’adresse du serveur telle que les tablettes la voient, sans chemin :"
        " `https://trait-dunion.exemple.fr`. Les liens d’enrôlement commencent par elle ; sans réglage, par"
        " l’adresse à laquelle la console est ouverte.",
    )
    web_folder: Path = Field(
        default=Path("build/web"),
        description="Le dossier de l’application de terrain, que `make web` construit ; le serveur la donne à"
        " l’adresse `/app/`.",
    )
    session_hours: int = Field(
        default=8, ge=1, le=24, description="Combien d’heures on reste connecté à la console."
    )
    enrolment_minutes: int = Field(
        default=15, ge=1, le=60, description="Combien de minutes un code d’enrôlement reste valable."
    )
    device_window_days: int = Field(
        default=90, ge=1, description="Une tablette reçoit les saisies de son équipe de ces derniers jours-là."
    )
    failed_attempts: int = Field(
        default=10,
        ge=1,
        description="Connexions ou codes erronés d’une même adresse, en un quart d’heure, avant qu’elle doive"
        " attendre.",
    )
    coupon_tries: int = Field(
        default=20,
        ge=1,
        description="Réponses à des coupons, justes ou non, d’une même adresse en un quart d’heure, avant qu’elle"
        " doive attendre.",
    )
    backup_key_file: Path | None = Field(
        default=None,
        description="Le fichier de clé qui scelle les sauvegardes et les ouvre, fait par `backup-key`. Gardez-en"
        " une copie ailleurs que les sauvegardes.",
    )
    backup_passphrase_file: Path | None = Field(
        default=None,
        description="Ou un fichier qui contient la phrase secrète des sauvegardes, sur une ligne, de 12 caractères"
        " au moins. Sans aucun des trois, la commande la demande au clavier.",
    )
    backup_passphrase: SecretStr | None = Field(
        default=None,
        description="Ou la phrase secrète elle-même. Un fichier vaut mieux : d’autres programmes du même compte"
        " lisent l’environnement.",
    )
    log_level: Annotated[Literal["info", "warning", "error"], BeforeValidator(_small)] = Field(
        default="info",
        description="Ce que le serveur écrit de chaque demande sur sa sortie d’erreur : `info`, une ligne pour"
        " chacune ; `warning`, celles qu’il n’a pas pu servir ; `error`, ses seules pannes.",
    )


WRONG = (
    "Réglage refusé : {faults}. Corrigez la variable d’environnement ou retirez-la, puis recommencez ;"
    " docs/reglages.md les explique toutes."
)
_FAULTS = {
    "greater_than_equal": "au moins {ge}",
    "less_than_equal": "au plus {le}",
    "int_parsing": "un nombre entier",
    "int_from_float": "un nombre entier",
    "string_pattern_mismatch": "une adresse comme https://trait-dunion.exemple.fr, sans rien après le nom",
    "literal_error": "{expected}",
}
"""What a setting had to be, by pydantic's name of the fault."""


def read_settings() -> Settings:
    """Read the settings from the environment. Raises ValueError, in French, that names each wrong one; never its
    value, which may hold a password."""
    try:
        return Settings()
    except ValidationError as error:
        faults = [
            f"{str(one['loc'][0]).upper()} doit être "
            + _FAULTS.get(one["type"], "une autre valeur").format(**one.get("ctx", {})).replace(" or ", " ou ")
            for one in error.errors(include_url=False, include_input=False)
        ]
    raise ValueError(WRONG.format(faults=" ; ".join(faults)))
