"""Invented records, plausible and seeded: for the demonstration, the tests and the benchmarks.

Nobody was met. A team goes out, on a day, to a commune: whom it meets there, its presence, and what becomes of
each referral, obstacle and right hang together. Communes are drawn as their population is, with the two towns the
team works around ahead; the rest follows `synthetic_shares`. `load` marks the territory: every screen says so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import groupby, islice
from random import Random
from typing import Any

from sqlalchemy import Engine

from shared import hours, ids, territory
from sync_server.directory import new_territory
from sync_server.intake import store
from sync_server.operations import synthetic_shares as shares
from sync_server.operations.synthetic_shares import share

HOME_GROUND = {"90052": 9_000, "90033": 7_000}
"""Giromagny and Delle, in persons added to their population: the « trait d'union » team works around them."""
IN_TOWN = 12_000
"""The most persons a commune counts for with that team: Belfort has others."""
FLOOR = 80
"""Persons added to every commune: a team goes where few live too."""
BATCH = 200
ACCEPTED = 0.85
"""Share of proposed referrals that the person accepts."""
GROWTH = 0.75
"""The teams of a demonstration meet more people from year to year: below 1, later days come up more often."""
_MET = ((1, 2, 3, 4, 5, 6), (24, 26, 22, 14, 9, 5))
_NOBODY, _FORGOTTEN = 0.12, 0.02
"""Shares of outings on which nobody was met, and of those whose presence was not noted."""


