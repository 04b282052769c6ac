"""The funnel of referrals: each step as it was told, at the cut-off day, and none merged with another."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from shared import choices
from shared.choices import Choice
from shared.territory import TERRITORY
from sync_server.desk import attention
from sync_server.figures import counts, declarations
from sync_server.figures.counts import Period
from sync_server.files.tabular import to_csv
from sync_server.records import record_list
from sync_server.reports import referrals
from sync_server.reports.referrals import Delay, Funnel, FunnelLine
from sync_server.storage import database
from sync_server.web.routes.referrals import name_all_actions
from tests.sync_server.world import TODAY, encounter, follow_up, new_id, push

NEED = "famille--garde-denfants"
FEBRUARY = Period(date(2026, 2, 1), date(2026, 2, 28), TODAY)


def referred(
    engine: Engine, *told: tuple[str, str] | tuple[str, str, str], service: str = "mobijob", **fields: Any
) -> str:
    """An encounter of the first of February with one referral, and what was told of it; its id."""
    referral = {"id": new_id(), "service": service} | fields.pop("referral", {})
    met = encounter(day=fields.pop("day", "2026-02-01"), referrals=[referral], **fields)
    stories = [
        follow_up(referral["id"], day, outcome, **({"reason": rest[0]} if rest else {}))
        for day, outcome, *rest in told
    ]
    assert {receipt.status for receipt in push(engine, met, *stories)} == {"accepted"}
    return str(met["id"])


def found(engine: Engine, period: Period = FEBRUARY, action: str = "") -> Funnel:
    with database.reading(engine) as connection:
        names = record_list.names(connection, TERRITORY).services
        return referrals.funnel(connection, TERRITORY, period, names, action)


def steps(line: FunnelLine) -> tuple[int, ...]:
    return (line.made, *line.steps)


def test_each_step_counts_what_was_told_and_none_is_supposed_from_another(engine: Engine) -> None:
    referred(
        engine, ("2026-02-03", "rendez-vous-pris"), ("2026-02-08", "honoree"), ("2026-02-20", "acces-effectif")
    )
    referred(engine, ("2026-02-05", "acces-effectif"))  # nobody noted that the person came
    referred(engine, ("2026-02-05", "honoree"))
    referred(engine)
    assert steps(found(engine).total) == (4, 1, 2, 2)


def test_what_the_person_refused_is_not_made_but_told(engine: Engine) -> None:
    referred(engine, referral={"accepted": False})
    referred(engine, ("2026-02-02", "rendez-vous-pris"), ("2026-02-05", "refusee-par-la-personne"))
    referred(engine, ("2026-02-05", "honoree"))
    total = found(engine).total
    assert (steps(total), total.refused) == ((1, 0, 1, 0), 2)


def test_it_says_as_many_made_as_the_indicators(engine: Engine) -> None:
    referred(engine, referral={"accepted": False})
    referred(engine, ("2026-02-05", "honoree"))
    referred(engine, action="jeunes", age_band="18-21")
    with database.reading(engine) as connection:
        figures = counts.compute(connection, TERRITORY, FEBRUARY)
    for action, code in (("jeunes", "A3-08"), ("trait-dunion", "A4-09")):
        assert found(engine, action=action).total.made == figures[code][()].value == 1


def test_it_is_read_at_the_cut_off_day(engine: Engine) -> None:
    referred(engine, ("2026-02-10", "rendez-vous-pris"), ("2026-03-01", "honoree"))
    early = Period(FEBRUARY.first, FEBRUARY.last, date(2026, 2, 28))
    assert steps(found(engine, early).total) == (1, 1, 0, 0)
    assert steps(found(engine).total) == (1, 1, 1, 0)


def test_the_day_it_was_made_decides_the_period(engine: Engine) -> None:
    referred(engine, ("2026-02-02", "honoree"), day="2026-01-31")
    assert found(engine).total.made == 0
    january = Period(date(2026, 1, 1), date(2026, 1, 31), TODAY)
    assert steps(found(engine, january).total) == (1, 0, 1, 0)


def test_delays_are_medians_of_those_whose_days_are_both_known(engine: Engine) -> None:
    for attended, effective in (("2026-02-03", "2026-02-13"), ("2026-02-05", "2026-02-07"), ("2026-02-11", "")):
        told = [(attended, "honoree"), (effective, "acces-effectif")]
        referred(engine, *[one for one in told if one[0]])
    referred(engine, ("2026-02-06", "acces-effectif"))
    total = found(engine).total
    assert total.to_attended == Delay(4, 3)
    assert total.to_effective == Delay(6, 2)  # between 10 and 2
    assert found(engine, Period(date(2025, 1, 1), date(2025, 1, 2), TODAY)).total.to_attended == Delay(None, 0)


def test_a_step_told_twice_counts_once_from_its_first_day(engine: Engine) -> None:
    referred(engine, ("2026-02-08", "honoree"), ("2026-02-04", "honoree"))
    total = found(engine).total
    assert (steps(total), total.to_attended) == ((1, 0, 1, 0), Delay(3, 1))


def test_by_service_and_by_need_the_largest_first(engine: Engine) -> None:
    referred(engine, ("2026-02-05", "honoree"), needs=[{"theme": NEED}], referral={"theme": NEED})
    referred(engine, needs=[{"theme": NEED}], referral={"theme": NEED})
    referred(engine, service="france-services-giromagny")
    result = found(engine)
    assert [(line.label, steps(line)) for line in result.by_service] == [
        ("Mobijob (MIFE 90)", (2, 0, 1, 0)),
        ("France Services Giromagny", (1, 0, 0, 0)),
    ]
    assert [(line.label, line.made) for line in result.by_theme] == [
        ("Garde d’enfants", 2),
        ("Besoin non précisé", 1),
    ]


def test_reasons_are_told_by_what_became_of_it(engine: Engine) -> None:
    referred(engine, ("2026-02-05", "non-presentee", "non-mobile"))
    referred(engine, ("2026-02-05", "non-presentee"))
    referred(engine, ("2026-02-05", "refusee-par-le-service", "service-complet"))
    referred(engine, ("2026-02-05", "non-presentee", "non-mobile"), ("2026-02-09", "honoree"))  # came in the end
    result = found(engine)
    assert result.reasons == [
        ("Non mobile", [1, 0, 0, 0]),
        ("Service complet", [0, 1, 0, 0]),
        ("Motif non précisé", [1, 0, 0, 0]),
    ]
    assert (result.total.failed, result.total.unknown) == (3, 0)


def test_on_one_day_what_is_furthest_along_is_the_last_word(engine: Engine) -> None:
    referred(engine, ("2026-02-05", "non-presentee"), ("2026-02-05", "rendez-vous-pris"))
    assert found(engine).total.failed == 1


def test_on_one_day_a_colleague_without_news_does_not_undo_a_visit(engine: Engine) -> None:
    referred(engine, ("2026-02-05", "honoree"), ("2026-02-05", "sans-nouvelle"))
    assert found(engine).total.unknown == 0
    assert found(engine).oldest == []


def test_weeks_later_a_colleague_without_news_does_not_undo_a_visit(engine: Engine) -> None:
    referred(engine, ("2026-02-05", "honoree"), ("2026-03-05", "sans-nouvelle"))
    result = found(engine)
    assert (steps(result.total), result.total.unknown, result.total.failed) == ((1, 0, 1, 0), 0, 0)
    assert (result.oldest, result.reasons) == ([], [])
    with database.reading(engine) as connection:
        assert attention.without_news(connection, TERRITORY, TODAY + timedelta(70)) == (0, 0)


def test_the_reason_is_that_of_the_failure_that_stands(engine: Engine) -> None:
    referred(engine, ("2026-02-05", "non-presentee", "non-mobile"), ("2026-02-25", "sans-nouvelle"))
    referred(engine, ("2026-02-05", "non-presentee", "non-mobile"), ("2026-02-25", "non-presentee", "autre"))
    assert [(reason, counts[0]) for reason, counts in found(engine).reasons] == [("Non mobile", 1), ("Autre", 1)]


def test_those_without_news_by_age_the_oldest_leading_to_their_encounter(engine: Engine) -> None:
    january = Period(date(2026, 1, 1), TODAY, TODAY)
    oldest = referred(engine, day="2026-01-08")  # 61 days
    referred(engine, ("2026-02-15", "sans-nouvelle"), day="2026-02-07")  # 31 days
    referred(engine, day="2026-02-08")  # 30 days
    referred(engine, ("2026-02-12", "rendez-vous-pris"), day="2026-02-07")
    referred(engine, ("2026-02-12", "honoree"), day="2026-02-07")
    result = found(engine, january)
    assert result.ages == [("30 jours ou moins", 1), ("31 à 60 jours", 2), ("plus de 60 jours", 1)]
    assert (result.oldest[0].encounter, result.oldest[0].age) == (oldest, 61)
    assert len(result.oldest) == result.total.unknown == 4


@pytest.mark.parametrize("days", [59, 60, 61])
def test_what_is_over_60_days_here_is_over_60_days_on_the_dashboard_and_in_the_indicator(
    engine: Engine, days: int
) -> None:
    first = TODAY - timedelta(days)
    referred(engine, day=str(first))
    period = Period(first, TODAY, TODAY)
    over = dict(found(engine, period).ages)["plus de 60 jours"]
    with database.reading(engine) as connection:
        _, told = attention.without_news(connection, TERRITORY, TODAY)
        counted = counts.compute(connection, TERRITORY, period)["A4-12"][()]
    assert over == told == (counted.numerator or 0) == (1 if days > 60 else 0)


def test_the_ages_are_those_of_the_indicator_and_of_the_dashboard() -> None:
    bounds = [high - 1 for high, _ in referrals.AGES[:-1]]
    assert bounds == list(attention.NEWS_DAYS)
    assert bounds[-1] == declarations.load()["A4-12"].older_than


@pytest.mark.parametrize("name", ["=1+1", "@SUM(A1)", "-2"])
def test_the_file_says_the_same_and_runs_nothing(engine: Engine, name: str) -> None:
    referred(engine, ("2026-02-03", "honoree"), ("2026-02-06", "acces-effectif"))
    referred(engine, ("2026-02-04", "honoree"))
    with database.reading(engine) as connection:
        result = referrals.funnel(connection, TERRITORY, FEBRUARY, {"mobijob": name})
    text = to_csv(referrals.book(result, [name], TODAY)).decode("utf-8-sig")
    lines = list(csv.reader(io.StringIO(text), delimiter=";"))
    assert lines[1] == [f"'{name}"]
    [service] = [line for line in lines if line and line[0] == "Service"]
    assert service == ["Service", f"'{name}", "2", "0", "2", "1", "0", "0", "0", "2,5", "2", "3", "1"]
    assert len(referrals.header()) == len(service) - 2


def test_the_actions_are_called_both_only_while_there_are_two(monkeypatch: pytest.MonkeyPatch) -> None:
    declared = choices.load("action")
    assert (len(declared.by_code), name_all_actions()) == (2, "Les deux actions")
    third = replace(declared, by_code={**declared.by_code, "familles": Choice("familles", "Familles", 30)})
    monkeypatch.setattr(choices, "load", {"action": third}.__getitem__)
    assert name_all_actions() == "Toutes les actions"
