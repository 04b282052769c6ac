"""The proportions that invented records are drawn from, made up for the purpose, by what the field would find
likely.

No figure here was measured. Codes are those of `shared/choices`; every structure is invented and its name says so.
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from random import Random
from typing import Generic, NamedTuple, TypeVar

from shared import choices

Thing = TypeVar("Thing")


@dataclass(frozen=True, slots=True)
class Share(Generic[Thing]):
    """Things to draw from, each with the weights up to and with it."""

    things: Sequence[Thing]
    bounds: Sequence[float]

    def draw(self, random: Random) -> Thing:
        """Draw one of them."""
        return self.things[bisect(self.bounds, random.random() * self.bounds[-1])]  # nosec B311  # plausibility, not secrecy


def share(weights: Mapping[Thing, float]) -> Share[Thing]:
    """Make a share from things and their weights."""
    return Share(tuple(weights), tuple(accumulate(weights.values())))


class Step(NamedTuple):
    """What a follow-up says, and how many days after the one before (or the encounter), at least and at most."""

    outcome: str
    least: int
    most: int


class Structure(NamedTuple):
    """An invented partner: its kind (`partner_type`), its commune, its name."""

    kind: str
    commune: str
    name: str


STAGES = {
    "moins-de-16": "eleve", "16-17": "eleve", "18-21": "jeune", "22-25": "jeune", "26-39": "actif",
    "40-59": "actif", "60-74": "aine", "75-et-plus": "aine", "inconnu": "inconnu",
}  # fmt: skip
"""The stage of life that an age band tells, for what depends on it."""
ACTIONS = share({"trait-dunion": 65, "jeunes": 35})
AGES = {
    "jeunes": share({"moins-de-16": 2, "16-17": 25, "18-21": 40, "22-25": 25, "inconnu": 8}),
    "trait-dunion": share(
        {"18-21": 5, "22-25": 8, "26-39": 24, "40-59": 30, "60-74": 18, "75-et-plus": 9, "inconnu": 6}
    ),
}
GENDERS = share({"femme": 48, "homme": 46, "autre-ou-non-precise": 1, "inconnu": 5})
PLACES = {
    "jeunes": share({
        "espace-public": 30, "pied-d-immeuble": 20, "equipement-sportif": 13, "etablissement-scolaire": 10,
        "centre-social": 8, "transport-ou-gare": 7, "evenement": 5, "local-associatif": 5, "autre": 2,
    }),
    "trait-dunion": share({
        "pied-d-immeuble": 17, "mairie": 17, "espace-public": 16, "marche-ou-commerce": 11, "aide-alimentaire": 10,
        "domicile": 9, "centre-social": 7, "esd": 5, "local-associatif": 4, "evenement": 2, "autre": 2,
    }),
}  # fmt: skip
TOWN = 3_000
"""From so many people on, a commune has what is in `OF_A_TOWN`; elsewhere the team is in the other place."""
OF_A_TOWN = {
    "pied-d-immeuble": "espace-public", "centre-social": "local-associatif", "esd": "mairie",
    "transport-ou-gare": "espace-public", "aide-alimentaire": "mairie",
}  # fmt: skip
SLOTS = {
    "jeunes": share({"matin": 12, "apres-midi": 55, "soiree": 30, "nuit": 3}),
    "trait-dunion": share({"matin": 40, "apres-midi": 48, "soiree": 12}),
}
IN_THE_STREET = share({"presence-de-rue": 80, "venue-spontanee": 12, "action-collective": 5, "inconnu": 3})
_DESK = share({"permanence": 50, "adresse-par-une-structure": 26, "venue-spontanee": 22, "inconnu": 2})
CONTACT_MODES = {
    "mairie": share({"permanence": 45, "adresse-par-la-mairie": 40, "venue-spontanee": 15}),
    "domicile": share({"visite-a-domicile": 72, "adresse-par-la-mairie": 16, "appel-ou-message": 12}),
    "centre-social": _DESK,
    "aide-alimentaire": _DESK,
    "esd": _DESK,
    "local-associatif": _DESK,
    "etablissement-scolaire": share({"action-collective": 55, "adresse-par-une-structure": 45}),
    "evenement": share({"action-collective": 70, "venue-spontanee": 30}),
}
"""By place; elsewhere the team walks about (`IN_THE_STREET`)."""
ACTIVITIES = {
    "eleve": share({
        "scolarise-ou-etudiant": 62, "en-formation": 10, "ni-emploi-ni-etudes-ni-formation": 16, "inconnu": 12,
    }),
    "jeune": share({
        "ni-emploi-ni-etudes-ni-formation": 34, "demandeur-d-emploi": 18, "scolarise-ou-etudiant": 16,
        "en-emploi": 12, "en-formation": 10, "inconnu": 10,
    }),
    "actif": share({
        "demandeur-d-emploi": 34, "en-emploi": 24, "ni-emploi-ni-etudes-ni-formation": 17, "autre": 9,
        "en-formation": 4, "inconnu": 12,
    }),
    "aine": share({"retraite": 78, "autre": 6, "demandeur-d-emploi": 6, "inconnu": 10}),
    "inconnu": share({"inconnu": 70, "demandeur-d-emploi": 18, "en-emploi": 12}),
}  # fmt: skip
HOUSEHOLDS = {
    "eleve": share({"chez-ses-parents": 86, "seul": 4, "inconnu": 10}),
    "jeune": share({"chez-ses-parents": 44, "seul": 28, "couple": 8, "seul-avec-enfant-s": 8, "inconnu": 12}),
    "actif": share({
        "seul": 34, "seul-avec-enfant-s": 24, "couple-avec-enfant-s": 18, "couple": 12, "inconnu": 12,
    }),
    "aine": share({"seul": 56, "couple": 34, "inconnu": 10}),
    "inconnu": share({"inconnu": 80, "seul": 20}),
}  # fmt: skip
HOUSING = {
    "eleve": share({"logement": 84, "logement-menace": 3, "hebergement-en-structure": 3, "inconnu": 10}),
    "jeune": share({
        "logement": 52, "heberge-chez-un-tiers": 20, "logement-menace": 6, "hebergement-en-structure": 5,
        "squat-ou-abri-de-fortune": 3, "a-la-rue": 2, "inconnu": 12,
    }),
    "actif": share({
        "logement": 55, "heberge-chez-un-tiers": 11, "logement-menace": 10, "hebergement-en-structure": 6,
        "squat-ou-abri-de-fortune": 3, "a-la-rue": 3, "inconnu": 12,
    }),
    "aine": share({"logement": 80, "logement-menace": 8, "hebergement-en-structure": 2, "inconnu": 10}),
    "inconnu": share({"inconnu": 80, "logement": 20}),
}  # fmt: skip
RSA = {
    "eleve": share({"non": 90, "inconnu": 10}),
    "jeune": share({"non": 72, "oui": 6, "inconnu": 22}),
    "actif": share({"oui": 34, "non": 44, "inconnu": 22}),
    "aine": share({"non": 82, "oui": 4, "inconnu": 14}),
    "inconnu": share({"inconnu": 80, "non": 20}),
}
ALREADY_FOLLOWED = share({"oui": 42, "non": 38, "inconnu": 20})
FOLLOWED_OUTSIDE = share({"oui": 24, "non": 60, "inconnu": 16})
"""Of those who neither work, learn nor train."""
DURATIONS = share(
    {"moins-de-10-min": 22, "de-10-a-30-min": 44, "de-30-a-60-min": 21, "plus-d-une-heure": 8, "inconnu": 5}
)
FIRST_THIS_YEAR = share({"oui": 45, "non": 45, "ne-sait-pas": 10})
FIRST_EVER = share({"oui": 55, "non": 40, "ne-sait-pas": 5})
ASKED = 0.6
"""Of those without a need, how many were asked and expressed none."""
LAST_MILES = share({"geographique": 34, "numerique": 30, "social": 24, "culturel": 12})
MODES = share({"information": 42, "prise-de-rendez-vous": 42, "accompagnement-physique": 16})
_GROUPS = {
    "jeunes": {
        "choisir-un-metier": 12, "preparer-sa-candidature": 12, "se-former": 12, "mobilite": 6,
        "remobilisation": 6, "sante": 6, "logement-hebergement": 4, "difficultes-administratives-ou-juridiques": 4,
    },
    "trait-dunion": {
        "difficultes-administratives-ou-juridiques": 12, "equipement-et-alimentation": 9, "sante": 9,
        "numerique": 7, "difficultes-financieres": 6, "logement-hebergement": 6, "mobilite": 5,
        "famille": 4, "remobilisation": 4,
    },
}  # fmt: skip


def themes(action: str) -> Share[str]:
    """Share out what the people an action meets need: themes the tablets propose, by their group."""
    proposed = [c.code for c in choices.load("theme").by_code.values() if c.proposed]
    return share({code: _GROUPS[action].get(code.partition("--")[0], 2) for code in proposed})


OBSTACLES = share({
    "mobilite": 22, "numerique": 15, "complexite-des-demarches": 14, "defiance-envers-les-institutions": 10,
    "meconnaissance-de-l-offre": 9, "sante": 7, "horaires-ou-distance": 6, "logement": 4,
    "crainte-du-regard-interconnaissance": 6, "garde-d-enfants": 4, "cout": 4, "langue": 3, "autre": 1,
})  # fmt: skip
RIGHTS = {
    "jeunes": share({
        "contrat-d-engagement-jeune": 40, "aide-mobilite": 18, "complementaire-sante-solidaire": 15,
        "aide-au-logement": 14, "prime-d-activite": 10, "autre": 3,
    }),
    "trait-dunion": share({
        "rsa": 20, "complementaire-sante-solidaire": 20, "aide-au-logement": 14, "prime-d-activite": 13,
        "cheque-energie": 11, "aspa": 8, "aah-ou-dossier-mdph": 8, "aide-mobilite": 4, "autre": 2,
    }),
}  # fmt: skip

_APPOINTMENT, _CAME = Step("rendez-vous-pris", 2, 10), Step("honoree", 4, 21)
COURSES: Mapping[str, Share[tuple[Step, ...]]] = {
    "referral": share({
        (_APPOINTMENT, _CAME, Step("acces-effectif", 14, 60)): 20,
        (_CAME, Step("acces-effectif", 14, 60)): 9,
        (_APPOINTMENT, _CAME): 14,
        (_CAME,): 8,
        (_APPOINTMENT,): 7,
        (_APPOINTMENT, Step("non-presentee", 4, 21)): 9,
        (Step("refusee-par-le-service", 5, 20),): 5,
        (Step("refusee-par-la-personne", 5, 25),): 4,
        (Step("sans-suite", 25, 50),): 5,
        (Step("sans-nouvelle", 45, 75),): 5,
        (): 14,
    }),
    "obstacle": share({
        (Step("en-cours", 7, 30), Step("leve", 21, 90)): 20,
        (Step("leve", 7, 60),): 12,
        (Step("en-cours", 7, 45),): 18,
        (Step("non-leve", 30, 90),): 12,
        (): 38,
    }),
    "right": share({
        (Step("demande-deposee", 3, 21), Step("ouvert", 25, 80)): 32,
        (Step("demande-deposee", 3, 21), Step("refuse", 25, 80)): 8,
        (Step("demande-deposee", 3, 21),): 16,
        (Step("abandonne", 20, 60),): 8,
        (): 36,
    }),
}  # fmt: skip
"""What becomes of a referral, an obstacle or a right; nothing more is heard of some."""
REASONS = {
    "non-presentee": share({"non-presentee": 5, "non-mobile": 4, "non-joignable": 3, "frein-persistant": 3}),
    "refusee-par-le-service": share({"service-complet": 5, "non-eligible": 5}),
    "refusee-par-la-personne": share({"plus-interessee": 6, "frein-persistant": 2, "autre": 1}),
    "sans-suite": share({"non-joignable": 5, "plus-interessee": 3, "frein-persistant": 2, "doublon": 1}),
    "non-leve": share({"frein-persistant": 6, "non-mobile": 3, "autre": 1}),
    "refuse": share({"non-eligible": 9, "autre": 1}),
    "abandonne": share({"plus-interessee": 4, "non-joignable": 3, "frein-persistant": 3}),
}
TOLD_BY_THE_SERVICE = frozenset({"honoree", "acces-effectif", "refusee-par-le-service"})

SESSION_TYPES = {
    "jeunes": share(
        {"extra-scolaire": 34, "atelier": 26, "information-collective": 20, "sortie": 12, "evenement": 8}
    ),
    "trait-dunion": share({"information-collective": 48, "atelier": 36, "evenement": 12, "autre": 4}),
}
SESSION_PLACES = {
    "jeunes": share(
        {"etablissement-scolaire": 40, "centre-social": 28, "equipement-sportif": 22, "evenement": 10}
    ),
    "trait-dunion": share({"mairie": 38, "centre-social": 30, "local-associatif": 22, "aide-alimentaire": 10}),
}
HOLIDAYS = (((2, 14), (2, 28)), ((4, 11), (4, 25)), ((7, 5), (8, 31)), ((10, 18), (11, 2)), ((12, 20), (12, 31)))
"""First and last month and day of the school holidays, about: the true days move each year."""
PARTNERS = {
    "jeunes": share({
        "equipe-municipale": 18, "college": 26, "lycee": 14, "association": 16, "club": 14, "centre-social": 12,
    }),
    "trait-dunion": share({
        "equipe-municipale": 46, "association": 18, "ccas": 16, "france-services": 9, "club": 6, "autre": 5,
    }),
}  # fmt: skip
PURPOSES = share({
    "coordination": 26, "action-commune": 26, "presentation": 20, "suivi-d-orientation": 16, "signalement": 10,
    "autre": 2,
})  # fmt: skip
STRUCTURES = tuple(
    Structure(kind, commune, f"{words} (structure fictive)")
    for kind, commune, words in (
        ("college", "90010", "Collège de Belfort-Nord"),
        ("college", "90010", "Collège de Belfort-Sud"),
        ("college", "90052", "Collège de Giromagny"),
        ("college", "90033", "Collège de Delle"),
        ("college", "90009", "Collège de Beaucourt"),
        ("college", "90053", "Collège de Grandvillars"),
        ("college", "90099", "Collège de Valdoie"),
        ("lycee", "90010", "Lycée de Belfort-Centre"),
        ("lycee", "90033", "Lycée professionnel de Delle"),
        ("lycee", "90099", "Lycée de Valdoie"),
        ("association", "90052", "Épicerie solidaire de Giromagny"),
        ("association", "90033", "Entraide de Delle"),
        ("association", "90009", "Habitants de Beaucourt"),
        ("association", "90099", "Soutien scolaire de Valdoie"),
        ("association", "90010", "Atelier vélo de Belfort"),
        ("association", "90053", "Aînés de Grandvillars"),
        ("club", "90052", "Club de football de Giromagny"),
        ("club", "90033", "Club de judo de Delle"),
        ("club", "90075", "Club de handball d’Offemont"),
        ("ccas", "90099", "CCAS de Valdoie"),
        ("ccas", "90033", "CCAS de Delle"),
        ("ccas", "90075", "CCAS d’Offemont"),
        ("centre-social", "90009", "Centre social de Beaucourt"),
        ("centre-social", "90010", "Centre social de Belfort-Ouest"),
        ("centre-social", "90052", "Centre social de Giromagny"),
        ("france-services", "90052", "France Services de Giromagny"),
        ("france-services", "90053", "France Services de Grandvillars"),
        ("autre", "90010", "Bailleur social du territoire"),
    )
)


@cache
def of_kinds(*kinds: str) -> Sequence[Structure]:
    """List the structures of these kinds."""
    return tuple(structure for structure in STRUCTURES if structure.kind in kinds)
