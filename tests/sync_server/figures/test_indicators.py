"""The declarations and what they count, beside a second count in plain Python written from the definitions."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from shared import territory
from shared.territory import TERRITORY
from sync_server.figures import counts, declarations
from sync_server.figures.counts import Figure, Period
from sync_server.figures.declarations import DeclarationError, parse
from sync_server.reports import indicator_report
from sync_server.storage import database
from tests.sync_server.world import TODAY, encounter, follow_up, new_id, of_kind, push

QUARTER = Period(date(2026, 1, 1), date(2026, 3, 9), date(2026, 3, 10))
GOOD = """
["X-1"]
label = "Un"
section = "jeunes"
unit = "contacts"
definition = "d"
rule = "r"
source = "l.1"
of = "fact_encounter"
count = "rows"
where = { action = ["jeunes"] }
by = ["month"]
"""


def totals(engine: Engine, period: Period = QUARTER) -> dict[str, Figure]:
    with database.reading(engine) as connection:
        return {code: cells[()] for code, cells in counts.compute(connection, TERRITORY, period).items()}


def referral(**more: Any) -> dict[str, Any]:
    return {"id": new_id(), "service": "mobijob"} | more


def test_the_twenty_nine_indicators_are_declared() -> None:
    codes = [f"A3-{n:02}" for n in range(1, 14)] + [f"A4-{n:02}" for n in range(1, 17)]
    assert list(declarations.load()) == codes


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (('label = "Un"', 'lable = "Un"'), r"X-1: unknown key \['lable'\]"),
        (('unit = "contacts"\n', ""), r"X-1: missing key \['unit'\]"),
        (("fact_encounter", "fact_person"), "X-1: unknown view 'fact_person'"),
        (('count = "rows"', 'count = "id"'), "X-1: cannot count 'id'"),
        (('count = "rows"\n', ""), "X-1: either count or sum"),
        (('count = "rows"', 'count = "theme"'), "X-1: fact_encounter has no theme to count"),
        (('count = "rows"', 'sum = "age"'), "X-1: cannot count 'age'"),
        (('section = "jeunes"', 'section = "seniors"'), "X-1: unknown section 'seniors'"),
        (('by = ["month"]', 'by = ["name"]'), "is not broken down by"),
        (("action = [", "name = ["), "X-1: where names the column 'name'"),
        (('["jeunes"]', '["vieux"]'), r"X-1: where.action has codes \['vieux'\]"),
        (('by = ["month"]', 'by = ["month"]\nshare_of = ["X-2"]'), "names 'X-2'"),
        (('by = ["month"]', 'by = ["month"]\nup_to = 3'), "X-1: up_to is no table"),
        (('by = ["month"]', 'by = ["month"]\nlower_is_better = "oui"'), "lower_is_better is 'oui', neither"),
        (('by = ["month"]', 'unknown = { outcome = ["leve"] }'), "unknown names the column 'outcome'"),
        (('by = ["month"]', 'apart_of = "headcount"'), "has an apart_label"),
        (('by = ["month"]', 'apart_of = "people"\napart_label = "p"'), "cannot count 'people' apart"),
        (('by = ["month"]', 'rate_of = ["base"]'), "base is given and a share is of it, or neither"),
        (('by = ["month"]', "stock = { college = 13 }"), "stock is given and a share is of it, or neither"),
        (("fact_encounter", "fact_encounter; DROP TABLE need"), "unknown view"),
    ],
)
def test_what_the_vocabulary_does_not_have_is_refused_by_name(change: tuple[str, str], complaint: str) -> None:
    assert parse(GOOD)["X-1"].label == "Un"
    with pytest.raises(DeclarationError, match=complaint):
        parse(GOOD.replace(*change, 1))


def test_an_empty_base_counts_zero_and_no_rate(engine: Engine) -> None:
    found = totals(engine)
    rates = {code for code, i in declarations.load().items() if i.rate_of}
    assert rates == {"A3-04", "A3-09", "A4-03", "A4-10", "A4-12"}
    assert {code: f.value for code, f in found.items() if f.value != 0} == dict.fromkeys(rates)
    assert found["A4-10"].unknown_share is None
    assert (found["A4-04"].denominator, found["A4-04"].ratio) == (101, 0)


def test_the_day_it_happened_decides_however_late_it_was_synced(engine: Engine) -> None:
    push(engine, encounter(day="2026-01-31"), encounter(day="2025-12-31"))
    with database.reading(engine) as connection:
        found = counts.compute(connection, TERRITORY, QUARTER, ("month",))["A4-02"]
    assert {cell: f.value for cell, f in found.items()} == {
        (): 1, ("2026-01",): 1, ("2026-02",): 0, ("2026-03",): 0
    }  # fmt: skip


def test_a_share_of_what_is_not_broken_down_alike_is_refused() -> None:
    other = GOOD.replace("X-1", "X-2").replace('["month"]', '["epci"]') + 'share_of = ["X-1"]'
    with pytest.raises(DeclarationError, match=r"X-2: X-1 is not broken down by \['epci'\]"):
        parse(GOOD + other)


@pytest.mark.parametrize(
    ("follow_ups", "attended", "cohort", "unknown"),
    [
        ([], 0, 1, 1),
        ([("2026-02-01", "rendez-vous-pris")], 0, 1, 1),
        ([("2026-02-01", "sans-nouvelle")], 0, 1, 1),
        ([("2026-02-01", "honoree")], 1, 1, 0),
        ([("2026-02-01", "acces-effectif")], 1, 1, 0),
        ([("2026-02-01", "non-presentee")], 0, 1, 0),
        ([("2026-02-02", "honoree"), ("2026-02-01", "non-presentee")], 1, 1, 0),
        ([("2026-02-01", "honoree"), ("2026-02-02", "sans-suite")], 1, 1, 0),  # she came: nothing undoes that
        ([("2026-02-01", "acces-effectif"), ("2026-02-02", "non-presentee")], 1, 1, 0),
        ([("2026-02-01", "honoree"), ("2026-02-02", "refusee-par-la-personne")], 1, 1, 0),
        ([("2026-02-01", "non-presentee"), ("2026-02-20", "sans-nouvelle")], 0, 1, 0),
        ([("2026-02-01", "rendez-vous-pris"), ("2026-02-20", "sans-nouvelle")], 0, 1, 1),
        ([("2026-02-01", "rendez-vous-pris"), ("2026-02-05", "non-presentee")], 0, 1, 0),
        ([("2026-02-01", "refusee-par-la-personne"), ("2026-02-20", "sans-nouvelle")], 0, 0, 0),
        ([("2026-02-01", "refusee-par-la-personne")], 0, 0, 0),
        ([("2026-02-01", "refusee-par-la-personne"), ("2026-02-05", "honoree")], 1, 1, 0),
        ([("2026-02-01", "honoree"), ("2026-02-01", "rendez-vous-pris")], 1, 1, 0),
        ([("2026-02-01", "honoree"), ("2026-02-01", "sans-nouvelle")], 1, 1, 0),
        ([("2026-02-01", "sans-nouvelle"), ("2026-02-01", "acces-effectif")], 1, 1, 0),
        ([("2026-02-01", "honoree"), ("2026-02-01", "non-presentee")], 1, 1, 0),
        ([("2026-02-01", "honoree"), ("2026-02-03", "sans-nouvelle")], 1, 1, 0),
    ],
)
def test_the_outcome_is_the_furthest_known_at_the_cut_off(
    engine: Engine, follow_ups: list[tuple[str, str]], attended: int, cohort: int, unknown: int
) -> None:
    sent = referral()
    push(engine, encounter(day="2026-01-15", referrals=[sent]))
    push(engine, *(follow_up(sent["id"], day, outcome) for day, outcome in follow_ups))
    found = totals(engine)
    assert (found["A4-09"].value, found["A4-10"].numerator, found["A4-10"].unknown) == (cohort, attended, unknown)


def test_on_one_day_a_right_that_opened_is_not_unknown_and_an_obstacle_lifted_stays_lifted(engine: Engine) -> None:
    right, obstacle = {"id": new_id(), "right": "rsa"}, {"id": new_id(), "kind": "mobilite"}
    push(engine, encounter(rights=[right]), encounter(action="jeunes", obstacles=[obstacle]))
    push(engine, *(follow_up(right["id"], "2026-03-10", o, subject_kind="right") for o in ("ouvert", "inconnu")))
    told = (follow_up(obstacle["id"], "2026-03-10", o, subject_kind="obstacle") for o in ("leve", "non-leve"))
    push(engine, *told)
    found = totals(engine)
    assert [found[code].value for code in ("A4-08", "A3-07")] == [1, 1]


NEVER_UNDONE = [
    ("referral", "honoree", "sans-nouvelle", {"A4-09": 1, "A4-10": 1, "A4-11": 0, "A4-12": 0}),
    ("referral", "acces-effectif", "sans-nouvelle", {"A4-09": 1, "A4-10": 1, "A4-11": 1, "A4-12": 0}),
    ("referral", "acces-effectif", "honoree", {"A4-10": 1, "A4-11": 1, "A4-12": 0}),
    ("referral", "honoree", "refusee-par-le-service", {"A4-10": 1, "A4-11": 0, "A4-12": 0}),
    ("right", "ouvert", "inconnu", {"A4-08": 1}),
    ("right", "ouvert", "demande-deposee", {"A4-08": 1}),
]


@pytest.mark.parametrize("days", [30, 365])  # followed one by one, or all at once
@pytest.mark.parametrize(("kind", "reached", "later", "counted"), NEVER_UNDONE)
def test_what_was_reached_is_not_undone_by_what_is_told_weeks_later(
    engine: Engine, days: int, kind: str, reached: str, later: str, counted: dict[str, int]
) -> None:
    part = referral() if kind == "referral" else {"id": new_id(), "right": "rsa"}
    parts: dict[str, Any] = {f"{kind}s": [part]}
    push(engine, encounter(day="2025-12-10", **parts))
    push(engine, follow_up(part["id"], "2025-12-20", reached, subject_kind=kind))
    told = follow_up(part["id"], "2026-02-25", later, subject_kind=kind)
    push(engine, told)
    period = Period(date(2025, 12, 1), date(2025, 12, 1) + timedelta(days), TODAY)
    found = totals(engine, period)
    assert {code: found[code].numerator or found[code].value for code in counted} == counted
    assert found["A4-10"].unknown == 0


@pytest.mark.parametrize("by", ["deleted", "corrected"])
def test_a_visit_noted_by_mistake_is_taken_back_by_whoever_noted_it(engine: Engine, by: str) -> None:
    sent = referral()
    push(
        engine,
        encounter(day="2026-01-15", referrals=[sent]),
        follow_up(sent["id"], "2026-01-20", "rendez-vous-pris"),
    )
    told = follow_up(sent["id"], "2026-02-01", "honoree")
    push(engine, told)
    assert totals(engine)["A4-10"].numerator == 1
    again = {**told, "revision": 2, "base_revision": 1}
    again |= (
        {"deleted": True, "fields": {}}
        if by == "deleted"
        else {"fields": told["fields"] | {"outcome": "sans-nouvelle"}}
    )
    push(engine, again)
    found = totals(engine)["A4-10"]
    assert (found.numerator, found.unknown) == (0, 1)


def test_the_share_of_a_france_services_site_is_of_the_referrals_to_every_service(engine: Engine) -> None:
    """A4-14: of three referrals, one to each of two sites and one elsewhere: a third each, not all."""
    giromagny, valdoie = "france-services-giromagny", "france-services-valdoie"
    for service in (giromagny, valdoie, "mobijob"):
        assert push(engine, encounter(referrals=[referral(service=service)]))[0].status == "accepted"
    with database.reading(engine) as connection:
        broken = counts.compute(connection, TERRITORY, QUARTER, ("service",))
        narrowed = counts.compute(connection, TERRITORY, QUARTER, (), {"service": (giromagny,)})["A4-14"][()]
        by_theme = counts.compute(connection, TERRITORY, QUARTER, ("service", "theme"))["A4-14"]
    sites = [broken["A4-14"][service,] for service in (giromagny, valdoie, "mobijob")]
    assert [(f.value, f.denominator) for f in sites] == [(1, 3), (1, 3), (0, 3)]
    assert (broken["A4-14"][()].value, broken["A4-14"][()].denominator) == (2, 3)
    assert (narrowed.value, narrowed.denominator) == (1, 3)
    assert by_theme[giromagny, "non-precise"].denominator == 3
    assert broken["A4-10"][giromagny,].denominator == 1  # attended, of those sent there


def test_a_follow_up_after_the_cut_off_changes_nothing(engine: Engine) -> None:
    sent = referral()
    push(engine, encounter(day="2026-01-15", referrals=[sent]), follow_up(sent["id"], "2026-02-10", "honoree"))
    early = Period(date(2026, 1, 1), date(2026, 1, 31), date(2026, 2, 9))
    assert totals(engine, early)["A4-10"].numerator == 0
    assert totals(engine, Period(early.first, early.last, date(2026, 2, 10)))["A4-10"].numerator == 1


def test_a_referral_refused_on_the_spot_is_not_in_the_cohort(engine: Engine) -> None:
    push(engine, encounter(referrals=[referral(accepted=False), referral(service="esd")]))
    assert totals(engine)["A4-09"].value == 1


def test_a_follow_up_of_an_obstacle_is_no_outcome_of_a_referral(engine: Engine) -> None:
    sent = referral()
    push(engine, encounter(day="2026-01-15", referrals=[sent]))
    push(engine, follow_up(sent["id"], "2026-02-01", "leve", subject_kind="obstacle"))
    assert totals(engine)["A4-10"].unknown == 1


def test_communes_are_counted_once_in_total_and_in_each_month(engine: Engine) -> None:
    def presence(day: str, commune: str) -> dict[str, Any]:
        fields = {"action": "trait-dunion", "day": day, "commune": commune, "place_type": "mairie", "minutes": 45}
        return {"id": new_id(), "kind": "presence", "revision": 1, "fields": fields | {"agents": 2}}

    push(
        engine,
        *(presence(d, c) for d, c in [("2026-01-05", "90052"), ("2026-02-05", "90052"), ("2026-02-06", "90033")]),
    )
    with database.reading(engine) as connection:
        found = counts.compute(connection, TERRITORY, QUARTER, ("month",))
        by_epci = counts.compute(connection, TERRITORY, QUARTER, ("epci",))["A4-04"]
    assert [found["A4-04"][cell].value for cell in [(), ("2026-01",), ("2026-02",), ("2026-03",)]] == [2, 1, 2, 0]
    assert found["A4-05"][()].value == 4.5
    assert [by_epci[(epci,)].denominator for epci in territory.epcis()] == [52, 27, 22]


def test_the_mean_of_needs_gives_its_range(engine: Engine) -> None:
    needs = [{"theme": "sante--acces-aux-soins"}, {"theme": "remobilisation--lien-social"}]
    push(engine, encounter(needs=needs, first_contact_year="oui"), encounter(needs=needs[:1]))
    found = totals(engine)["A4-06"]
    assert (found.value, found.denominator, found.denominator_high) == (3, 1, 2)
    assert (found.ratio, found.ratio_high) == (3, 1.5)


def counted(engine: Engine, code: str, **only: tuple[str, ...]) -> Figure:
    with database.reading(engine) as connection:
        return counts.compute(connection, TERRITORY, QUARTER, (), only)[code][()]


def test_a_school_typed_otherwise_is_the_same_school(engine: Engine) -> None:
    names = ["Collège Jules-Ferry", "collège Jules Ferry", "COLLEGE  JULES FERRY", "Collège Jules Ferry de Delle"]
    push(engine, *(of_kind("partner_contact", action="jeunes", structure=name) for name in names))
    lycee = {"partner_type": "lycee", "structure": "Lycée Courbet"}
    push(engine, of_kind("partner_contact", action="jeunes", **lycee))
    assert (counted(engine, "A3-11").value, counted(engine, "A3-11").denominator) == (3, 18)
    by_type = {sort: counted(engine, "A3-11", partner_type=(sort,)) for sort in ("college", "lycee", "club")}
    assert {s: (f.value, f.denominator) for s, f in by_type.items()} == {
        "college": (2, 13), "lycee": (1, 5), "club": (0, 0)
    }  # fmt: skip


def test_where_the_pact_gives_no_number_of_schools_there_is_no_share(engine: Engine) -> None:
    push(engine, of_kind("partner_contact", action="jeunes"))
    with database.reading(engine) as connection:
        found = counts.compute(connection, TERRITORY, QUARTER, ("epci",))["A3-11"]
    assert [f.value for f in found.values()] == [1, 0, 0, 1]
    assert [f.denominator for f in found.values()] == [18, None, None, None]
    assert [f.ratio for f in found.values()] == [1 / 18, None, None, None]


@pytest.mark.parametrize(("day", "due"), [("2026-01-08", 1), ("2026-01-09", 0), ("2026-01-10", 0)])
def test_a_referral_is_without_news_only_after_sixty_days(engine: Engine, day: str, due: int) -> None:
    push(engine, encounter(day=day, referrals=[referral()]))
    assert QUARTER.cut_off - date(2026, 1, 9) == timedelta(60)
    assert (totals(engine)["A4-12"].numerator, totals(engine)["A4-12"].denominator) == (due, due)


def test_what_is_not_known_of_a_young_person_stands_beside_the_rate(engine: Engine) -> None:
    young: dict[str, Any] = {"action": "jeunes", "age_band": "18-21", "first_contact_year": "oui"}
    idle: dict[str, Any] = {"activity": "ni-emploi-ni-etudes-ni-formation"}
    followed: dict[str, Any] = {"already_followed": "non"}
    push(
        engine,
        encounter(**young, **idle, **followed),
        encounter(**young, activity="demandeur-d-emploi", **followed),
        encounter(**young, **idle),
        encounter(**young, **followed),
        encounter(**young | {"first_contact_year": "ne-sait-pas"}, **idle, **followed),
    )
    found = totals(engine)["A3-04"]
    assert (found.numerator, found.denominator, found.unknown) == (1, 2, 2)
    assert (found.value, found.unknown_share) == (0.5, 0.5)
    assert (found.numerator_high, found.denominator_high, found.high) == (2, 3, 2 / 3)


def test_a_person_with_two_rights_is_one_person_and_stands_under_each(engine: Engine) -> None:
    rights = [{"id": new_id(), "right": "rsa"}, {"id": new_id(), "right": "aspa"}]
    push(engine, encounter(first_contact_year="oui", rights=rights), encounter(first_contact_year="oui"))
    with database.reading(engine) as connection:
        found = counts.compute(connection, TERRITORY, QUARTER, ("right",))["A4-07"]
    assert [(found[c].value, found[c].denominator) for c in [(), ("rsa",), ("aspa",), ("autre",)]] == [
        (1, 2), (1, 2), (1, 2), (0, 2)
    ]  # fmt: skip


def test_a_service_is_named_by_the_directory_and_a_theme_left_out_says_so(engine: Engine) -> None:
    push(engine, encounter(referrals=[referral()]))
    with database.reading(engine) as connection:
        found = indicator_report.indicator_report(connection, TERRITORY, QUARTER, ("service", "theme"))
    [block] = [b for s in found.sections for b in s.blocks if b.indicator.code == "A4-09"]
    assert [line.names for line in block.lines] == [("Mobijob (MIFE 90)", "Non précisé"), ()]


BANDS = ("16-17", "18-21", "22-25")
_outcome = st.sampled_from(["honoree", "sans-nouvelle", "refusee-par-la-personne", "acces-effectif"])
_later = st.lists(st.tuples(st.integers(0, 9), _outcome), max_size=3)
_firsts = st.sampled_from(
    [("oui", "oui"), ("oui", "non"), ("oui", "ne-sait-pas"), ("non", "non"), ("ne-sait-pas", "ne-sait-pas")]
)
_day = st.dates(date(2025, 12, 1), date(2026, 3, 9)).map(str)
_encounter = st.fixed_dictionaries(
    {
        "action": st.sampled_from(["jeunes", "trait-dunion"]),
        "day": _day,
        "commune": st.sampled_from(["90010", "90052", "90033"]),
        "age_band": st.sampled_from([*BANDS, "26-39", "inconnu"]),
        "first": _firsts,
        "needs": st.sets(st.sampled_from(["sante--acces-aux-soins", "remobilisation--lien-social"]), max_size=2),
        "referrals": st.lists(st.tuples(st.booleans(), _later), max_size=2),
    }
)
ORDER = ["sans-nouvelle", "refusee-par-la-personne", "honoree", "acces-effectif"]


def _send(engine: Engine, drawn: dict[str, Any]) -> dict[str, Any]:
    """Sends the encounter and its follow-ups on the days after; gives back what the second count needs."""
    services = ["mobijob", "france-services-giromagny"]
    sent = [referral(service=services[n], accepted=ok) for n, (ok, _) in enumerate(drawn["referrals"])]
    year, ever = drawn["first"]
    fields = {k: drawn[k] for k in ("action", "day", "commune", "age_band")} | {
        "first_contact_year": year, "first_contact_ever": ever, "referrals": sent,
        "needs": [{"theme": theme} for theme in sorted(drawn["needs"])],
    }  # fmt: skip
    start = date.fromisoformat(drawn["day"])
    found = []
    records = [encounter(**fields)]
    for entry, (accepted, later) in zip(sent, drawn["referrals"], strict=True):
        known = [(min(date.fromordinal(start.toordinal() + n), date(2026, 3, 10)), what) for n, what in later]
        records += [follow_up(entry["id"], str(day), what) for day, what in known]
        before = [(ORDER.index(what), what) for day, what in known if day <= QUARTER.cut_off]
        outcome = max(before)[1] if before else "proposee" if accepted else "refusee-par-la-personne"
        found.append((entry["service"], outcome))
    assert {r.status for r in push(engine, *records)} == {"accepted"}
    return fields | {"outcomes": found}


def _plain_count(met: Iterable[dict[str, Any]]) -> dict[str, tuple[float, ...]]:
    """The figures again, from the definitions of the pact and nothing of the server."""
    period = [m for m in met if "2026-01-01" <= m["day"] <= "2026-03-09"]
    young = [m for m in period if m["action"] == "jeunes" and m["age_band"] in BANDS]
    union = [m for m in period if m["action"] == "trait-dunion"]

    def said(of: list[dict[str, Any]], field: str) -> tuple[float, ...]:
        sure = sum(m[field] == "oui" for m in of)
        return sure, sure + sum(m[field] == "ne-sait-pas" for m in of)

    def sent(action: str, keep: Callable[[str, str], bool]) -> tuple[float, ...]:
        return (sum(keep(*r) for m in period if m["action"] == action for r in m["outcomes"]),)

    def agreed(_: str, outcome: str) -> bool:
        return outcome != "refusee-par-la-personne"

    def attended(_: str, outcome: str) -> bool:
        return outcome in ("honoree", "acces-effectif")

    def france(service: str, outcome: str) -> bool:
        return service.startswith("france-services") and agreed(service, outcome)

    return {
        "A3-01": said(young, "first_contact_year"),
        "A3-02": (len(young),),
        "A3-03": said(young, "first_contact_ever"),
        "A3-08": sent("jeunes", agreed),
        "A3-09": sent("jeunes", attended),
        "A4-01": said(union, "first_contact_year"),
        "A4-02": (len(union),),
        "A4-06": (sum(len(m["needs"]) for m in union),),
        "A4-09": sent("trait-dunion", agreed),
        "A4-10": sent("trait-dunion", attended),
        "A4-14": (sent("jeunes", france)[0] + sent("trait-dunion", france)[0],),
    }


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=st.lists(_encounter, max_size=12))
def test_the_sql_and_a_plain_count_agree_on_any_records(engine: Engine, drawn: list[dict[str, Any]]) -> None:
    with database.writing(engine) as connection:
        for name in ("encounter", "need", "referral", "follow_up"):
            connection.exec_driver_sql(f"DELETE FROM {name}")
    expected = _plain_count([_send(engine, one) for one in drawn])
    found = totals(engine)
    for code, (low, *high) in expected.items():
        figure = found[code]
        assert (figure.value if figure.numerator is None else figure.numerator) == low, code
        assert figure.high == (high[0] if high else None), code
