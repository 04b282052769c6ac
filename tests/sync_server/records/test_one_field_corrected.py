"""The coordinator corrects one field of any record: that one changes in it, and no other."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from shared import field_labels, merge
from shared.merge import PARTS
from shared.models import KINDS
from shared.territory import TERRITORY
from sync_server.records import correction_form, corrections, detail, record_list
from sync_server.records.corrections import SAVED, UNCHANGED
from sync_server.storage import audit_log, database
from sync_server.storage.audit_log import Actor
from tests.sync_server.records.test_records import held
from tests.sync_server.records.test_records_console import send
from tests.sync_server.world import TODAY, encounter, new_id, of_kind, push

THEMES = ("famille--garde-denfants", "sante--acces-aux-soins", "remobilisation--lien-social")
_OUTING = {
    "action": ["trait-dunion", "jeunes"], "day": ["2026-03-09", "2026-03-08"], "commune": ["90052", "90010"],
    "place_type": ["mairie", "domicile"],
}  # fmt: skip
REQUIRED: dict[str, dict[str, list[Any]]] = {
    "encounter": _OUTING,
    "presence": _OUTING | {"minutes": [60, 90]},
    "group_session": _OUTING | {"headcount": [12, 13]},
    "partner_contact": {n: _OUTING[n] for n in ("action", "day", "commune")}
    | {"partner_type": ["college", "club"]},
    "service_report": {
        "service": ["mobijob", "esd"],
        "problem": ["telephone-faux", "autre"],
        "day": _OUTING["day"],
    },
    "follow_up": {"day": _OUTING["day"], "outcome": ["non-presentee", "sans-suite"]},
    "needs": {},
    "obstacles": {},
    "rights": {},
    "referrals": {},
    "ages": {"people": [1, 2]},
    "genders": {"people": [1, 2]},
}
"""The fields that must be given, of each kind and each sort of part: a value and another."""
OPTIONAL: dict[str, dict[str, list[Any]]] = {
    "encounter": {
        "slot": ["inconnu", "matin"], "contact_mode": ["inconnu", "permanence"], "age_band": ["inconnu", "18-21"],
        "gender": ["inconnu", "femme"], "rsa": ["inconnu", "oui"], "already_followed": ["inconnu", "non"],
        "first_contact_year": ["ne-sait-pas", "oui"], "first_contact_ever": ["ne-sait-pas", "non"],
        "accompanied": [False, True], "no_need": [False, True],
    },
    "presence": {"slot": ["inconnu", "matin"], "agents": [1, 2]},
    "group_session": {
        "slot": ["inconnu", "matin"], "session_type": ["autre", "atelier"], "theme": [None, THEMES[0]],
        "partner": [None, "Mission locale"], "establishment": [None, "Collège Duclos"],
        "school_holidays": ["inconnu", "oui"],
    },
    "partner_contact": {"purpose": ["autre", "presentation"]},
    "service_report": {},
    "follow_up": {"reason": [None, "non-mobile"], "reported_by": ["intervenant", "service"]},
    "needs": {"expression": ["exprime", "detecte"], "last_mile": [None, "geographique"]},
    "obstacles": {},
    "rights": {},
    "referrals": {
        "theme": [None, THEMES[0]], "mode": ["information", "accompagnement-physique"], "accepted": [True, False],
    },
    "ages": {},
    "genders": {},
}  # fmt: skip
"""The others: what each says where it is left out, and another value."""
KEYS: dict[str, list[dict[str, Any]]] = {
    "needs": [{"theme": theme} for theme in THEMES[:2]],
    "obstacles": [{"kind": "langue"}, {"kind": "mobilite"}],
    "rights": [{"right": "rsa"}, {"right": "aspa"}],
    "referrals": [{"service": "mobijob"}, {"service": "esd"}],
    "ages": [{"age_band": "18-21"}, {"age_band": "22-25"}],
    "genders": [{"gender": "femme"}, {"gender": "homme"}],
}


def drawn(of: str) -> st.SearchStrategy[dict[str, Any]]:
    """The fields of that kind or part, each optional one left out, written as its default or otherwise."""
    return st.fixed_dictionaries(
        {name: st.sampled_from(values) for name, values in REQUIRED[of].items()},
        optional={name: st.sampled_from(values) for name, values in OPTIONAL[of].items()},
    )


@st.composite
def bodies(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    kind = draw(st.sampled_from(sorted(KINDS)))
    fields = draw(drawn(kind))
    if kind == "partner_contact":
        fields["structure"] = "Club de Delle"
    if kind == "follow_up":
        fields |= {"subject_id": new_id()} | draw(st.sampled_from([{}, {"subject_kind": "referral"}]))
    for name in PARTS.keys() & KINDS[kind].model_fields.keys():
        parts: list[dict[str, Any]] = [
            {**draw(drawn(name)), **key} for key in KEYS[name][: draw(st.integers(0, 2))]
        ]
        if PARTS[name] == "id":
            parts = [{"id": new_id()} | part for part in parts]
        empty: bool = draw(st.booleans())
        if parts or empty:
            fields[name] = parts
    if fields.get("needs"):  # the rules take a need or none, not both
        fields.pop("no_need", None)
    return kind, fields


def leaves(fields: Mapping[str, Any], at: str = "") -> dict[str, Any]:
    """Every value that is written in a record, by its path."""
    found: dict[str, Any] = {}
    for name, value in fields.items():
        parts = value if name in PARTS and isinstance(value, list) else None
        found |= {f"{at}{name}": len(parts) if parts is not None else value}
        for place, part in enumerate(parts or ()):
            found |= leaves(part, f"{at}{name}.{place}.")
    return found


def choices_of(kind: str, fields: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Each path of the form with another value than what stands there."""
    found = []
    places = [("", kind, fields)]
    places += [(f"{n}.{i}.", n, part) for n in PARTS for i, part in enumerate(fields.get(n, ()))]
    for at, of, there in places:
        for name, values in (REQUIRED[of] | OPTIONAL[of]).items():
            now = there.get(name, values[0])
            found += [(f"{at}{name}", value) for value in values if value != now]
    return [one for one in found if one != ("no_need", True) or not fields.get("needs")]


