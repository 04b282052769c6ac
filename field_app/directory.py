"""The directory of services on the tablet: what shipped with the app, and what the server sent since."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

from geopy.distance import geodesic
from pydantic import ValidationError

from field_app.local_store import Kept
from shared import territory
from shared.models import ServiceFields


@dataclass(frozen=True, slots=True)
class Entry:
    """One service; `km` from the commune asked for, as the crow flies, or None when either is not located."""

    id: str
    service: ServiceFields
    km: float | None = None


class Directory:
    """The services by id. Those pulled replace those shipped, and take away those the coordination deleted."""

    def __init__(self, pulled: Iterable[Kept] = ()) -> None:
        shipped = {str(raw["id"]): {k: v for k, v in raw.items() if k != "id"} for raw in territory.services()}
        self._services = {i: ServiceFields.model_validate(raw) for i, raw in shipped.items()}
        for kept in pulled:
            if kept.kind == "service" and kept.deleted:
                self._services.pop(kept.id, None)
            elif kept.kind == "service":
                self._take(kept)

    def _take(self, kept: Kept) -> None:
        """A server newer than this app may send what it does not know: the directory must open all the same."""
        with suppress(ValidationError):
            self._services[kept.id] = ServiceFields.model_validate(kept.fields)

    @property
    def ids(self) -> frozenset[str]:
        """Every service a referral may name."""
        return frozenset(self._services)

    def name(self, service_id: str) -> str:
        """The name of a service, or its id when this tablet does not know it yet."""
        found = self._services.get(service_id)
        return found.name if found else service_id

    def for_theme(self, theme: str, commune: str | None) -> list[Entry]:
        """The services that answer that need, nearest to the commune first, those without a place last."""
        found = [
            Entry(i, service, self._distance(service, commune))
            for i, service in self._services.items()
            if theme in service.themes
        ]
        return sorted(found, key=lambda e: (e.km is None, e.km or 0.0, e.service.name))

    @staticmethod
    def _distance(service: ServiceFields, commune: str | None) -> float | None:
        here = territory.communes().get(commune or "")
        if here is None or service.latitude is None or service.longitude is None:
            return None
        there = (service.latitude, service.longitude)
        return float(geodesic((here.latitude, here.longitude), there).kilometers)
