"""What can be set from the environment, each with a default that works on a desk."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.territory import TERRITORY


class Settings(BaseSettings):
    """Read from the environment by the upper-case name of each field (`DATABASE_URL`)."""

    model_config = SettingsConfigDict(extra="ignore")

    database_url: str = "sqlite:///var/server/trait-dunion.db"
    """SQLAlchemy URL: a SQLite file, or `postgresql+psycopg://…`."""
    state_folder: Path | None = None
    """Where the server keeps, outside the database, how far its log had gone: it then sees at its start that the
    database was put back. Beside the SQLite file where it is not set; on PostgreSQL, set it."""
    territory: str = TERRITORY
    """The territory this server answers for."""
    server_host: str = "127.0.0.1"
    server_port: int = 8000
    session_hours: int = Field(default=8, ge=1, le=24)
    """How long a sign-in to the console lasts."""
    enrolment_minutes: int = Field(default=15, ge=1, le=60)
    """How long a one-time code lives."""
    device_window_days: int = Field(default=90, ge=1)
    """A tablet pulls its team's records of that many last days (PRIVACY)."""
    failed_attempts: int = Field(default=10, ge=1)
    """Failed sign-ins or codes from one address, in a quarter of an hour, before it must wait."""
    coupon_tries: int = Field(default=20, ge=1)
    """Answers to referral slips from one address, right or wrong, in a quarter of an hour."""


WRONG = (
    "Réglage refusé : {faults}. Corrigez la variable d’environnement ou retirez-la, puis recommencez ;"
    " docs/reglages.md les explique toutes."
)
_FAULTS = {
    "greater_than_equal": "au moins {ge}",
    "less_than_equal": "au plus {le}",
    "int_parsing": "un nombre entier",
    "int_from_float": "un nombre entier",
    "literal_error": "une des valeurs {expected}",
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
            + _FAULTS.get(one["type"], "une autre valeur").format(**one.get("ctx", {}))
            for one in error.errors(include_url=False, include_input=False)
        ]
    raise ValueError(WRONG.format(faults=" ; ".join(faults)))
