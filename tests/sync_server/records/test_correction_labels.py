"""Every label of the forms of correction, in full: a field is called what it is, in a record and in its parts."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi.testclient import TestClient
from sqlalchemy import Engine

from shared import field_labels, rules
from shared.merge import PARTS
from shared.models import KINDS
from shared.rules import Evidence
from sync_server.inputs import Input
from sync_server.records import correction_form
from tests.sync_server.world import TODAY, encounter, new_id, push

WHERE = ["Action *", "Jour *", "Commune *"]
OUTING = [*WHERE, "Lieu *", "Créneau"]
LABELS = {
    "encounter": [
        *OUTING, "Mode de contact", "Tranche d’âge", "Genre", "Situation familiale",
        "Situation de logement", "Situation d’activité", "RSA",
        "Déjà suivi par une structure", "Premier contact cette année", "Tout premier contact", "Durée",
        "Accompagnement réalisé", "Pas de besoin, simple échange",
    ],
    "follow_up": ["Jour *", "Suite *", "Motif", "Signalé par"],
    "group_session": [
        *OUTING, "Type de séance", "Besoin", "Partenaire", "Établissement", "Pendant les vacances scolaires",
        "Nombre de participants *",
    ],
    "partner_contact": [*WHERE, "Type de partenaire *", "Objet du contact", "Structure"],
    "presence": [*OUTING, "Durée en minutes *", "Nombre d’agents"],
    "service_report": ["Service *", "Erreur constatée *", "Jour *"],
    "needs": ["Besoin *", "Expression du besoin", "Dernier kilomètre"],
    "obstacles": ["Frein *"],
    "rights": ["Droit repéré *"],
    "referrals": ["Service *", "Besoin", "Mode d’orientation", "Orientation acceptée"],
    "ages": ["Tranche d’âge *", "Nombre de personnes *"],
    "genders": ["Genre *", "Nombre de personnes *"],
}  # fmt: skip
"""By kind and by list of parts; `*` where it must be given."""


def said(inputs: Sequence[Input]) -> list[str]:
    return [f"{one.label}{' *' * one.required}" for one in inputs]


def test_every_field_of_every_form_is_called_what_it_is() -> None:
    seen = {}
    for kind, model in KINDS.items():
        values: dict[str, list[dict[str, str]]] = {name: [{}] for name in PARTS if name in model.model_fields}
        form = correction_form.build_form(kind, values, (), {}, TODAY)
        seen[kind] = said(form.inputs)
        seen |= {group.name: said(group.parts[0].inputs) for group in form.parts}
    assert seen == LABELS


def test_no_form_says_the_name_of_the_envelope() -> None:
    envelope = {
        field_labels.FIELDS[name] for name in ("kind", "id", "revision", "base_revision", "deleted", "fields")
    }
    assert not envelope & {label.removesuffix(" *") for every in LABELS.values() for label in every}


def test_an_obstacle_is_a_frein_on_the_page_and_in_what_is_refused(
    coordinator: TestClient, engine: Engine
) -> None:
    met = encounter(obstacles=[{"id": new_id(), "kind": "langue"}])
    push(engine, met)
    page = coordinator.get(f"/console/saisies/{met['id']}/corriger").text
    assert "Type d’enregistrement" not in page
    assert 'for="f-obstacles-0-kind">Frein <span class="muted">(obligatoire)</span>' in page
    for obstacle in ({"id": new_id()}, {"id": new_id(), "kind": "inventé"}):
        fields = met["fields"] | {"obstacles": [obstacle]}
        [problem] = rules.judge("encounter", fields, Evidence(TODAY)).refusals
        assert problem.field == "obstacles.0.kind"
        assert problem.message.startswith("Frein : ")


def test_the_kind_of_a_record_keeps_its_name() -> None:
    assert field_labels.of("kind") == "Type d’enregistrement"
    assert field_labels.of("obstacles.0.kind") == field_labels.of("obstacles.kind") == "Frein"
    assert field_labels.of("needs.0.inconnu") == "Besoins"  # the last name of ours
    assert field_labels.of("inventé") == "Champ inconnu"