def as_sent(kind: str, fields: Mapping[str, Any]) -> dict[str, str]:
    """What a browser sends of the form as it is drawn."""
    form = correction_form.build_form(kind, fields, (), {"mobijob": "Mobijob", "esd": "ESD"}, TODAY)
    parts = [part for group in form.parts for part in group.parts]
    sent = {one.name: one.value for one in [*form.inputs, *(i for part in parts for i in part.inputs)]}
    return sent | {f"{part.name}.id": part.id for part in parts if part.id}


def text(value: Any) -> str:
    return "" if value in (None, False) else "oui" if value is True else str(value)


def log(engine: Engine) -> list[str]:
    with database.reading(engine) as connection:
        found: list[str] = json.loads(audit_log.entries(connection, TERRITORY)[0].after)["fields"]
    return found


def history(engine: Engine, record_id: str) -> list[str]:
    """The fields that the last revision says it changed."""
    with database.reading(engine) as connection:
        record = detail.read_detail(connection, TERRITORY, record_id)
        assert record
        latest, *_ = detail.history(connection, TERRITORY, record, record_list.names(connection, TERRITORY))
    return [change.field for change in latest.changes]


@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(bodies(), st.randoms(use_true_random=False))
def test_that_field_alone_changes_in_the_record_the_log_and_the_history(
    engine: Engine, body: tuple[str, dict[str, Any]], chance: Any
) -> None:
    kind, fields = body
    sent = as_sent(kind, fields)
    record: dict[str, Any] = {"id": new_id(), "kind": kind, "revision": 1, "fields": fields}
    assert push(engine, record)[0].status == "accepted"
    actor = Actor(TERRITORY, "coordination", TODAY)
    untouched = correction_form.read_form(kind, sent, fields)
    assert untouched == correction_form.read_untouched(kind, fields)
    assert corrections.correct(engine, actor, record["id"], 1, untouched).status == UNCHANGED

    path, value = chance.choice(choices_of(kind, fields))
    typed = correction_form.read_form(kind, sent | {path: text(value)}, fields)
    assert corrections.correct(engine, actor, record["id"], 1, typed).status == SAVED
    after = held(engine, record["id"]).fields
    before, now = leaves(fields), leaves(after)
    assert {p: v for p, v in now.items() if p != path} == {p: v for p, v in before.items() if p != path}
    assert now.get(path, value) == value  # left out where the new value is what that says
    top = path.split(".")[0]
    assert log(engine) == history(engine, record["id"]) == [top]

    other, another = chance.choice([one for one in choices_of(kind, fields) if one[0] != path])
    mine = copy.deepcopy(fields)
    there: Any = mine
    *way, last = other.split(".")
    for step in way:
        there = there[int(step) if step.isdecimal() else step]
    there[last] = another
    merged = merge.merge(fields, mine, after, kind)  # on the tablet that corrected another field meanwhile
    assert merged.clashes == []
    both = leaves(merge.without_defaults(kind, merged.fields))
    wanted = copy.deepcopy(mine)
    there = wanted
    *way, last = path.split(".")
    for step in way:
        there = there[int(step) if step.isdecimal() else step]
    there[last] = value
    assert both == leaves(merge.without_defaults(kind, wanted))


