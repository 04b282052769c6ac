"""Checks: what looks wrong in the records, for the coordinator to judge. A check never changes a count: it points.

A record whose standing revision was validated is pointed at no more: « vu, c’est juste ».
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, select

from shared import field_labels
from sync_server.intake.store import RECORD
from sync_server.records import quality_checks
from sync_server.records.quality_checks import Find, Scope
from sync_server.records.record_list import REVIEW, join_reviews
from sync_server.records.reviews import VALIDATED
from sync_server.storage.database import in_chunks


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that may be wrong: what it says in a line of the list, what it means, and what to do."""

    code: str
    label: str
    sentence: str
    find: Find


@dataclass(frozen=True, slots=True)
class Flag:
    """A check and how many records it points at."""

    check: Check
    count: int


def flags(connection: Connection, scope: Scope) -> list[Flag]:
    """Return every check, with how many records it points at."""
    return [Flag(check, len(list_flagged(connection, scope, code))) for code, check in CHECKS.items()]


def list_flagged(connection: Connection, scope: Scope, code: str) -> list[str]:
    """List the ids of the records that a check points at."""
    found = sorted(set(CHECKS[code].find(connection, scope)))
    settled: set[str] = set()
    for part in in_chunks(found):
        query = join_reviews(select(RECORD.c.id)).where(
            RECORD.c.territory == scope.territory,
            RECORD.c.id.in_(part),
            REVIEW.c.state == VALIDATED,
        )
        settled.update(connection.scalars(query))
    return [record_id for record_id in found if record_id not in settled]


def flag_records(connection: Connection, scope: Scope) -> Mapping[str, list[Check]]:
    """Return the checks that point at each of the records `scope.only`."""
    found: dict[str, list[Check]] = defaultdict(list)
    for code, check in CHECKS.items():
        for record_id in list_flagged(connection, scope, code):
            found[record_id].append(check)
    return found


CHECKS: Mapping[str, Check] = {
    check.code: check
    for check in (
        Check(
            "jour-ancien",
            "Jour ancien",
            f"Reçue plus de {quality_checks.LATE} jours après le jour noté : vérifiez le jour.",
            quality_checks.late,
        ),
        Check(
            "jour-futur",
            "Jour futur",
            "Le jour noté est dans l’avenir : corrigez le jour.",
            quality_checks.future,
        ),
        Check(
            "effectif",
            "Effectif élevé",
            "Séance dont l’effectif est très au-dessus des autres : vérifiez le nombre.",
            quality_checks.far_out(quality_checks.SESSION, "headcount", 60),
        ),
        Check(
            "minutes",
            "Durée élevée",
            "Présence dont la durée est très au-dessus des autres : vérifiez les minutes.",
            quality_checks.far_out(quality_checks.PRESENCE, "minutes", 8 * 60),
        ),
        Check(
            "agents",
            "Agents nombreux",
            "Présence avec bien plus d’agents que les autres : vérifiez le nombre.",
            quality_checks.far_out(quality_checks.PRESENCE, "agents", 6),
        ),
        Check(
            "doublon",
            "Doublon probable",
            "Même équipe, commune, lieu, créneau, âge, genre et besoins, à un jour près : si c’est la même"
            " rencontre, supprimez-en une.",
            quality_checks.alike,
        ),
        Check(
            "plus-de-24-h",
            "Plus de 24 h",
            "Les présences de l’équipe ce jour-là font plus de 24 heures par agent : vérifiez les minutes et les"
            " agents.",
            quality_checks.long_days,
        ),
        Check(
            "sans-presence",
            "Sans présence",
            "Rencontre dans une commune où l’équipe n’a pas noté de présence, un jour où elle en a noté"
            " ailleurs : vérifiez la commune, ou faites noter la présence.",
            quality_checks.nobody_there,
        ),
        Check(
            "orientee-sans-besoin",
            "Orientée sans besoin",
            f"« {field_labels.of('no_need')} » est noté, et une orientation aussi : ajoutez le besoin, ou retirez"
            " l’orientation.",
            quality_checks.referred_without_need,
        ),
        Check(
            "nom-de-personne",
            "Nom de personne",
            "Le nom d’une structure ressemble à celui d’une personne, à une adresse ou à un numéro : si c’est bien"
            " quelqu’un, corrigez-le ; si la structure s’appelle ainsi, validez.",
            quality_checks.named,
        ),
        Check(
            "service-retire",
            "Service retiré",
            "Orientation faite après le jour où son service a été retiré de l’annuaire : choisissez le service qui"
            " l’a remplacé. L’annuaire ne sait pas quel jour le service a fermé.",
            quality_checks.to_gone,
        ),
        Check(
            "service-non-verifie",
            "Service non vérifié",
            "Orientation vers un service que personne n’a vérifié : vérifiez-le dans l’annuaire, le signalement"
            " s’éteint de lui-même.",
            quality_checks.to_unverified,
        ),
    )
}
"""By code, in the order they are shown."""