class Generator:
    """A stream of wire records; the same seed, days and growth give the same stream."""

    def __init__(self, seed: int, first: date, last: date, growth: float = 1) -> None:
        self._random = Random(seed)  # noqa: S311  # nosec B311  # plausibility, not secrecy
        # For the fields that came later: the others, and all that is drawn after them, stay what they were.
        self._apart = Random(seed + 1)  # noqa: S311  # nosec B311  # plausibility, not secrecy
        self._last, self._growth = last, growth
        every = [first + timedelta(ahead) for ahead in range((last - first).days + 1)]
        self._days = [day for day in every if _working(day)] or every
        communes = territory.communes().values()
        self._populations = {c.insee: c.population for c in communes}
        self._communes = {
            "jeunes": share({c.insee: c.population + FLOOR for c in communes}),
            "trait-dunion": share(
                {c.insee: min(c.population, IN_TOWN) + HOME_GROUND.get(c.insee, FLOOR) for c in communes}
            ),
        }
        self._municipal = share({c.insee: 1 + c.population / 2_000 for c in communes})
        self._themes = {action: shares.themes(action) for action in shares.AGES}
        self._by_theme: dict[str, list[str]] = {}
        for service in territory.services():
            for theme in service["themes"]:
                self._by_theme.setdefault(theme, []).append(service["id"])

    def records(self) -> Iterator[dict[str, Any]]:
        """Invent records without end, outing by outing: encounters, each with the follow-ups of its referrals,
        obstacles and rights; the presence; now and then a group session, or a partner's contact."""
        while True:
            where = self._outing()
            met = 0 if self._random.random() < _NOBODY else self._people()
            for _ in range(met):
                encounter = self._encounter(where)
                yield encounter
                yield from self._follow_ups(encounter["fields"])
            if self._random.random() >= _FORGOTTEN:
                yield self._presence(where, met)
            if self._random.random() < 0.12:
                yield self._group_session(where)
            if self._random.random() < 0.22:
                yield self._partner_contact(where)

    def encounters(self) -> Iterator[dict[str, Any]]:
        """Invent encounters alone, without end, for the benchmarks."""
        while True:
            where = self._outing()
            for _ in range(self._people()):
                yield self._encounter(where)

    def _record(self, kind: str, fields: dict[str, Any]) -> dict[str, Any]:
        return {"id": self._id(date.fromisoformat(fields["day"])), "kind": kind, "revision": 1, "fields": fields}

    def _id(self, day: date) -> str:
        return ids.new_id(day, self._random.getrandbits(112))

    def _people(self) -> int:
        return self._random.choices(*_MET)[0]

    def _some(self, of: shares.Share[str], weights: Sequence[int]) -> list[str]:
        """Choose several different ones: none, one, two…, by these weights."""
        many = self._random.choices(range(len(weights)), weights)[0]
        return list(dict.fromkeys(of.draw(self._random) for _ in range(many)))

    def _outing(self) -> dict[str, Any]:
        chance = self._random
        action = shares.ACTIONS.draw(chance)
        commune = self._communes[action].draw(chance)
        place = shares.PLACES[action].draw(chance)
        if place in shares.OF_A_TOWN and self._populations[commune] < shares.TOWN:
            place = shares.OF_A_TOWN[place]
        return {
            "action": action,
            "day": str(self._days[int(chance.random() ** self._growth * len(self._days))]),
            "commune": commune,
            "place_type": place,
            "slot": shares.SLOTS[action].draw(chance),
        }

    def _encounter(self, where: Mapping[str, Any]) -> dict[str, Any]:
        chance, action = self._random, where["action"]
        age = shares.AGES[action].draw(chance)
        stage = shares.STAGES[age]
        activity = shares.ACTIVITIES[stage].draw(chance)
        followed = shares.FOLLOWED_OUTSIDE if activity.startswith("ni-") else shares.ALREADY_FOLLOWED
        year = shares.FIRST_THIS_YEAR.draw(chance)
        fields = {
            **where,
            "age_band": age,
            "gender": shares.GENDERS.draw(chance),
            "contact_mode": shares.CONTACT_MODES.get(where["place_type"], shares.IN_THE_STREET).draw(chance),
            "household": shares.HOUSEHOLDS[stage].draw(chance),
            "housing": shares.HOUSING[stage].draw(self._apart),
            "activity": activity,
            "rsa": shares.RSA[stage].draw(chance),
            "already_followed": followed.draw(chance),
            "duration_band": shares.DURATIONS.draw(chance),
            "first_contact_year": year,
            "first_contact_ever": shares.FIRST_EVER.draw(chance) if year == "oui" else year,
        }
        fields |= self._parts(action, date.fromisoformat(where["day"]))
        if "needs" not in fields and self._apart.random() < shares.ASKED:
            fields["no_need"] = True
        if any(r.get("mode") == "accompagnement-physique" for r in fields.get("referrals", ())):
            fields["accompanied"] = True
        return self._record("encounter", fields)

    def _parts(self, action: str, day: date) -> dict[str, Any]:
        """Invent what was said: needs, and where they led; obstacles; rights. Only what there is."""
        themes = self._some(self._themes[action], (12, 45, 30, 13))
        obstacles = self._some(shares.OBSTACLES, (66, 27, 7))
        rights = self._some(shares.RIGHTS[action], (78, 18, 4))
        parts: dict[str, list[dict[str, Any]]] = {
            "needs": [self._need(theme) for theme in themes],
            "referrals": list(self._referrals(day, themes)),
            "obstacles": [{"id": self._id(day), "kind": kind} for kind in obstacles],
            "rights": [{"id": self._id(day), "right": right} for right in rights],
        }
        return {name: part for name, part in parts.items() if part}

    def _need(self, theme: str) -> dict[str, Any]:
        need = {"theme": theme}
        if self._random.random() < 0.25:
            need["expression"] = "detecte"
        if self._random.random() < 0.3:
            need["last_mile"] = shares.LAST_MILES.draw(self._random)
        return need

    def _referrals(self, day: date, themes: Sequence[str]) -> Iterator[dict[str, Any]]:
        seen: set[str] = set()
        for theme in themes:
            service = self._random.choice(self._by_theme.get(theme, [""]))
            if service and service not in seen and self._random.random() < 0.55:
                seen.add(service)
                referral = {"id": self._id(day), "service": service, "theme": theme}
                if self._random.random() >= ACCEPTED:
                    yield referral | {"accepted": False}
                else:
                    yield referral | {"mode": shares.MODES.draw(self._random)}

    def _follow_ups(self, encounter: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        for name, kind in (("referrals", "referral"), ("obstacles", "obstacle"), ("rights", "right")):
            for part in encounter.get(name, ()):
                if part.get("accepted", True):
                    yield from self._course(kind, part["id"], date.fromisoformat(encounter["day"]))

    def _course(self, kind: str, subject: str, day: date) -> Iterator[dict[str, Any]]:
        """Invent what was told, step by step, as far as the last day."""
        for step in shares.COURSES[kind].draw(self._random):
            day += timedelta(self._random.randint(step.least, step.most))
            while not _working(day):
                day += timedelta(1)
            if day > self._last:
                return
            fields = {"subject_id": subject, "subject_kind": kind, "day": str(day), "outcome": step.outcome}
            if step.outcome in shares.REASONS and self._random.random() < 0.85:
                fields["reason"] = shares.REASONS[step.outcome].draw(self._random)
            if step.outcome in shares.TOLD_BY_THE_SERVICE and self._random.random() < 0.3:
                fields["reported_by"] = "service"
            yield self._record("follow_up", fields)

    def _presence(self, where: Mapping[str, Any], met: int) -> dict[str, Any]:
        minutes = 30 + 25 * met + self._random.randrange(0, 91)
        agents = self._random.choice([1, 2, 2, 3])
        return self._record("presence", {**where, "minutes": minutes // 15 * 15, "agents": agents})

    def _group_session(self, where: Mapping[str, Any]) -> dict[str, Any]:
        chance, action = self._random, where["action"]
        sort = shares.SESSION_TYPES[action].draw(chance)
        ages = Counter(shares.AGES[action].draw(chance) for _ in range(chance.randint(4, 25)))
        genders = Counter(shares.GENDERS.draw(chance) for _ in range(ages.total()))
        fields = {
            **where,
            "place_type": shares.SESSION_PLACES[action].draw(chance),
            "session_type": sort,
            "theme": self._themes[action].draw(chance),
            "school_holidays": "oui" if on_holiday(date.fromisoformat(where["day"])) else "non",
            "headcount": ages.total(),
            "ages": [{"age_band": band, "people": people} for band, people in ages.items()],
            "genders": [{"gender": gender, "people": people} for gender, people in genders.items()],
        }
        if sort == "extra-scolaire":
            fields["establishment"] = chance.choice(shares.of_kinds("college", "lycee")).name
        elif chance.random() < 0.5:
            fields["partner"] = chance.choice(shares.of_kinds("association", "centre-social", "club")).name
        return self._record("group_session", fields)

    def _partner_contact(self, where: Mapping[str, Any]) -> dict[str, Any]:
        kind = shares.PARTNERS[where["action"]].draw(self._random)
        fields = {"action": where["action"], "day": where["day"], "partner_type": kind}
        if kind == "equipe-municipale":
            fields["commune"] = self._municipal.draw(self._random)
        else:
            structure = self._random.choice(shares.of_kinds(kind))
            fields |= {"commune": structure.commune, "structure": structure.name}
        return self._record("partner_contact", fields | {"purpose": shares.PURPOSES.draw(self._random)})


def on_holiday(day: date) -> bool:
    """Tell whether that day is, about, in the school holidays."""
    return any(first <= (day.month, day.day) <= last for first, last in shares.HOLIDAYS)


def load(engine: Engine, sender: store.Sender, count: int, today: date, seed: int = 90) -> None:
    """Fill the territory with `count` invented records of the last two years, as they would have come; mark it
    synthetic for ever. Raises RuntimeError when one is refused: the rules have moved."""
    new_territory.mark_synthetic(engine, sender.territory)
    for day, team, week in weeks({}, count, today - timedelta(730), today, seed):
        push(engine, replace(sender, team=team or sender.team), week, day)


def weeks(
    teams: Mapping[str, str], count: int, first: date, today: date, seed: int = 90
) -> Iterator[tuple[date, str, list[dict[str, Any]]]]:
    """Yield `count` records from `first` on, week by week and team by team, with the day a tablet sends them;
    `teams` is the team of each action, empty where it is not told."""
    stream = islice(Generator(seed, first, today, GROWTH).records(), count)
    actions: dict[str, str] = {}
    found = [(_day(record), teams.get(_action(record, actions), ""), record) for record in stream]
    found.sort(key=lambda one: (one[0].isocalendar()[:2], one[1], one[0]))
    for (_, team), week in groupby(found, key=lambda one: (one[0].isocalendar()[:2], one[1])):
        records = [record for *_, record in week]
        yield _day(records[-1]), team, records


def push(engine: Engine, sender: store.Sender, records: Sequence[dict[str, Any]], day: date) -> None:
    """Push records through the same door as the tablets, received that day. Raises RuntimeError when one is
    refused."""
    for start in range(0, len(records), BATCH):
        for receipt in store.accept(engine, sender, records[start : start + BATCH], day):
            if receipt.status not in ("accepted", "duplicate"):
                raise RuntimeError(f"synthetic record refused: {receipt.reasons}")


def _action(record: Mapping[str, Any], actions: dict[str, str]) -> str:
    """Choose the action of a record; of a follow-up, that of the encounter before it, of which `actions` keeps
    track."""
    fields = record["fields"]
    if record["kind"] == "follow_up":
        return actions[fields["subject_id"]]
    for name in ("referrals", "obstacles", "rights"):
        actions |= {part["id"]: fields["action"] for part in fields.get(name, ())}
    return str(fields["action"])


def _working(day: date) -> bool:
    return day.weekday() < 6 and day not in hours.holidays(day.year)


def _day(record: Mapping[str, Any]) -> date:
    return date.fromisoformat(record["fields"]["day"])