REFERRAL = {"service": "mobijob", "mode": "information", "accepted": True}


def test_correcting_the_age_leaves_the_referral_as_the_tablet_wrote_it(
    coordinator: TestClient, engine: Engine
) -> None:
    """Through the page, as the coordinator does it."""
    met = encounter(
        age_band="18-21", slot="inconnu", needs=[{"theme": THEMES[0], "expression": "exprime", "last_mile": None}],
        referrals=[{"id": new_id(), **REFERRAL}],
    )  # fmt: skip
    push(engine, met)
    sent = as_sent("encounter", met["fields"]) | {"age_band": "22-25", "base": "1"}
    boxes = ("accompanied", "no_need")  # not ticked, they are not sent
    sent = {name: value for name, value in sent.items() if value or name not in boxes}
    answer = send(coordinator, met["id"], "corriger", **sent)
    assert answer.status_code == 200
    assert held(engine, met["id"]).fields == met["fields"] | {"age_band": "22-25"}
    assert history(engine, met["id"]) == ["age_band"]


def test_an_older_correction_that_dropped_the_defaults_says_no_change_and_clashes_with_nobody(
    engine: Engine,
) -> None:
    """Made before the defaults were kept: the history and the tablets read it as what it is."""
    part = {"id": new_id(), **REFERRAL}
    met = encounter(slot="inconnu", referrals=[part])
    bare = {"id": part["id"], "service": "mobijob"}
    push(engine, met)
    push(engine, encounter(met["id"], 2, 1, age_band="18-21", referrals=[bare]))
    assert history(engine, met["id"]) == ["age_band"]
    mine = met["fields"] | {"slot": "matin", "referrals": [part | {"mode": "accompagnement-physique"}]}
    theirs = held(engine, met["id"]).fields
    merged = merge.merge(met["fields"], mine, theirs, "encounter")
    assert merged.clashes == []
    assert merged.fields["slot"] == "matin"
    assert (merged.fields["referrals"][0]["mode"], merged.fields["age_band"]) == (
        "accompagnement-physique",
        "18-21",
    )
    withdrawn = {name: value for name, value in met["fields"].items() if name != "referrals"}
    assert merge.merge(met["fields"], withdrawn, theirs, "encounter").clashes == []


@pytest.mark.parametrize(("kept", "typed"), [({"minutes": "60"}, {"minutes": 60}), ({"slot": "inconnu"}, {})])
def test_what_reads_the_same_is_no_correction(engine: Engine, kept: dict[str, Any], typed: dict[str, Any]) -> None:
    record = of_kind("presence", **kept)
    push(engine, record)
    actor = Actor(TERRITORY, "coordination", TODAY)
    there = {name: value for name, value in record["fields"].items() if name not in kept} | typed
    assert corrections.correct(engine, actor, record["id"], 1, there).status == UNCHANGED


def test_every_field_of_every_kind_is_tried() -> None:
    for of, model in {**KINDS, **{name: merge._model(name) for name in PARTS}}.items():
        tried = {*REQUIRED[of], *OPTIONAL[of], *(KEYS.get(of) or [{}])[0], *PARTS, "id", "coupon", "structure"}
        rest = {*model.model_fields} - tried - {*correction_form.NOT_EDITED}
        assert rest <= {"household", "housing", "activity", "duration_band"}, (of, rest)  # choices like the others
        assert all(field_labels.of(name) != "Champ inconnu" for name in model.model_fields)
