"""The coordinator corrects, deletes and brings back; the tablets hear of it by the ordinary pull."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Engine, event, select

from shared.territory import TERRITORY
from sync_server.intake import store
from sync_server.intake.quarantine import QUARANTINE
from sync_server.records import corrections, detail, record_list
from sync_server.records.corrections import GONE, OVERTAKEN, REFUSED, SAVED, UNCHANGED
from sync_server.storage import audit_log, database
from sync_server.storage.audit_log import Actor
from tests.sync_server.records.test_records import give, held
from tests.sync_server.world import COLLEAGUE, ME, TODAY, USUAL, encounter, new_id, of_kind, people, pull, push

NEED = {"theme": "famille--garde-denfants", "expression": "exprime"}


@pytest.fixture
def actor() -> Actor:
    return Actor(TERRITORY, "coordination", TODAY)


def entries(engine: Engine) -> list[Any]:
    with database.reading(engine) as connection:
        assert audit_log.broken_at(connection, TERRITORY) is None
        return audit_log.entries(connection, TERRITORY)


def waits(engine: Engine) -> list[Any]:
    with database.reading(engine) as connection:
        return list(connection.execute(select(QUARANTINE)).all())


def there(**fields: Any) -> dict[str, Any]:
    return USUAL["encounter"] | fields


def test_a_correction_reaches_the_tablet_that_made_the_record(engine: Engine, actor: Actor) -> None:
    met = encounter(gender="femme")
    push(engine, met)
    cursor = pull(engine, ME).cursor
    assert corrections.correct(engine, actor, met["id"], 1, there(gender="homme", needs=[NEED])).status == SAVED
    [pulled] = pull(engine, ME, cursor).records
    assert (pulled.id, pulled.revision, pulled.fields["gender"]) == (met["id"], 2, "homme")
    assert pulled.fields["needs"] == [{"theme": NEED["theme"]}]  # as a tablet would have written it
    assert held(engine, met["id"]).team == ME.team
    with database.reading(engine) as connection:
        record = detail.read_detail(connection, TERRITORY, met["id"])
        assert record
        latest, _ = detail.history(connection, TERRITORY, record, record_list.names(connection, TERRITORY))
    assert latest.by == "coordination"


def test_the_audit_log_names_the_fields_and_never_what_they_say(engine: Engine, actor: Actor) -> None:
    met = encounter(gender="femme")
    push(engine, met)
    corrections.correct(engine, actor, met["id"], 1, there(gender="homme"))
    [entry] = entries(engine)
    assert (entry.login, entry.act, entry.subject) == (
        "coordination",
        "Saisie corrigée",
        f"Rencontre {met['id'][-8:]}",
    )
    assert (entry.before, entry.after) == ('{"revision": 1}', '{"fields": ["gender"], "revision": 2}')


def test_the_entry_and_the_correction_stand_or_fall_together(engine: Engine, actor: Actor) -> None:
    met = encounter()
    push(engine, met)

    def broken(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.startswith("INSERT INTO audit_entry"):
            raise RuntimeError

    event.listen(engine, "before_cursor_execute", broken)
    with pytest.raises(RuntimeError):
        corrections.correct(engine, actor, met["id"], 1, there(gender="homme"))
    event.remove(engine, "before_cursor_execute", broken)
    assert held(engine, met["id"]).revision == 1
    assert entries(engine) == []


def test_a_correction_may_be_validated_at_once_and_otherwise_must_be_read_again(
    engine: Engine, actor: Actor
) -> None:
    met, other = encounter(), encounter()
    push(engine, met, other)
    give(engine, "validee", (other["id"], 1))
    corrections.correct(engine, actor, met["id"], 1, there(gender="homme"), validate=True)
    corrections.correct(engine, actor, other["id"], 1, there(gender="homme"))
    assert (held(engine, met["id"]).state, held(engine, other["id"]).state) == ("validee", "recue")


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"day": "2027-01-01"}, "day"),
        ({"commune": "75056"}, "commune"),
        ({"needs": [{}]}, "needs.0.theme"),
        ({"needs": [NEED, NEED]}, "needs"),
        ({"referrals": [{"id": new_id(), "service": "nowhere"}]}, "referrals.0.service"),
        ({"gender": "\x00"}, "gender"),
    ],
)
def test_what_the_rules_refuse_is_not_written_and_comes_back_as_typed(
    engine: Engine, actor: Actor, fields: dict[str, Any], field: str
) -> None:
    met = encounter()
    push(engine, met)
    typed = there(**fields)
    result = corrections.correct(engine, actor, met["id"], 1, typed)
    assert (result.status, result.fields) == (REFUSED, typed)
    assert field in {problem.field for problem in result.problems}
    assert held(engine, met["id"]).revision == 1
    assert waits(engine) == entries(engine) == []


@pytest.mark.parametrize("kind", ["presence", "group_session", "partner_contact", "service_report"])
def test_every_kind_is_corrected_by_its_own_rules(engine: Engine, actor: Actor, kind: str) -> None:
    record = of_kind(kind)
    push(engine, record)
    assert corrections.correct(engine, actor, record["id"], 1, USUAL[kind] | {"day": "2026-03-08"}).status == SAVED
    assert (
        corrections.correct(engine, actor, record["id"], 2, USUAL[kind] | {"day": "2026-03-11"}).status == REFUSED
    )
    assert held(engine, record["id"]).fields["day"] == "2026-03-08"


def test_saving_without_a_change_writes_nothing(engine: Engine, actor: Actor) -> None:
    met = encounter(needs=[NEED])
    push(engine, met)
    assert (
        corrections.correct(engine, actor, met["id"], 1, there(needs=[NEED], slot="inconnu")).status == UNCHANGED
    )
    assert held(engine, met["id"]).revision == 1


def test_a_tablet_that_changed_another_field_meanwhile_loses_nothing(engine: Engine, actor: Actor) -> None:
    met = encounter(gender="femme")
    push(engine, met)
    push(engine, encounter(met["id"], 2, 1, gender="femme", rsa="oui"))
    result = corrections.correct(engine, actor, met["id"], 1, there(gender="homme", needs=[NEED, {}]))
    assert (result.status, list(result.clashes)) == (OVERTAKEN, [])
    assert (result.fields["gender"], result.fields["rsa"]) == ("homme", "oui")
    assert result.fields["needs"] == [{"theme": NEED["theme"]}, {}]  # the one not chosen yet too
    assert held(engine, met["id"]).revision == 2
    again = dict(result.fields) | {"needs": [NEED]}
    assert corrections.correct(engine, actor, met["id"], 2, again).status == SAVED
    assert waits(engine) == []  # nothing waits on a tablet


def test_the_same_field_changed_on_both_sides_is_asked_again(engine: Engine, actor: Actor) -> None:
    met = encounter(gender="femme")
    push(engine, met)
    push(engine, encounter(met["id"], 2, 1, gender="autre-ou-non-precise"))
    result = corrections.correct(engine, actor, met["id"], 1, there(gender="homme"))
    assert (result.status, list(result.clashes), result.fields["gender"]) == (OVERTAKEN, ["gender"], "homme")


def test_a_tablet_faster_by_a_moment_is_seen_at_the_door(
    engine: Engine, actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    met = encounter(gender="femme")
    push(engine, met)
    accept = store.accept

    def late(*arguments: Any) -> Any:
        monkeypatch.setattr(store, "accept", accept)
        push(engine, encounter(met["id"], 2, 1, gender="femme", rsa="oui"))
        return accept(*arguments)

    monkeypatch.setattr(store, "accept", late)
    result = corrections.correct(engine, actor, met["id"], 1, there(gender="homme"))
    assert (result.status, result.fields["gender"], result.fields["rsa"]) == (OVERTAKEN, "homme", "oui")
    assert waits(engine) == entries(engine) == []


def test_two_coordinators_do_not_overwrite_one_another(engine: Engine, actor: Actor) -> None:
    met = encounter(gender="femme")
    push(engine, met)
    corrections.correct(engine, actor, met["id"], 1, there(gender="homme"))
    result = corrections.correct(engine, actor, met["id"], 1, there(gender="femme", rsa="oui"))
    assert result.status == OVERTAKEN
    assert held(engine, met["id"]).fields["gender"] == "homme"


def test_deleted_it_counts_no_more_and_the_tablets_hear_of_it(engine: Engine, actor: Actor) -> None:
    met = encounter()
    push(engine, met)
    cursor = pull(engine).cursor
    assert corrections.remove(engine, actor, met["id"], 1).status == SAVED
    [pulled] = pull(engine, COLLEAGUE, cursor).records
    assert (pulled.id, pulled.deleted) == (met["id"], True)
    assert held(engine, met["id"]).state == "supprimee"
    assert [entry.act for entry in entries(engine)] == ["Saisie supprimée"]
    assert corrections.remove(engine, actor, met["id"], 2).status == UNCHANGED


def test_what_was_deleted_can_be_brought_back_as_a_new_revision(engine: Engine, actor: Actor) -> None:
    met = encounter(gender="femme", needs=[NEED])
    push(engine, met)
    corrections.remove(engine, actor, met["id"], 1)
    assert corrections.bring_back(engine, actor, met["id"], 2, 1).status == SAVED
    found = held(engine, met["id"])
    assert (found.revision, found.deleted, found.fields) == (3, False, met["fields"])
    assert [record.deleted for record in people(pull(engine))] == [False]
    with database.reading(engine) as connection:
        called = record_list.names(connection, TERRITORY)
        history = detail.history(connection, TERRITORY, found, called)
    assert [(one.number, one.deleted) for one in history] == [(3, False), (2, True), (1, False)]
    assert history[0].changes == []  # as it was before


def test_a_version_that_the_rules_take_no_more_is_not_brought_back(engine: Engine, actor: Actor) -> None:
    met = encounter(referrals=[{"id": new_id(), "service": "mobijob"}])
    push(engine, met)
    corrections.correct(engine, actor, met["id"], 1, there())
    with database.writing(engine) as connection:
        connection.exec_driver_sql("DELETE FROM service WHERE id = 'mobijob'")
    result = corrections.bring_back(engine, actor, met["id"], 2, 1)
    assert (result.status, result.problems[0].field) == (REFUSED, "referrals.0.service")
    assert held(engine, met["id"]).revision == 2


def test_acts_on_what_has_changed_or_is_not_there_do_nothing(engine: Engine, actor: Actor) -> None:
    met = encounter()
    push(engine, met)
    push(engine, encounter(met["id"], 2, 1, gender="femme"))
    assert corrections.remove(engine, actor, met["id"], 1).status == OVERTAKEN
    assert corrections.bring_back(engine, actor, met["id"], 1, 1).status == OVERTAKEN
    assert corrections.bring_back(engine, actor, met["id"], 2, 9).status == GONE
    for act in (
        corrections.remove(engine, actor, new_id(), 1),
        corrections.bring_back(engine, actor, new_id(), 1, 1),
        corrections.correct(engine, actor, new_id(), 1, {}),
    ):
        assert act.status == GONE
    assert held(engine, met["id"]).revision == 2


def test_a_correction_of_what_the_tablet_deleted_keeps_what_was_typed(engine: Engine, actor: Actor) -> None:
    met = encounter()
    push(engine, met)
    push(engine, {"id": met["id"], "kind": "encounter", "revision": 2, "base_revision": 1, "deleted": True})
    typed = there(gender="homme")
    result = corrections.correct(engine, actor, met["id"], 1, typed)
    assert (result.status, result.fields) == (OVERTAKEN, typed)
    assert corrections.correct(engine, actor, met["id"], 2, typed).status == SAVED  # asked for, knowing it
    assert held(engine, met["id"]).fields["gender"] == "homme"


def test_a_warning_is_told_of_what_stands(engine: Engine, actor: Actor) -> None:
    long = of_kind("presence", minutes=800)
    push(engine, long)
    with database.reading(engine) as connection:
        found = corrections.problems(connection, TERRITORY, held(engine, long["id"]), TODAY)
    assert [(p.field, p.warning) for p in found] == [("minutes", True)]
