"""The one door: whatever arrives is judged here, on the tablet before it is kept and on the server again.

`judge` first lets `XFields` judge each field, then runs the rules that span fields. A *problem* refuses the
record; a *warning* is shown and lets it pass. Every message is French and says what to do.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from pydantic import ValidationError

from shared import choices, field_labels, french, problems_fr
from shared.models import (
    KINDS,
    EncounterFields,
    Fields,
    FollowUpFields,
    GroupSessionFields,
    PartnerContactFields,
    PresenceFields,
    ServiceReportFields,
)
from shared.models.base import Outing
from shared.models.follow_up import OUTCOME_LIST
from shared.problems_fr import Problem as Problem  # known from here to whoever has something judged

LONG_PRESENCE = 12 * 60
"""Minutes beyond which a presence is probably a slip: a warning, since a festival night exists."""

FAILED = frozenset(
    {
        "non-presentee",
        "refusee-par-le-service",
        "refusee-par-la-personne",
        "sans-suite",
        "non-leve",
        "refuse",
        "abandonne",
    }
)
"""The outcomes that a reason may explain."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a record is judged by besides itself. `services` None means the directory is not known here;
    `subject_days` gives the day of each known referral, obstacle or right a follow-up may be about."""

    today: date
    services: Collection[str] | None = None
    subject_days: Mapping[str, date] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Verdict:
    """`fields` is None when some field is malformed. `refusals` empty means: may be kept."""

    fields: Fields | None
    problems: tuple[Problem, ...]

    @property
    def refusals(self) -> list[Problem]:
        """Return the problems that are not mere warnings."""
        return [p for p in self.problems if not p.warning]


def judge(kind: str, raw: Any, evidence: Evidence) -> Verdict:
    """Judge the raw fields of one record of that kind. Never raises on bad input."""
    model = KINDS.get(kind)
    if model is None:
        return Verdict(
            None,
            (
                Problem(
                    "kind",
                    "unknown_kind",
                    f"« {str(kind)[:40]} » n’est pas un type d’enregistrement"
                    " connu : mettez l’application à jour, puis renvoyez",
                ),
            ),
        )
    try:
        fields = model.model_validate(raw)
    except ValidationError as error:
        return Verdict(None, tuple(problems_fr.in_french(error)))
    return Verdict(fields, tuple(problems(fields, evidence)))


def problems(record: Fields, evidence: Evidence) -> list[Problem]:
    """Return the problems and warnings that span the fields of a well-formed record."""
    return [p for rule in _RULES.get(type(record), ()) for p in rule(record, evidence)]


Dated = Outing | FollowUpFields | PartnerContactFields | ServiceReportFields
"""Every record says the day it happened."""


def _day(record: Dated, evidence: Evidence) -> Iterator[Problem]:
    if record.day > evidence.today:
        yield Problem("day", "future", "Jour : il est dans l’avenir ; choisissez aujourd’hui ou un jour passé")


def _within_action(record: Outing | PartnerContactFields, _: Evidence) -> Iterator[Problem]:
    action = choices.load("action")[record.action]
    if record.day < action.more["starts_on"]:
        start = french.format_day(action.more["starts_on"])
        yield Problem(
            "day",
            "before_action",
            f"Jour : l’action a commencé le {start} ; choisissez un jour à partir de là",
        )


def _first_contact(record: EncounterFields, _: Evidence) -> Iterator[Problem]:
    ever, year = record.first_contact_ever, record.first_contact_year
    if ever == "oui" and year != "oui":
        yield Problem(
            "first_contact_ever",
            "contradiction",
            "Tout premier contact : c’est alors aussi le premier de l’année ; revoyez les deux réponses",
        )
    if year == "non" and ever == "ne-sait-pas":
        yield Problem(
            "first_contact_ever",
            "contradiction",
            "Tout premier contact : déjà rencontrée cette année, ce n’est pas lui ; revoyez les deux réponses",
        )


def _need_or_none(record: EncounterFields, _: Evidence) -> Iterator[Problem]:
    if record.no_need and record.needs:
        yield Problem(
            "needs",
            "contradiction",
            f"Besoins : « {field_labels.of('no_need')} » est noté, et des besoins aussi ; gardez l’un ou l’autre",
        )


def _age_of_action(record: EncounterFields, _: Evidence) -> Iterator[Problem]:
    bands = choices.load("action")[record.action].more.get("age_bands")
    if bands and record.age_band not in [*bands, "inconnu"]:
        yield Problem(
            "age_band",
            "age_outside_action",
            "Tranche d’âge : en dehors des 16-25 ans de cette action ; vérifiez l’action",
            warning=True,
        )


def _twice(field_name: str, values: Sequence[str], advice: str) -> Iterator[Problem]:
    if len(set(values)) == len(values):  # as nearly always: counting costs four times as much
        return
    for value, count in Counter(values).items():
        if count > 1:
            yield Problem(
                field_name, "twice", f"{field_labels.of(field_name)} : « {value} » y est {count} fois ; {advice}"
            )


def _parts_once(record: EncounterFields, _: Evidence) -> Iterator[Problem]:
    """Require one need per theme (A4-06) and one referral per service: asking again does not count again
    (A3-08)."""
    themes, rights = choices.load("theme"), choices.load("right")
    yield from _twice("needs", [themes.label_of(n.theme) for n in record.needs], "gardez-le une seule fois")
    yield from _twice("rights", [rights.label_of(r.right) for r in record.rights], "gardez-le une seule fois")
    yield from _twice(
        "obstacles",
        [choices.load("obstacle").label_of(o.kind) for o in record.obstacles],
        "gardez-le une seule fois",
    )
    yield from _twice(
        "referrals", [r.service for r in record.referrals], "gardez une seule orientation par service"
    )
    ids = record.subject_ids
    if len(set(ids)) < len(ids):
        yield Problem(
            "id",
            "twice",
            "Identifiant : deux parties de la rencontre ont le même ; ressaisissez l’une d’elles",
        )


def _referrals(record: EncounterFields, evidence: Evidence) -> Iterator[Problem]:
    themes = {n.theme for n in record.needs}
    for i, referral in enumerate(record.referrals):
        if evidence.services is not None and referral.service not in evidence.services:
            yield Problem(
                f"referrals.{i}.service",
                "unknown_code",
                f"Service : « {referral.service} » n’est pas dans"
                " l’annuaire ; choisissez-en un autre, ou demandez à la coordination de l’ajouter",
            )
        if referral.theme is not None and referral.theme not in themes:
            yield Problem(
                f"referrals.{i}.theme",
                "no_such_need",
                "Orientation : elle répond à un besoin qui n’est pas noté",
                warning=True,
            )


def _outcome(record: FollowUpFields, evidence: Evidence) -> Iterator[Problem]:
    outcomes = choices.load(OUTCOME_LIST[record.subject_kind])
    if record.outcome not in outcomes:
        yield Problem(
            "outcome",
            "unknown_code",
            f"Suite : « {record.outcome[:40]} » n’est pas dans la liste « {outcomes.label} »",
        )
    if record.reason is not None and record.outcome not in FAILED:
        yield Problem("reason", "contradiction", "Motif : il n’a de sens que si cela n’a pas abouti ; retirez-le")
    made = evidence.subject_days.get(record.subject_id)
    if made is not None and record.day < made:
        yield Problem(
            "day",
            "before_subject",
            f"Jour : la suite est avant la rencontre du {french.format_day(made)} ; corrigez le jour",
        )


def _margins(record: GroupSessionFields, _: Evidence) -> Iterator[Problem]:
    """Require margins that are parts of the headcount: each code once, and never more people than came."""
    ages, genders = choices.load("age_band"), choices.load("gender")
    yield from _twice("ages", [ages.label_of(a.age_band) for a in record.ages], "gardez-le une seule fois")
    yield from _twice("genders", [genders.label_of(g.gender) for g in record.genders], "gardez-le une seule fois")
    for name, counts in (("ages", record.ages), ("genders", record.genders)):
        people = sum(count.people for count in counts)
        if people > record.headcount:
            yield Problem(
                name,
                "above_headcount",
                f"{field_labels.of(name)} : {people} en tout, plus que le nombre de participants "
                f"({record.headcount}) ; corrigez l’un ou l’autre",
            )


def _structure_said(record: PartnerContactFields, _: Evidence) -> Iterator[Problem]:
    """Require the name of the structure: indicators count distinct ones, and only a municipal team is known by its
    commune alone."""
    if record.partner_type != "equipe-municipale" and not record.structure:
        yield Problem("structure", "missing", "Structure : écrivez le nom de la structure rencontrée")


def _known_service(record: ServiceReportFields, evidence: Evidence) -> Iterator[Problem]:
    if evidence.services is not None and record.service not in evidence.services:
        yield Problem(
            "service",
            "unknown_code",
            f"Service : « {record.service} » n’est pas dans l’annuaire ; choisissez-en un",
        )


def _minutes(record: PresenceFields, _: Evidence) -> Iterator[Problem]:
    if record.minutes > LONG_PRESENCE:
        yield Problem("minutes", "long", "Durée : plus de 12 heures sur place ; vérifiez", warning=True)


_RULES: dict[type[Fields], tuple[Callable[[Any, Evidence], Iterator[Problem]], ...]] = {
    EncounterFields: (
        _day,
        _within_action,
        _first_contact,
        _age_of_action,
        _parts_once,
        _need_or_none,
        _referrals,
    ),
    FollowUpFields: (_day, _outcome),
    GroupSessionFields: (_day, _within_action, _margins),
    PartnerContactFields: (_day, _within_action, _structure_said),
    PresenceFields: (_day, _within_action, _minutes),
    ServiceReportFields: (_day, _known_service),
}
