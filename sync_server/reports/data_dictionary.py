"""The data dictionary: what the columns of the sheets of records mean, the codes they hold, and the communes: so
that a file read in a year, or by another office, needs nobody to explain it. No record is read here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from shared import choices, field_labels
from shared import territory as territories
from sync_server.files.tabular import Column, Table, Value

DEFINITIONS, CODES, COMMUNES = "Définitions", "Codes", "Communes"
CODED = " (code)"
"""How the column of a code ends; that of its label follows, under the bare name."""
NATIONAL = " (code national)"
"""How the column ends of the code that a local one counts under."""
CODE, WORDS, MARK, DAY, YES = "code", "libellé", "identifiant", "date", "oui ou non"


@dataclass(frozen=True, slots=True)
class Meaning:
    """What one column says: its meaning, the list its codes come from (empty without codes), and its unit."""

    said: str
    of: str = ""
    unit: str = WORDS


FIELDS = {
    "place_type": "Sorte de lieu où la personne a été rencontrée.",
    "slot": "Moment de la journée ; l’heure n’est pas notée.",
    "contact_mode": "Comment la rencontre s’est faite.",
    "age_band": "Âge déclaré ou estimé, par tranche ; la date de naissance n’est pas notée.",
    "gender": "Genre de la personne.",
    "household": "Avec qui vit la personne.",
    "housing": "Où la personne dort à la date de la rencontre ; l’adresse n’est pas notée.",
    "activity": "Emploi, études, formation ou recherche, à la date de la rencontre.",
    "rsa": "Si la personne touche le RSA.",
    "already_followed": "Si une structure suivait déjà la personne lors de la rencontre.",
    "first_contact_year": "Si l’équipe rencontre la personne pour la première fois de l’année civile (R2).",
    "first_contact_ever": "Si l’équipe n’avait jamais rencontré la personne (R2).",
    "duration_band": "Durée de la rencontre, par tranche.",
    "theme": "Besoin repéré ; d’une orientation, le besoin auquel elle répond.",
    "expression": "Si la personne a dit ce besoin, ou si l’agent l’a détecté.",
    "last_mile": "Ce qui sépare encore la personne du service.",
    "mode": "Comment l’orientation a été faite.",
}
"""Of each coded field, what it says: it has a column for its code and one for its label."""
_BY_LABEL = {field_labels.of(field): field for field in FIELDS}
OTHERS = {
    "Rencontre": Meaning("Tiré au hasard : relie les lignes des feuilles, ne désigne personne.", unit=MARK),
    "Orientation": Meaning("Tiré au hasard : une orientation vers un service.", unit=MARK),
    "Jour": Meaning("Jour de la rencontre, jamais celui de l’envoi (R3).", unit=DAY),
    "Code de l’action": Meaning("Action choisie par l’agent, sans égard à l’âge (R6).", "Action", CODE),
    "Action": Meaning("Action choisie par l’agent, sans égard à l’âge (R6).", "Action"),
    "Code INSEE": Meaning("Commune où la personne a été rencontrée (R6).", COMMUNES, CODE),
    "Commune": Meaning("Commune où la personne a été rencontrée (R6).", COMMUNES),
    "Code de l’EPCI": Meaning("Numéro SIREN de l’EPCI de cette commune.", COMMUNES, CODE),
    "EPCI": Meaning("Intercommunalité de cette commune.", COMMUNES),
    field_labels.of("accompanied"): Meaning("Si une démarche a été faite avec la personne.", unit=YES),
    field_labels.of("no_need"): Meaning(
        "Si la personne, à qui on l’a demandé, n’a exprimé aucun besoin. « non » sans aucun besoin noté : on ne"
        " le sait pas.",
        unit=YES,
    ),
    "Code du service": Meaning("Service de l’annuaire vers lequel la personne est orientée.", "Annuaire", CODE),
    "Service": Meaning("Son nom dans l’annuaire, à ce jour.", "Annuaire"),
    field_labels.of("accepted"): Meaning(
        "Si la personne a accepté l’orientation quand elle a été faite.", unit=YES
    ),
    "Code de l’issue": Meaning(
        "Issue la plus avancée connue à la date d’arrêté (R4, R5).", "Issue de l’orientation", CODE
    ),
    "Issue": Meaning("Issue la plus avancée connue à la date d’arrêté (R4, R5).", "Issue de l’orientation"),
}
"""Of every other column, by its name."""
CODED_LISTS = (
    "action",
    *dict.fromkeys(field_labels.LISTS.get(field, field) for field in FIELDS),
    "outcome_referral",
)


def meaning(column: str) -> Meaning:
    """Return what that column says. Raises KeyError for a column that nobody has defined."""
    if column in OTHERS:
        return OTHERS[column]
    bare = column.removesuffix(NATIONAL).removesuffix(CODED)
    field = _BY_LABEL[bare]
    said = "Code national avec lequel le choix est compté." if column.endswith(NATIONAL) else FIELDS[field]
    return Meaning(said, list_of_field(field).label, WORDS if bare == column else CODE)


def tables(sheets: Mapping[str, Sequence[Column]], before: tuple[str, ...]) -> list[Table]:
    """Return the definitions of these columns, by sheet; every code of every list; the communes."""
    defined = [[sheet, c.name, m.said, m.of, m.unit] for sheet, c, m in _meant(sheets)]
    return [
        Table(
            DEFINITIONS,
            (
                Column("Feuille", width=14),
                Column("Colonne", width=34),
                Column("Ce qu’elle dit", width=70),
                Column("Liste de codes", width=28),
                Column("Unité", width=14),
            ),
            defined,
            before,
            (f"Les codes et leurs libellés sont dans « {CODES} », ceux des communes dans « {COMMUNES} ».",),
        ),
        Table(
            CODES,
            (
                Column("Liste", width=28),
                Column("Code", width=44),
                Column("Libellé", width=60),
                Column("Compté avec", width=44),
                Column("Retiré le", "date", 12),
            ),
            list(_codes()),
            before,
            ("Un code retiré n’est plus proposé et reste valable pour les anciennes saisies.",),
        ),
        _communes(before),
    ]


def _meant(sheets: Mapping[str, Sequence[Column]]) -> Iterable[tuple[str, Column, Meaning]]:
    return ((sheet, c, meaning(c.name)) for sheet, columns in sheets.items() for c in columns)


def list_of_field(field: str) -> choices.ChoiceList:
    """Return the list that the codes of that field come from."""
    return choices.load(field_labels.LISTS.get(field, field))


def _codes() -> Iterable[list[Value]]:
    for name in CODED_LISTS:
        found = choices.load(name)
        for one in found.by_code.values():
            yield [found.label, one.code, one.label, one.national, one.retired_on]


def _communes(before: tuple[str, ...]) -> Table:
    columns = (
        Column("Code INSEE", width=12),
        Column("Commune", width=28),
        Column("Code de l’EPCI", width=14),
        Column("EPCI", width=30),
        Column("Population", "number"),
    )
    every = territories.communes().values()
    rows: list[Sequence[Value]] = [[c.insee, c.name, c.epci, c.epci_name, c.population] for c in every]
    source = "Codes des communes : code officiel géographique de l’INSEE, 2026. Codes des EPCI : numéros SIREN."
    return Table(COMMUNES, columns, rows, before, (source,))
