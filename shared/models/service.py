"""Service (service): an entry of the directory, after the data·inclusion schema v1."""

from __future__ import annotations

import datetime

from pydantic import Field

from shared.models.base import Commune, Fields, Language, Network, Public, Theme, Wheelchair


class ServiceFields(Fields):
    """A service as the coordinator edits it and the tablets pull it.

    `opening_hours` is in the OSM format; `languages` are those spoken there, `access` says in French how a person
    gets in, and both are unknown when empty, as `wheelchair` is; `verified_on` is the day somebody checked the
    entry, none so far when empty; `status` says in French what is known of it.
    """

    name: str = Field(min_length=1, max_length=200)
    presentation: str | None = Field(default=None, max_length=500)
    network: Network | None = Field(default=None, max_length=60)
    themes: list[Theme] = Field(default_factory=list, max_length=40)
    publics: list[Public] = Field(default_factory=list, max_length=40)
    phone: str | None = Field(default=None, max_length=30)
    address: str | None = Field(default=None, max_length=300)
    commune: Commune | None = Field(default=None, max_length=5)
    latitude: float | None = Field(default=None, ge=-90, le=90)
    longitude: float | None = Field(default=None, ge=-180, le=180)
    opening_hours: str | None = Field(default=None, max_length=500)
    languages: list[Language] = Field(default_factory=list, max_length=40)
    access: str | None = Field(default=None, max_length=200)
    wheelchair: Wheelchair | None = Field(default=None, max_length=10)
    source: str | None = Field(default=None, max_length=300)
    status: str | None = Field(default=None, max_length=200)
    verified_on: datetime.date | None = None
