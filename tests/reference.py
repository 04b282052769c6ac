"""The 29 indicators counted a second time, in plain Python, from the definitions of `indicateurs.csv`.

Nothing of the server is used, nor its declarations: only records as they were sent, the directory, the communes
and the marks of the coordinator. Slow and naive on purpose: each figure reads like its definition.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

Item = dict[str, Any]
Kept = Mapping[str, tuple[str, ...]]
"""Values kept of some dimensions; empty for the total."""
YOUNG = ("16-17", "18-21", "22-25")
NOT_KNOWN = ("proposee", "rendez-vous-pris", "sans-nouvelle")
COLLEGES, LYCEES = 13, 5
PARTS_OF_A_PERSON = ("theme", "last_mile", "right", "obstacle")
RANKS = {
    "referral": [
        "proposee",
        "sans-nouvelle",
        "rendez-vous-pris",
        "refusee-par-la-personne",
        "non-presentee",
        "sans-suite",
        "refusee-par-le-service",
        "honoree",
        "acces-effectif",
    ],
    "obstacle": ["repere", "en-cours", "non-leve", "leve"],
    "right": ["repere", "inconnu", "demande-deposee", "abandonne", "refuse", "ouvert"],
}
"""Of all that was told of one subject by the cut-off, the one furthest down counts, whatever its day (R4)."""
SHIPPED = {
    "logement-hebergement--local-precarite-energetique": "logement-hebergement--se-maintenir-dans-le-logement",
    "remobilisation--local-decrochage-scolaire": "remobilisation--lien-social",
}
"""The local codes that come with the app, and the national ones they count under."""
LISTED = {"place_type", "contact_mode", "theme", "obstacle", "right", "partner_type", "purpose", "session_type"}
PROFILE = ("age_band", "gender", "household", "housing", "activity", "rsa", "already_followed", "contact_mode")
FIRSTS = ("first_contact_year", "first_contact_ever")


@dataclass(frozen=True, slots=True)
class Told:
    """A figure: for a rate, `low` and `high` are its numerators. What does not apply is None."""

    low: float
    high: float | None = None
    denominator: int | None = None
    denominator_high: int | None = None
    unknown: int | None = None
    apart: int | None = None
    apart_high: int | None = None


@dataclass
class World:
    """What happened, told apart by what is counted."""

    epci_of: Mapping[str, str]
    services: Mapping[str, Mapping[str, Any]]
    marks: Iterable[tuple[str, int]] = ()
    cut_off: date = date.max
    local: Mapping[str, str] = field(default_factory=dict)
    """The codes added here, and the national ones they count under."""
    encounters: list[Item] = field(default_factory=list)
    needs: list[Item] = field(default_factory=list)
    obstacles: list[Item] = field(default_factory=list)
    rights: list[Item] = field(default_factory=list)
    referrals: list[Item] = field(default_factory=list)
    presences: list[Item] = field(default_factory=list)
    sessions: list[Item] = field(default_factory=list)
    partners: list[Item] = field(default_factory=list)


def live(sent: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """What stands when all has arrived: the last revision of each record, without what was deleted."""
    last: dict[str, dict[str, Any]] = {}
    for record in sent:
        if record["id"] not in last or record["revision"] > last[record["id"]]["revision"]:
            last[record["id"]] = record
    return [r for r in last.values() if not r.get("deleted")]


def tell(world: World, sent: Iterable[dict[str, Any]], first: date, last: date) -> World:
    """Fills the world with what happened from `first` to `last`, outcomes as known on its cut-off day."""
    records = live(sent)
    known: dict[tuple[str, str], list[tuple[int, str]]] = {}
    for record in records:
        if record["kind"] == "follow_up":
            f = record["fields"]
            day, kind = date.fromisoformat(f["day"]), f.get("subject_kind", "referral")
            if day <= world.cut_off:
                rank = RANKS[kind].index(f["outcome"])
                known.setdefault((kind, f["subject_id"]), []).append((rank, f["outcome"]))
    for record in records:
        if record["kind"] != "follow_up" and first <= date.fromisoformat(record["fields"]["day"]) <= last:
            _add(world, record, lambda kind, subject: max(known.get((kind, subject), [(0, "")]))[1])
    _told_as_national(world)
    return world


def _told_as_national(world: World) -> None:
    under = SHIPPED | dict(world.local)
    for items in (world.encounters, world.needs, world.obstacles, world.rights, world.referrals, world.presences,
                  world.sessions, world.partners):  # fmt: skip
        for item in items:
            item.update({name: under.get(item[name], item[name]) for name in LISTED & item.keys()})


def _add(world: World, record: dict[str, Any], outcome: Callable[[str, str], str]) -> None:
    f = record["fields"]
    day = date.fromisoformat(f["day"])
    there = {
        "id": record["id"], "day": day, "year": f"{day:%Y}", "month": f"{day:%Y-%m}",
        "quarter": f"{day.year}-T{1 + (day.month - 1) // 3}", "action": f["action"],
        "commune": f["commune"], "epci": world.epci_of[f["commune"]],
    }  # fmt: skip
    if record["kind"] == "encounter":
        _add_encounter(world, there | {"place_type": f["place_type"]}, f, outcome)
    elif record["kind"] == "presence":
        spent = f["minutes"] * f.get("agents", 1)
        where = {"place_type": f["place_type"], "slot": f.get("slot", "inconnu")}
        world.presences.append(there | where | {"agent_minutes": spent})
    elif record["kind"] == "group_session":
        said = {"session_type": f.get("session_type", "autre"), "headcount": f["headcount"]}
        said |= {"school_holidays": f.get("school_holidays", "inconnu"), "place_type": f["place_type"]}
        world.sessions.append(there | said)
    elif record["kind"] == "partner_contact":
        said = {"partner_type": f["partner_type"], "purpose": f.get("purpose", "autre")}
        world.partners.append(there | said | {"structure": folded(f.get("structure") or "")})


def _add_encounter(world: World, there: Item, f: dict[str, Any], outcome: Callable[[str, str], str]) -> None:
    met = there | {name: f.get(name, "inconnu") for name in PROFILE}
    met |= {name: f.get(name, "ne-sait-pas") for name in FIRSTS}
    world.encounters.append(met | {"accompanied": f.get("accompanied", False), "rights": len(f.get("rights", []))})
    apart = ("household", "housing", "activity", "rsa", "contact_mode")
    person = {name: v for name, v in met.items() if name not in apart}
    for need in f.get("needs", []):
        mile = need.get("last_mile") or "non-precise"
        world.needs.append(person | {"theme": need["theme"], "last_mile": mile})
    for obstacle in f.get("obstacles", []):
        now = outcome("obstacle", obstacle["id"]) or "repere"
        world.obstacles.append(person | {"obstacle": obstacle["kind"], "outcome": now})
    for right in f.get("rights", []):
        now = outcome("right", right["id"]) or "repere"
        world.rights.append(person | {"right": right["right"], "outcome": now})
    for referral in f.get("referrals", []):
        at_first = "proposee" if referral.get("accepted", True) else "refusee-par-la-personne"
        service = world.services.get(referral["service"], {})
        said = {"service": referral["service"], "theme": referral.get("theme") or "non-precise"}
        said |= {"network": service.get("network"), "service_name": service.get("name")}
        world.referrals.append(person | said | {"outcome": outcome("referral", referral["id"]) or at_first})


def folded(name: str) -> str:
    """The letters and digits of a name, without accents or case: how a structure is recognised."""
    bare = (c for c in unicodedata.normalize("NFD", name.casefold()) if not unicodedata.combining(c))
    return " ".join("".join(c if c.isalnum() else " " for c in bare).split())


class Reference:
    """The figures of one world, of the values kept."""

    def __init__(self, world: World, kept: Kept | None = None) -> None:
        self.world, self.kept = world, kept or {}

    def of(self, items: Iterable[Item], **wanted: Any) -> list[Item]:
        """The items kept that say so; a tuple means any of its values."""
        kept = [i for i in items if all(i[name] in values for name, values in self.kept.items())]
        return [i for i in kept if all(_is(i[name], value) for name, value in wanted.items())]

    def persons(self, items: Iterable[Item], **wanted: Any) -> tuple[int, int]:
        """R2: those said to be first contacts of the year; and with those who do not know."""
        return self._ranged(items, "first_contact_year", wanted)

    def _ranged(self, items: Iterable[Item], flag: str, wanted: Mapping[str, Any]) -> tuple[int, int]:
        found = self.of(items, **wanted)
        sure = [i for i in found if i[flag] == "oui"]
        return len(sure), len(sure) + len([i for i in found if i[flag] == "ne-sait-pas"])

    def all_persons(self, action: str, **wanted: Any) -> tuple[int, int]:
        """The persons met, whatever the part of a person that is looked at."""
        rest = {name: values for name, values in self.kept.items() if name not in PARTS_OF_A_PERSON}
        return Reference(self.world, rest).persons(self.world.encounters, action=action, **wanted)

    # Fiche 3

    def a3_01(self) -> Told:
        return Told(*self.persons(self.world.encounters, action="jeunes", age_band=YOUNG))

    def a3_02(self) -> Told:
        met = self.of(self.world.encounters, action="jeunes")
        young = [m for m in met if m["age_band"] in YOUNG]
        return Told(len(young), apart=len(met) - len(young))

    def a3_03(self) -> Told:
        wanted = {"action": "jeunes", "age_band": YOUNG}
        return Told(
            *self._ranged(self.world.encounters, "first_contact_ever", wanted),
            *self.persons(self.world.encounters, **wanted),
        )

    def a3_04(self) -> Told:
        first = self.of(self.world.encounters, action="jeunes", age_band=YOUNG)
        filled = [m for m in first if "inconnu" not in (m["activity"], m["already_followed"])]
        unknown = [m for m in first if m not in filled and m["first_contact_year"] == "oui"]
        outside = [
            m
            for m in filled
            if m["activity"] == "ni-emploi-ni-etudes-ni-formation" and m["already_followed"] == "non"
        ]
        return Told(*self.persons(outside), *self.persons(filled), unknown=len(unknown))

    def a3_05(self) -> Told:
        marked_years = [year for _, year in self.world.marks]
        t0 = min(marked_years) if marked_years else None
        marked = [c for c, year in self.world.marks if year == t0 and c != "90010"]
        places = self.of({"commune": c, "epci": self.world.epci_of[c]} for c in marked)
        times: dict[tuple[str, str], int] = {}
        for presence in self.of(self.world.presences, action="jeunes"):
            place = (presence["commune"], presence["year"])
            times[place] = times.get(place, 0) + 1
        covered = {p["commune"] for p in places for (c, _), n in times.items() if c == p["commune"] and n >= 3}
        return Told(len(covered), denominator=len(places))

    def a3_06(self) -> Told:
        return self._hours("jeunes")

    def _hours(self, action: str) -> Told:
        return Told(sum(p["agent_minutes"] for p in self.of(self.world.presences, action=action)) / 60)

    def a3_07(self) -> Told:
        noticed = self.of(self.world.obstacles, action="jeunes")
        lifted = [o for o in noticed if o["outcome"] == "leve"]
        silent = [o for o in noticed if o["outcome"] == "repere"]
        return Told(len(lifted), denominator=len(noticed), unknown=len(silent))

    def _cohort(self, action: Any) -> list[Item]:
        made = self.of(self.world.referrals, action=action)
        return [r for r in made if r["outcome"] != "refusee-par-la-personne"]

    def _reached(self, action: str, *outcomes: str) -> Told:
        cohort = self._cohort(action)
        reached = [r for r in cohort if r["outcome"] in outcomes]
        unknown = [r for r in cohort if r["outcome"] in NOT_KNOWN]
        return Told(len(reached), denominator=len(cohort), unknown=len(unknown))

    def a3_08(self) -> Told:
        return Told(len(self._cohort("jeunes")))

    def a3_09(self) -> Told:
        return self._reached("jeunes", "honoree", "acces-effectif")

    def a3_10(self) -> Told:
        return self._reached("jeunes", "acces-effectif")

    def a3_11(self) -> Told:
        schools = self.of(self.world.partners, action="jeunes", partner_type=("college", "lycee"))
        stock: int | None = sum(
            number
            for sort, number in (("college", COLLEGES), ("lycee", LYCEES))
            if sort in self.kept.get("partner_type", (sort,))
        )
        if "epci" in self.kept or "commune" in self.kept:
            stock = None
        return Told(len({s["structure"] for s in schools}), denominator=stock)

    def a3_12(self) -> Told:
        held = self.of(self.world.sessions, action="jeunes", session_type="extra-scolaire")
        return Told(len(held), apart=sum(s["headcount"] for s in held))

    def a3_13(self) -> Told:
        sorts = ("centre-social", "club", "association")
        met = self.of(self.world.partners, action="jeunes", partner_type=sorts, purpose="action-commune")
        return Told(len({p["structure"] for p in met}))

    # Fiche 4

    def a4_01(self) -> Told:
        return Told(*self.persons(self.world.encounters, action="trait-dunion"))

    def a4_02(self) -> Told:
        return Told(len(self.of(self.world.encounters, action="trait-dunion")))

    def a4_03(self) -> Told:
        met = self.of(self.world.encounters, action="trait-dunion")
        free = [m for m in met if m["already_followed"] == "non"]
        filled = [m for m in met if m["already_followed"] != "inconnu"]
        unknown = [m for m in met if m["already_followed"] == "inconnu" and m["first_contact_year"] == "oui"]
        return Told(*self.persons(free), *self.persons(filled), unknown=len(unknown))

    def _all_communes(self) -> int:
        """Of the territory, or of the places kept."""
        places = [{"commune": c, "epci": e} for c, e in self.world.epci_of.items()]
        rest = {name: values for name, values in self.kept.items() if name in ("commune", "epci")}
        return len(Reference(self.world, rest).of(places))

    def a4_04(self) -> Told:
        visited = {p["commune"] for p in self.of(self.world.presences, action="trait-dunion")}
        return Told(len(visited), denominator=self._all_communes())

    def a4_05(self) -> Told:
        return self._hours("trait-dunion")

    def a4_06(self) -> Told:
        low, high = self.all_persons("trait-dunion")
        needs = self.of(self.world.needs, action="trait-dunion")
        themes = {(n["id"], n["theme"]) for n in needs}
        return Told(len(themes), denominator=low, denominator_high=high)

    def a4_07(self) -> Told:
        noticed = self.of(self.world.rights, action="trait-dunion")
        persons = {r["id"]: r for r in noticed}
        found = Reference(self.world).persons(persons.values())
        return Told(*found, *self.all_persons("trait-dunion"))

    def a4_08(self) -> Told:
        noticed = self.of(self.world.rights, action="trait-dunion")
        opened = [r for r in noticed if r["outcome"] == "ouvert"]
        silent = [r for r in noticed if r["outcome"] in ("repere", "inconnu")]
        return Told(len(opened), denominator=len(noticed), unknown=len(silent))

    def a4_09(self) -> Told:
        return Told(len(self._cohort("trait-dunion")))

    def a4_10(self) -> Told:
        return self._reached("trait-dunion", "honoree", "acces-effectif")

    def a4_11(self) -> Told:
        return self._reached("trait-dunion", "acces-effectif")

    def a4_12(self) -> Told:
        due = [r for r in self._cohort("trait-dunion") if (self.world.cut_off - r["day"]).days > 60]
        return Told(len([r for r in due if r["outcome"] in NOT_KNOWN]), denominator=len(due))

    def a4_13(self) -> Told:
        done = self.of(self.world.encounters, action="trait-dunion", accompanied=True)
        low, high = self.persons(done)
        return Told(len(done), apart=low, apart_high=high)

    def a4_14(self) -> Told:
        both = ("jeunes", "trait-dunion")
        there = [r for r in self._cohort(both) if r["network"] == "france-service"]
        rest = {name: values for name, values in self.kept.items() if name != "service"}
        return Told(len(there), denominator=len(Reference(self.world, rest)._cohort(both)))

    def a4_15(self) -> Told:
        met = self.of(self.world.partners, action="trait-dunion", partner_type="equipe-municipale")
        return Told(len({m["commune"] for m in met}), denominator=self._all_communes(), apart=len(met))

    def a4_16(self) -> Told:
        sorts = ("association", "club", "ccas")
        contacts = self.of(self.world.partners, action="trait-dunion", partner_type=sorts)
        told = [c for c in contacts if c["purpose"] == "signalement"]
        busy = [c for c in contacts if c["purpose"] in ("action-commune", "suivi-d-orientation", "signalement")]
        names = {c["structure"] for c in busy}
        received = [r | {"partner_type": "ccas"} for r in self.world.referrals if r["network"] == "ccas-cias"]
        reached = self.of(received, action="trait-dunion")
        names |= {folded(r["service_name"]) for r in reached if r["outcome"] != "refusee-par-la-personne"}
        return Told(len(names), apart=len(told))


def _is(value: Any, wanted: Any) -> bool:
    return value in wanted if isinstance(wanted, tuple) else bool(value == wanted)


def figures(world: World, kept: Kept | None = None) -> dict[str, Told]:
    """Every indicator, of the values kept; without those that say nothing of such a dimension."""
    reference = Reference(world, kept)
    found = {}
    for name in sorted(n for n in vars(Reference) if n.startswith(("a3_", "a4_"))):
        try:
            found[name.upper().replace("_", "-")] = getattr(reference, name)()
        except KeyError:  # its items have not that dimension
            continue
    return found
