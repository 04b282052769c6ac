"""Invented records, plausible and seeded: for the demonstration, the tests and the benchmarks.

Nobody was met. Communes are drawn as their population is, with the two towns the team works around ahead; the
rest follows proportions made up for the purpose. `load` marks the territory, and every screen then says so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import groupby, islice
from random import Random
from typing import Any

from sqlalchemy import Engine

from shared import choices, ids, territory
from sync_server import founding, store

HOME_GROUND = {"90052": 9_000, "90033": 7_000}
"""Giromagny and Delle, in persons added to their population: the « trait d'union » team works around them."""
BATCH = 200
ACCEPTED = 0.8
"""Share of proposed referrals that the person accepts."""
FOLLOWED = 0.6
"""Share of accepted referrals of which something is known later."""

_AGES = {
    "jeunes": {"moins-de-16": 2, "16-17": 25, "18-21": 40, "22-25": 25, "inconnu": 8},
    "trait-dunion": {"18-21": 5, "22-25": 8, "26-39": 24, "40-59": 30, "60-74": 18, "75-et-plus": 9, "inconnu": 6},
}
_PLACES = {"espace-public": 30, "pied-d-immeuble": 20, "mairie": 12, "centre-social": 10, "aide-alimentaire": 8,
           "domicile": 6, "marche-ou-commerce": 8, "autre": 2}  # fmt: skip
_OUTCOMES = {"honoree": 30, "acces-effectif": 25, "rendez-vous-pris": 12, "non-presentee": 14, "sans-nouvelle": 10,
             "refusee-par-le-service": 4, "refusee-par-la-personne": 5}  # fmt: skip

_PARTNERS = {"equipe-municipale": 40, "association": 25, "ccas": 15, "college": 8, "club": 7, "centre-social": 5}


