"""The directory as the worker goes through it: what is looked for, what is found, what is reported wrong."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from urllib.parse import quote

import flet as ft

from field_app.directory import Entry, Filters
from field_app.ports.storage import StoreError
from field_app.state.desk import Desk
from field_app.state.forms import proposed
from field_app.store.kept import Kept
from shared import choices, french, hours, ids, rules, territory
from shared.models import ServiceFields

PAGE = 10
"""How many services are drawn at once: more are asked for by a tap."""
THANKS = "Signalé : {problem}. La coordination le recevra au prochain envoi."
ALREADY = "Cette erreur est déjà signalée aujourd’hui : rien à refaire."
NOT_KEPT = "L’erreur n’a pas pu être enregistrée : libérez de la place sur la tablette, puis réessayez."


@ft.observable
@dataclass(repr=False)
class Services:
    """`entries` is what the filters let through, nearest to `commune` first; `without_hours` how many of these
    « ouvert maintenant » leaves out because nobody knows, `without_languages` how many the language does; `opened`
    the service looked at, `last` the error just reported of it, `said` why no commune is proposed."""

    commune: str = ""
    filters: Filters = field(default_factory=Filters)
    open_now: bool = False
    entries: list[Entry] = field(default_factory=list)
    without_hours: int = 0
    without_languages: int = 0
    most: int = PAGE
    opened: str = ""
    notice: str = ""
    problem: str = ""
    said: str = ""
    last: Kept | None = None
    _reported: set[tuple[str, str, str]] = field(default_factory=set, repr=False)
    _desk: Desk = field(default=None, repr=False)  # type: ignore[assignment]  # always given; a dataclass wants one

    async def take(self, found: list[Kept]) -> None:
        """Read what the store holds now: the reports made, and the directory anew around the commune used last."""
        reports = (k.fields for k in found if k.kind == "service_report" and not k.deleted)
        self._reported = {(f["service"], f["problem"], str(f["day"])) for f in reports if _whole(f)}
        last = await proposed.read_last(self._desk)
        self.commune = last.get("commune") or self.commune
        self._find()

    async def put_commune(self, insee: str) -> None:
        """Set another commune to count the distances from, proposed again next time."""
        if insee not in territory.communes():
            return
        self.commune, self.said = insee, ""
        self._find()
        try:
            last = await proposed.read_last(self._desk)
            await proposed.keep_last({**last, "commune": insee}, self._desk)
        except StoreError:
            return  # only a comfort: the list is right all the same

    @property
    def may_locate(self) -> bool:
        """Return whether this device can say where it is."""
        return self._desk.locate is not None

    async def locate(self) -> None:
        """Count the distances from the commune the device is in; the position itself is forgotten at once."""
        here, self.said = await self._desk.propose_commune()
        if here is not None:
            await self.put_commune(here)

    def look_for(self, filters: Filters, open_now: bool) -> None:
        """Search by other words or filters; a theme of another family goes with its family."""
        themes = choices.load("theme")
        if filters.theme and filters.group and themes[filters.theme].group != filters.group:
            filters = replace(filters, theme="")
        self.filters, self.open_now, self.most = filters, open_now, PAGE
        self._find()

    def more(self) -> None:
        """Draw the next services too."""
        self.most += PAGE

    def show(self, service_id: str = "") -> None:
        """Show one service in full, or the list again."""
        self.opened, self.notice, self.problem, self.last = service_id, "", "", None

    @property
    def entry(self) -> Entry | None:
        """Return the service looked at, with its distance, wherever the filters stand."""
        found = self._desk.directory.search(Filters(), self.commune) if self.opened else []
        return next((entry for entry in found if entry.id == self.opened), None)

    @property
    def languages(self) -> list[choices.Choice]:
        """List the languages to choose from."""
        return self._desk.directory.languages

    def state_of(self, service: ServiceFields) -> hours.State:
        """Return whether it is open now."""
        return hours.state(service.opening_hours, self._desk.clock())

    async def report(self, problem: str) -> None:
        """Save what is wrong with the service looked at, to be sent; once a day for the same error."""
        self.notice, self.problem, self.last = "", "", None
        fields = {"service": self.opened, "problem": problem, "day": str(self._desk.outing_day)}
        key = (self.opened, problem, fields["day"])
        if key in self._reported:
            self.notice = ALREADY
            return
        verdict = rules.judge("service_report", fields, self._desk.evidence)
        if verdict.refusals or verdict.fields is None:
            self.problem = verdict.problems[0].message
            return
        kept = Kept(ids.new_id(self._desk.today), "service_report", verdict.fields.compact(), "pending")
        self._reported.add(key)  # before the write: a second tap meanwhile is the same report
        try:
            await self._desk.store.keep(kept)
        except StoreError:
            self._reported.discard(key)
            self.problem = NOT_KEPT
            return
        said = choices.load("service_problem").label_of(problem)
        self.notice, self.last = THANKS.format(problem=french.begin_small(said)), kept
        self._desk.bell.set()

    async def take_back(self) -> None:
        """Take back the error just reported."""
        gone, self.last = self.last, None
        if gone is not None:
            await self._desk.store.delete(gone)
            self._reported.discard((self.opened, str(gone.fields["problem"]), str(gone.fields["day"])))
            self.notice = ""
            self._desk.bell.set()

    def _find(self) -> None:
        found = self._desk.directory.search(self.filters, self.commune)
        self.without_languages = self._count_untold() if self.filters.language else 0
        kinds = [self.state_of(e.service).kind if self.open_now else "open" for e in found]
        self.without_hours = kinds.count("unknown")
        self.entries = [entry for entry, kind in zip(found, kinds, strict=True) if kind == "open"]

    def _count_untold(self) -> int:
        """Count the services that fit the rest, and of which nobody told the languages."""
        others = self._desk.directory.search(replace(self.filters, language=""), self.commune)
        return sum(not entry.service.languages for entry in others)


def _whole(fields: dict[str, object]) -> bool:
    return {"service", "problem", "day"} <= fields.keys()


def distance(entry: Entry) -> str:
    """Return how far it is, as the crow flies."""
    if entry.is_line:
        return "par téléphone, de partout"
    if entry.km is None:
        return "distance inconnue"
    return "moins de 1 km" if entry.km < 1 else f"{entry.km:.1f} km".replace(".", ",")


def verified(service: ServiceFields) -> str:
    """Say when somebody checked the entry; a service nobody checked is said to be so."""
    if service.verified_on is not None:
        return f"Vérifié le {french.format_day(service.verified_on)}"
    return "Non vérifié : à confirmer avant d’orienter"


def spoken(service: ServiceFields) -> str:
    """Say which languages are spoken there; nothing where nobody told."""
    labels = (choices.load("language").label_of(code) for code in service.languages)
    said = ", ".join(map(french.begin_small, labels))
    return f"Langues : {said}" if said else ""


def ways_in(service: ServiceFields) -> list[str]:
    """Say how a person gets in, as far as it is known."""
    chair = choices.load("wheelchair").label_of(service.wheelchair) if service.wheelchair else ""
    return [line for line in (f"Accès : {service.access}" if service.access else "", chair) if line]


def place(service: ServiceFields) -> str:
    """Return the address and the commune, as far as they are known."""
    commune = territory.communes().get(service.commune or "")
    return ", ".join(part for part in (service.address, commune.name if commune else "") if part)


def call(service: ServiceFields) -> str:
    """Return the link that dials, empty without a telephone."""
    return next(iter(calls(service).values()), "")


def calls(service: ServiceFields) -> dict[str, str]:
    """Return the link that dials, by number as it is written: an entry may hold two, « 03 84 … / 06 … »."""
    from shared import personal_data  # at its first use, as in `shared.models.base`

    typed = service.phone or ""
    found = personal_data.phone_numbers(typed) or [re.split(r"[/,;]| ou ", typed)[0].strip()]  # 39 19, 115
    dialled = {number: "".join(c for c in number if c.isdecimal() or c == "+") for number in found}
    return {number: f"tel:{digits}" for number, digits in dialled.items() if digits}


def route(service: ServiceFields, platform: ft.PagePlatform | None) -> str:
    """Build the link that shows the place: in the map application of an Android or an iPad, where the browser
    hands it on, else on openstreetmap.org; empty without a place. It is only followed when it is tapped."""
    if service.latitude is None or service.longitude is None:
        return ""
    there = f"{service.latitude},{service.longitude}"
    if platform is ft.PagePlatform.ANDROID:
        return f"geo:{there}?q={there}({quote(service.name)})"
    if platform is ft.PagePlatform.IOS:
        return f"https://maps.apple.com/?ll={there}&q={quote(service.name)}"
    return (
        f"https://www.openstreetmap.org/?mlat={service.latitude}&mlon={service.longitude}"
        f"#map=17/{service.latitude}/{service.longitude}"
    )
