"""What can be set from the environment, each with a default that works on a desk."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field
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
