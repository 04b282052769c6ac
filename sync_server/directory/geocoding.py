"""Geocoding: where an address is, asked of the Géoplateforme by a button and never by a page: what is found is
kept with the service. The address of a service is all that leaves the server."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.request import HTTPRedirectHandler, HTTPSHandler, ProxyHandler, build_opener

from geopy.adapters import URLLibAdapter
from geopy.exc import GeopyError
from geopy.geocoders import BANFrance

from shared import territory
from shared.models import ServiceFields

DOMAIN = "data.geopf.fr/geocodage"
TIMEOUT = 5
"""Seconds: the coordinator waits."""
SURE = 0.5
"""The score, of 1, below which the answer is about another address."""
Adapter = Callable[..., Any] | None
"""What carries geopy's requests; `StraightAdapter` when None."""


class _NoRedirect(HTTPRedirectHandler):
    def redirect_request(self, *_: Any, **__: Any) -> None:
        """Follow nothing: an answer that sends elsewhere is no answer."""


class StraightAdapter(URLLibAdapter):  # type: ignore[misc]  # geopy tells no types
    """Ask the address that was set and no other: where it sends elsewhere, nobody is asked (ASVS 15.3.2)."""

    def __init__(self, *, proxies: Any, ssl_context: Any) -> None:
        super().__init__(proxies=proxies, ssl_context=ssl_context)
        self.urlopen = build_opener(_NoRedirect, HTTPSHandler(context=ssl_context), ProxyHandler(proxies)).open


class UnreachableError(Exception):
    """The service of addresses does not answer, or not as it should."""


@dataclass(frozen=True, slots=True)
class Position:
    """A point (WGS 84, degrees) in a commune of the territory."""

    latitude: float
    longitude: float
    commune: str


def locate(fields: ServiceFields, adapter: Adapter = None) -> Position | None:
    """Locate a service's address; None when no such address is known in the territory. Raises
    UnreachableError."""
    commune = territory.communes().get(fields.commune or "")
    asked = ", ".join(part for part in (fields.address, commune.name if commune else "") if part)
    try:
        carried = adapter or StraightAdapter
        geocoder = BANFrance(domain=DOMAIN, timeout=TIMEOUT, user_agent="trait-dunion", adapter_factory=carried)
        found = geocoder.geocode(asked)
        if found is None:
            return None
        known = found.raw["properties"]
        place = Position(round(found.latitude, 5), round(found.longitude, 5), str(known["citycode"]))
        sure = float(known["score"]) >= SURE
    except (GeopyError, LookupError, TypeError, ValueError, AttributeError) as error:
        raise UnreachableError from error
    same = fields.commune in (None, place.commune)
    return place if sure and same and place.commune in territory.communes() else None
