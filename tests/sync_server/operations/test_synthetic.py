"""The invented records: the same for the same seed, plausible, and never mistaken for true ones."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date, timedelta
from itertools import islice
from typing import Any

import pytest
from sqlalchemy import Engine, func, select

from shared import choices, hours, personal_data, rules, territory
from shared.models.follow_up import OUTCOME_LIST
from shared.models.tables import Encounter, FollowUp, GroupSession, PartnerContact, Presence
from shared.territory import TERRITORY
from sync_server.directory import new_territory
from sync_server.intake import store
from sync_server.operations import synthetic, synthetic_shares
from sync_server.records import quality
from sync_server.records.quality_checks import Scope
from sync_server.storage import database
from sync_server.storage.tables import table
from tests.sync_server.world import ME, TODAY, people, pull

FIRST, LAST = date(2025, 1, 1), date(2025, 12, 31)
PARTS = {"referral": "referrals", "obstacle": "obstacles", "right": "rights"}
Record = dict[str, Any]


def stream(seed: int, count: int) -> list[Record]:
    return list(islice(synthetic.Generator(seed, FIRST, LAST).records(), count))


def of(kind: str, records: list[Record]) -> list[Record]:
    return [record["fields"] for record in records if record["kind"] == kind]


@pytest.fixture(scope="module")
def year() -> list[Record]:
    """A busy year."""
    return stream(7, 6_000)


def test_the_same_seed_gives_the_same_records() -> None:
    assert stream(1, 200) == stream(1, 200)
    assert stream(1, 200) != stream(2, 200)


def test_the_weeks_of_a_seed_are_the_same_each_time() -> None:
    once, again = (list(synthetic.weeks({"jeunes": "animation"}, 300, FIRST, LAST)) for _ in range(2))
    assert once == again


def test_every_record_passes_the_rules_of_the_tablet_with_the_days_of_what_it_follows(year: list[Record]) -> None:
    days = {
        part["id"]: date.fromisoformat(met["day"])
        for met in of("encounter", year)
        for name in PARTS.values()
        for part in met.get(name, ())
    }
    evidence = rules.Evidence(LAST, services={s["id"] for s in territory.services()}, subject_days=days)
    for record in year:
        assert rules.judge(str(record["kind"]), record["fields"], evidence).refusals == []


def test_a_stream_of_one_sunday_still_flows() -> None:
    sunday = date(2025, 3, 2)
    [met] = islice(synthetic.Generator(1, sunday, sunday).encounters(), 1)
    assert met["fields"]["day"] == "2025-03-02"


def test_communes_follow_the_population_and_the_home_ground() -> None:
    encounters = islice(synthetic.Generator(3, FIRST, LAST).encounters(), 5_000)
    met = Counter(record["fields"]["commune"] for record in encounters)
    assert {insee for insee, _ in met.most_common(3)} == {"90010", "90052", "90033"}  # Belfort, Giromagny, Delle
    assert len(met) > 90


def test_nobody_works_on_sundays_nor_on_holidays(year: list[Record]) -> None:
    days = {date.fromisoformat(record["fields"]["day"]) for record in year}
    assert not [day for day in days if day.weekday() == 6 or day in hours.holidays(day.year)]


def test_who_met_somebody_was_there_and_some_outings_meet_nobody(year: list[Record]) -> None:
    def where(fields: Record) -> tuple[str, ...]:
        return fields["action"], fields["day"], fields["commune"]

    there = {where(presence) for presence in of("presence", year)}
    met = Counter(where(encounter) for encounter in of("encounter", year))
    forgotten = sum(many for place, many in met.items() if place not in there)
    assert 0 < forgotten < 0.05 * met.total()  # a presence is forgotten now and then
    assert 0.05 < len(there - met.keys()) / len(there) < 0.2


def test_a_presence_lasts_as_long_as_a_half_day_at_most_and_longer_with_more_people(year: list[Record]) -> None:
    met = Counter((e["action"], e["day"], e["commune"]) for e in of("encounter", year))
    minutes: dict[int, list[int]] = defaultdict(list)
    for presence in of("presence", year):
        minutes[met[presence["action"], presence["day"], presence["commune"]]].append(presence["minutes"])
    assert all(30 <= m <= 300 and m % 15 == 0 for found in minutes.values() for m in found)
    assert sum(minutes[0]) / len(minutes[0]) < sum(minutes[4]) / len(minutes[4])


def test_of_who_has_no_need_some_were_asked_and_some_were_not(year: list[Record]) -> None:
    told = Counter((bool(e.get("needs")), e.get("no_need", False)) for e in of("encounter", year))
    assert told[False, True] > told[False, False] > 0
    assert (told[True, False] > 0, told[True, True]) == (True, 0)


@pytest.mark.parametrize(
    "name", ["activity", "household", "housing", "already_followed", "rsa", "duration_band", "contact_mode"]
)
def test_most_of_a_profile_is_known_and_a_little_is_not(year: list[Record], name: str) -> None:
    told = Counter(fields[name] for fields in of("encounter", year))
    assert 0.01 < told["inconnu"] / told.total() < 0.3
    assert len(told) > 2


def test_the_young_study_and_the_old_are_retired(year: list[Record]) -> None:
    told: dict[str, Counter[str]] = defaultdict(Counter)
    for fields in of("encounter", year):
        told[fields["age_band"]][fields["activity"]] += 1
    assert told["16-17"].most_common(1)[0][0] == "scolarise-ou-etudiant"
    assert told["75-et-plus"].most_common(1)[0][0] == "retraite"
    assert not told["16-17"]["retraite"]


def test_no_village_has_blocks_of_flats(year: list[Record]) -> None:
    at = {e["commune"] for e in of("encounter", year) if e["place_type"] == "pied-d-immeuble"}
    assert at
    assert all(territory.communes()[insee].population >= synthetic_shares.TOWN for insee in at)


@pytest.mark.parametrize("kind", PARTS)
def test_referrals_obstacles_and_rights_are_followed_and_some_are_silent(year: list[Record], kind: str) -> None:
    asked = [
        part["id"]
        for met in of("encounter", year)
        for part in met.get(PARTS[kind], ())
        if part.get("accepted", True)
    ]
    heard = {f["subject_id"] for f in of("follow_up", year) if f["subject_kind"] == kind}
    assert 0.4 < len(heard & set(asked)) / len(asked) < 0.9
    outcomes = {f["outcome"] for f in of("follow_up", year) if f["subject_kind"] == kind}
    assert len(outcomes) >= 3
    assert outcomes <= set(choices.load(OUTCOME_LIST[kind]).by_code)


def test_an_appointment_comes_within_days_and_effective_access_weeks_after_it(year: list[Record]) -> None:
    told: dict[str, dict[str, date]] = defaultdict(dict)
    made = {r["id"]: date.fromisoformat(e["day"]) for e in of("encounter", year) for r in e.get("referrals", ())}
    for f in of("follow_up", year):
        told[f["subject_id"]][f["outcome"]] = date.fromisoformat(f["day"])
    waits = [(t["rendez-vous-pris"] - made[s]).days for s, t in told.items() if "rendez-vous-pris" in t]
    assert waits
    assert all(2 <= wait <= 14 for wait in waits)
    later = [(t["acces-effectif"] - t["honoree"]).days for t in told.values() if "acces-effectif" in t]
    assert later
    assert all(14 <= wait <= 65 for wait in later)


def test_what_failed_mostly_says_why_and_what_went_well_does_not(year: list[Record]) -> None:
    failed = [f for f in of("follow_up", year) if f["outcome"] in rules.FAILED]
    with_reason = [f for f in failed if "reason" in f]
    assert 0.7 < len(with_reason) / len(failed) < 1
    assert with_reason == [f for f in of("follow_up", year) if "reason" in f]


def test_sessions_fall_in_and_out_of_the_holidays_as_their_day_says(year: list[Record]) -> None:
    sessions = of("group_session", year)
    said = {s["school_holidays"] for s in sessions}
    assert said == {"oui", "non"}
    assert all(
        (s["school_holidays"] == "oui") == synthetic.on_holiday(date.fromisoformat(s["day"])) for s in sessions
    )
    assert synthetic.on_holiday(date(2025, 7, 20))
    assert not synthetic.on_holiday(date(2025, 9, 20))


def test_a_session_of_after_school_says_its_school_and_its_margins_add_up(year: list[Record]) -> None:
    sessions = of("group_session", year)
    assert all("establishment" in s for s in sessions if s["session_type"] == "extra-scolaire")
    for s in sessions:
        assert s["headcount"] == sum(a["people"] for a in s["ages"]) == sum(g["people"] for g in s["genders"])


def test_partners_are_town_halls_schools_and_associations_whose_names_say_they_are_invented(
    year: list[Record],
) -> None:
    partners = of("partner_contact", year)
    assert {"equipe-municipale", "college", "lycee", "association", "ccas"} <= {
        p["partner_type"] for p in partners
    }
    names = {p["structure"] for p in partners if p["partner_type"] != "equipe-municipale"}
    assert len(names) > 15
    assert all("fictive" in name and personal_data.found_in(name) is None for name in names)


def test_every_code_that_is_drawn_exists() -> None:
    lists = {
        "reason": synthetic_shares.REASONS.values(),
        "place_type": [*synthetic_shares.PLACES.values(), *synthetic_shares.SESSION_PLACES.values()],
        "session_type": synthetic_shares.SESSION_TYPES.values(),
        "right": synthetic_shares.RIGHTS.values(),
        "obstacle": [synthetic_shares.OBSTACLES],
        "contact_mode": synthetic_shares.CONTACT_MODES.values(),
    }
    for name, drawn in lists.items():
        assert {code for one in drawn for code in one.things} <= set(choices.load(name).by_code), name
    assert {s.kind for s in synthetic_shares.STRUCTURES} <= set(choices.load("partner_type").by_code)


def test_a_growing_team_meets_more_people_in_the_second_half() -> None:
    met = islice(synthetic.Generator(5, FIRST, LAST, synthetic.GROWTH).encounters(), 3_000)
    second = sum(record["fields"]["day"] >= "2025-07-02" for record in met)
    assert 1_650 < second < 2_100


def test_a_week_is_sent_by_the_team_of_the_action_follow_ups_too() -> None:
    team_of: dict[str, str] = {}
    for _, team, records in synthetic.weeks({"jeunes": "animation", "trait-dunion": "tu"}, 800, FIRST, LAST):
        for record in records:
            fields = record["fields"]
            if record["kind"] == "follow_up":
                assert team_of[fields["subject_id"]] == team
                continue
            assert team == {"jeunes": "animation", "trait-dunion": "tu"}[fields["action"]]
            team_of |= {part["id"]: team for name in PARTS.values() for part in fields.get(name, ())}


def test_a_week_is_sent_after_its_last_day() -> None:
    for day, _, records in synthetic.weeks({}, 400, FIRST, LAST):
        days = [date.fromisoformat(record["fields"]["day"]) for record in records]
        assert max(days) == day
        assert day - min(days) < timedelta(7)


def test_loading_fills_every_kind_and_marks_the_territory(engine: Engine) -> None:
    synthetic.load(engine, ME, 400, TODAY)
    with database.reading(engine) as connection:
        counts = [
            connection.scalar(select(func.count()).select_from(table(m))) or 0
            for m in (Encounter, FollowUp, Presence, GroupSession, PartnerContact)
        ]
        assert store.is_synthetic(connection, TERRITORY)
    assert sum(counts) == 400
    assert min(counts[:3]) > 30
    assert min(counts[3:]) > 3  # now and then
    assert pull(engine).synthetic
    assert len(people(pull(engine))) == 400


def test_loading_again_adds_nothing(engine: Engine) -> None:
    synthetic.load(engine, ME, 100, TODAY)
    synthetic.load(engine, ME, 100, TODAY)
    assert len(people(pull(engine))) == 100


def test_the_checks_of_the_console_point_at_few_of_them(engine: Engine) -> None:
    synthetic.load(engine, ME, 600, TODAY)
    scope = Scope(TERRITORY, TODAY, TODAY - timedelta(730), TODAY)
    with database.reading(engine) as connection:
        flags = {f.check.code: f.count for f in quality.flags(connection, scope)}
    flags.pop("service-non-verifie")  # nobody verified the directory here
    assert sum(flags.values()) < 30
    assert not flags["jour-ancien"] + flags["effectif"] + flags["minutes"] + flags["plus-de-24-h"]


def test_a_refused_record_stops_everything(engine: Engine) -> None:
    new_territory.mark_synthetic(engine, TERRITORY)
    [met] = islice(synthetic.Generator(1, FIRST, LAST).encounters(), 1)
    met["fields"]["commune"] = "75056"
    with pytest.raises(RuntimeError, match="refused"):
        synthetic.push(engine, ME, [met], TODAY)