class Generator:
    """A stream of wire records; the same seed and days give the same stream."""

    def __init__(self, seed: int, first: date, last: date) -> None:
        self._random = Random(seed)  # noqa: S311  # plausibility, not secrecy
        self._first, self._days = first, (last - first).days
        self._last = last
        communes = territory.communes().values()
        self._communes = [c.insee for c in communes]
        self._weights = [c.population + HOME_GROUND.get(c.insee, 0) for c in communes]
        self._themes = [c.code for c in choices.load("theme").by_code.values() if c.proposed]
        self._by_theme: dict[str, list[str]] = {}
        for service in territory.services():
            for theme in service["themes"]:
                self._by_theme.setdefault(theme, []).append(service["id"])

    def records(self) -> Iterator[dict[str, Any]]:
        """Without end: encounters, each with the follow-ups of its referrals; a presence every fourth time, a
        group session or a partner contact every twelfth."""
        while True:
            encounter = self._encounter()
            yield encounter
            yield from self._follow_ups(encounter["fields"])
            if self._random.random() < 0.25:
                yield self._presence()
            if self._random.random() < 1 / 12:
                yield self._random.choice([self._group_session, self._partner_contact])()

    def encounters(self) -> Iterator[dict[str, Any]]:
        """Without end: encounters alone, for the benchmarks."""
        while True:
            yield self._encounter()

    def _record(self, kind: str, fields: dict[str, Any]) -> dict[str, Any]:
        return {"id": self._id(date.fromisoformat(fields["day"])), "kind": kind, "revision": 1, "fields": fields}

    def _id(self, day: date) -> str:
        return ids.new_id(day, self._random.getrandbits(112))

    def _pick(self, weights: dict[str, int]) -> str:
        return self._random.choices(list(weights), list(weights.values()))[0]

    def _code(self, name: str) -> str:
        return self._random.choice(list(choices.load(name).by_code))

    def _where_and_when(self) -> dict[str, Any]:
        return {
            "action": self._pick({"trait-dunion": 65, "jeunes": 35}),
            "day": str(self._first + timedelta(self._random.randint(0, self._days))),
            "commune": self._random.choices(self._communes, self._weights)[0],
            "place_type": self._pick(_PLACES),
            "slot": self._pick({"matin": 30, "apres-midi": 50, "soiree": 18, "nuit": 2}),
        }

    def _encounter(self) -> dict[str, Any]:
        fields = self._where_and_when()
        year = self._pick({"oui": 45, "non": 45, "ne-sait-pas": 10})
        ever = self._pick({"oui": 55, "non": 40, "ne-sait-pas": 5}) if year == "oui" else year
        fields |= {
            "age_band": self._pick(_AGES[fields["action"]]),
            "gender": self._pick({"femme": 48, "homme": 46, "inconnu": 6}),
            "contact_mode": self._code("contact_mode"),
            "household": self._code("household"),
            "activity": self._code("activity"),
            "first_contact_year": year,
            "first_contact_ever": ever,
        }
        day = date.fromisoformat(fields["day"])
        themes = self._random.sample(self._themes, self._random.choices([0, 1, 2, 3], [12, 45, 30, 13])[0])
        if themes:
            fields["needs"] = [{"theme": t} for t in themes]
            fields["referrals"] = list(self._referrals(day, themes))
        if self._random.random() < 0.3:
            fields["obstacles"] = [{"id": self._id(day), "kind": self._code("obstacle")}]
        if self._random.random() < 0.2:
            fields["rights"] = [{"id": self._id(day), "right": self._code("right")}]
        return self._record("encounter", {k: v for k, v in fields.items() if v != []})

    def _referrals(self, day: date, themes: Sequence[str]) -> Iterator[dict[str, Any]]:
        seen: set[str] = set()
        for theme in themes:
            service = self._random.choice(self._by_theme.get(theme, [""]))
            if service and service not in seen and self._random.random() < 0.55:
                seen.add(service)
                referral = {"id": self._id(day), "service": service, "theme": theme}
                yield referral if self._random.random() < ACCEPTED else referral | {"accepted": False}

    def _follow_ups(self, encounter: dict[str, Any]) -> Iterator[dict[str, Any]]:
        for referral in encounter.get("referrals", ()):
            day = date.fromisoformat(encounter["day"]) + timedelta(self._random.randint(3, 50))
            if referral.get("accepted", True) and day <= self._last and self._random.random() < FOLLOWED:
                outcome = self._pick(_OUTCOMES)
                yield self._record(
                    "follow_up", {"subject_id": referral["id"], "day": str(day), "outcome": outcome}
                )

    def _presence(self) -> dict[str, Any]:
        minutes = self._random.randrange(60, 241, 15)
        return self._record(
            "presence", self._where_and_when() | {"minutes": minutes, "agents": self._random.choice([1, 2, 2, 3])}
        )

    def _group_session(self) -> dict[str, Any]:
        fields = self._where_and_when()
        counted = Counter(self._pick(_AGES[fields["action"]]) for _ in range(self._random.randint(4, 25)))
        fields |= {
            "session_type": self._code("session_type"),
            "theme": self._random.choice(self._themes),
            "school_holidays": self._pick({"oui": 3, "non": 7}),
            "headcount": counted.total(),
            "ages": [{"age_band": band, "people": people} for band, people in counted.items()],
        }
        return self._record("group_session", fields)

    def _partner_contact(self) -> dict[str, Any]:
        where = self._where_and_when()
        partner = self._pick(_PARTNERS)
        fields = {name: where[name] for name in ("action", "day", "commune")} | {
            "partner_type": partner,
            "purpose": self._code("partner_purpose"),
        }
        if partner != "equipe-municipale":
            fields["structure"] = f"Structure fictive {self._random.randint(1, 30)}"
        return self._record("partner_contact", fields)


def load(engine: Engine, sender: store.Sender, count: int, today: date, seed: int = 90) -> None:
    """Fills the territory with `count` invented records of the last two years, through the same door as the
    tablets and week by week, as they would have come; marks it synthetic for ever. Raises RuntimeError when one is
    refused: the rules have moved."""
    founding.mark_synthetic(engine, sender.territory)
    stream = islice(Generator(seed, today - timedelta(730), today).records(), count)
    for _, week in groupby(sorted(stream, key=_day), key=lambda record: _day(record).isocalendar()[:2]):
        records = list(week)
        for start in range(0, len(records), BATCH):
            batch = records[start : start + BATCH]
            for receipt in store.accept(engine, sender, batch, _day(records[-1])):
                if receipt.status not in ("accepted", "duplicate"):
                    raise RuntimeError(f"synthetic record refused: {receipt.reasons}")


def _day(record: dict[str, Any]) -> date:
    return date.fromisoformat(record["fields"]["day"])
