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

SLEEP, SHELTER_LINE = "logement-hebergement--rechercher-une-solution-dhebergement-temporaire", "numero-115"
"""The need of who does not know where to sleep, and the service that finds a bed tonight."""
OUTSIDE = {"housing": ("a-la-rue", "squat-ou-abri-de-fortune"), "place_type": ("espace-public",)}
"""What is entered of a person who may sleep outside."""


FOR_AGES = {
    "jeunes": ("moins-de-16", "16-17", "18-21", "22-25"), "etudiants": ("16-17", "18-21", "22-25", "26-39"),
    "seniors": ("60-74", "75-et-plus"),
}  # fmt: skip
"""The age bands that a public of the directory names; the other publics say nothing of an age."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One service; `km` from the commune asked for, as the crow flies, or None when either is not located."""

    id: str
    service: ServiceFields
    km: float | None = None

    @property
    def is_line(self) -> bool:
        """Return whether it is a national line, reached by telephone alone."""
        return self.km is None and self.id in territory.lines()


@dataclass(frozen=True, slots=True)
class Filters:
    """What the worker asks for; what is empty lets everything through. `group` is a family of themes."""

    words: str = ""
    group: str = ""
    theme: str = ""
    public: str = ""
    language: str = ""

    def let_through(self, service: ServiceFields) -> bool:
        """Return whether the theme, the public and the language are right; the words are looked for by the
        directory."""
        themes = choices.load("theme")
        in_group = not self.group or any(themes[code].group == self.group for code in service.themes)
        in_theme = not self.theme or self.theme in service.themes
        in_public = not self.public or self.public in service.publics
        return in_group and in_theme and in_public and (not self.language or self.language in service.languages)


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

    @property
    def languages(self) -> list[choices.Choice]:
        """List the languages that some service is known to speak: the others would find nothing."""
        spoken = {code for service in self._services.values() for code in service.languages}
        return [choice for choice in choices.load("language").by_code.values() if choice.code in spoken]

    def for_theme(self, theme: str, met: Mapping[str, Any]) -> list[Entry]:
        """Return the services that answer that need of the person met (the fields of an encounter): nearest to
        the commune first, those without a place after them, those for another age last; but for who sleeps
        outside, first of all what finds a bed tonight."""
        answering = (i for i, service in self._services.items() if theme in service.themes)
        found = self._sorted(answering, met.get("commune"))
        outside = theme == SLEEP and any(met.get(name) in codes for name, codes in OUTSIDE.items())
        age = str(met.get("age_band", ""))
        return sorted(found, key=lambda e: (not outside or e.id != SHELTER_LINE, _is_for_others(e.service, age)))

    def get(self, service_id: str) -> ServiceFields | None:
        """Return a service, or None where this tablet does not know it."""
        return self._services.get(service_id)

    def search(self, filters: Filters, commune: str | None) -> list[Entry]:
        """Return the services that hold every word asked for, whatever its accents and case, nearest first, then
        by name; those without a place after them, the telephone lines last."""
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
        return sorted(entries, key=lambda e: (e.is_line, e.km is None, e.km or 0.0, e.service.name))

    @staticmethod
    def _distance(service: ServiceFields, commune: str | None) -> float | None:
        here = territory.communes().get(commune or "")
        if here is None or service.latitude is None or service.longitude is None:
            return None
        return _km(here.latitude, here.longitude, service.latitude, service.longitude)


def _is_for_others(service: ServiceFields, age_band: str) -> bool:
    """Return whether the service is for other ages alone; never where its publics or the age are not known."""
    ages = [FOR_AGES.get(public) for public in service.publics]
    if age_band in ("", "inconnu") or not ages or None in ages:
        return False
    return not any(age_band in bands for bands in ages if bands)


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
    spoken = [f"langue : on y parle {choices.load('language').label_of(code)}" for code in service.languages]
    ways = [service.access, choices.load("wheelchair").label_of("oui") if service.wheelchair == "oui" else ""]
    parts = [service.name, service.presentation, network, *themes, service.address, place.name if place else ""]
    parts += [*spoken, *ways]
    return plain(" | ".join(part for part in parts if part))


def _known(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields without those, and without the codes, that only a newer app knows: the rest still
    serves."""
    kept = {name: value for name, value in fields.items() if name in ServiceFields.model_fields}
    for name, listed in (("themes", "theme"), ("publics", "public"), ("languages", "language")):
        if isinstance(kept.get(name), list):
            kept[name] = [code for code in kept[name] if code in choices.load(listed)]
    for name in ("network", "wheelchair"):
        if kept.get(name) not in choices.load(name):
            kept.pop(name, None)
    return kept
