"""The directory of services on the tablet: what shipped with the app, and what the server sent since."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import Any

from pydantic import ValidationError

from field_app.store.local_store import Kept
from shared import choices, territory
from shared.models import ServiceFields


@dataclass(frozen=True, slots=True)
class Entry:
    """One service; `km` from the commune asked for, as the crow flies, or None when either is not located."""

    id: str
    service: ServiceFields
    km: float | None = None


@dataclass(frozen=True, slots=True)
class Filters:
    """What the worker asks for; what is empty lets everything through. `group` is a family of themes."""

    words: str = ""
    group: str = ""
    theme: str = ""
    public: str = ""

    def let_through(self, service: ServiceFields) -> bool:
        """Return whether the theme and the public are right; the words are looked for by the directory."""
        themes = choices.load("theme")
        in_group = not self.group or any(themes[code].group == self.group for code in service.themes)
        in_theme = not self.theme or self.theme in service.themes
        return in_group and in_theme and (not self.public or self.public in service.publics)


class Directory:
    """The services by id. Those pulled replace those shipped; those the coordination retired are proposed no more,
    and keep their name in the referrals made before."""

    def __init__(self, pulled: Iterable[Kept] = ()) -> None:
        shipped = {str(raw["id"]): {k: v for k, v in raw.items() if k != "id"} for raw in territory.services()}
        self._services = {i: ServiceFields.model_validate(raw) for i, raw in shipped.items()}
        self._retired: dict[str, ServiceFields] = {}
        self._texts: dict[str, str] = {}
        for kept in pulled:
            if kept.kind == "service":
                self._take(kept)

    def _take(self, kept: Kept) -> None:
        """Put one service among those proposed, or those retired. A newer server may send what this app does not
        know: the directory must open all the same."""
        before = self._services.pop(kept.id, None) if kept.deleted else None
        with suppress(ValidationError):
            found = ServiceFields.model_validate(_known(kept.fields)) if kept.fields else before
            if found is not None:
                (self._retired if kept.deleted else self._services)[kept.id] = found

    @property
    def ids(self) -> frozenset[str]:
        """Every service a referral may name: one made before its service was retired may still be edited."""
        return frozenset(self._services) | frozenset(self._retired)

    def name(self, service_id: str) -> str:
        """Return the name of a service, or its id when this tablet does not know it yet."""
        found = self._services.get(service_id) or self._retired.get(service_id)
        return found.name if found else service_id

    def for_theme(self, theme: str, commune: str | None) -> list[Entry]:
        """Return the services that answer that need, nearest to the commune first, those without a place last."""
        return self._sorted((i for i, service in self._services.items() if theme in service.themes), commune)

    def get(self, service_id: str) -> ServiceFields | None:
        """Return a service, or None where this tablet does not know it."""
        return self._services.get(service_id)

    def search(self, filters: Filters, commune: str | None) -> list[Entry]:
        """Return the services that hold every word asked for, whatever its accents and case, nearest first, then
        by name; those without a place last."""
        words = plain(filters.words).split()
        found = (
            i
            for i, service in self._services.items()
            if filters.let_through(service) and all(word in self._text(i) for word in words)
        )
        return self._sorted(found, commune)

    def _text(self, service_id: str) -> str:
        """Return where the words are looked for, made at the first search."""
        if service_id not in self._texts:
            self._texts[service_id] = _searched(self._services[service_id])
        return self._texts[service_id]

    def _sorted(self, found: Iterable[str], commune: str | None) -> list[Entry]:
        services = ((i, self._services[i]) for i in found)
        entries = [Entry(i, service, self._distance(service, commune)) for i, service in services]
        return sorted(entries, key=lambda e: (e.km is None, e.km or 0.0, e.service.name))

    @staticmethod
    def _distance(service: ServiceFields, commune: str | None) -> float | None:
        here = territory.communes().get(commune or "")
        if here is None or service.latitude is None or service.longitude is None:
            return None
        return _km(here.latitude, here.longitude, service.latitude, service.longitude)


@cache
def _km(latitude: float, longitude: float, to_latitude: float, to_longitude: float) -> float:
    """Compute the kilometres between two places. Cached: a geodesic takes a fifth of a millisecond, and each
    letter typed would ask for hundreds again."""
    from geopy.distance import geodesic  # at the first distance only: a tablet starts without

    return float(geodesic((latitude, longitude), (to_latitude, to_longitude)).kilometers)


def plain(text: str) -> str:
    """Return a text as it is compared: without accents, ligatures, case nor signs."""
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    spelled = folded.replace("œ", "oe").replace("æ", "ae")
    return "".join(c if c.isalnum() else " " for c in spelled if not unicodedata.combining(c))


def _searched(service: ServiceFields) -> str:
    place = territory.communes().get(service.commune or "")
    network = choices.load("network").label_of(service.network) if service.network else ""
    needs = choices.load("theme")
    themes = [words(code) for code in service.themes for words in (needs.label_of, needs.plain_of)]
    parts = [service.name, service.presentation, network, *themes, service.address, place.name if place else ""]
    return plain(" | ".join(part for part in parts if part))


def _known(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields without those, and without the themes, publics and network, that only a newer app knows:
    the rest still serves."""
    kept = {name: value for name, value in fields.items() if name in ServiceFields.model_fields}
    for name, listed in (("themes", "theme"), ("publics", "public")):
        if isinstance(kept.get(name), list):
            kept[name] = [code for code in kept[name] if code in choices.load(listed)]
    if kept.get("network") not in choices.load("network"):
        kept.pop("network", None)
    return kept
