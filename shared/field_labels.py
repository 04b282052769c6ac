"""The French name of each field: one wording for the tablet, the console, the exports and the refusals."""

from __future__ import annotations

from datetime import date

from shared import french

FIELDS = {
    "id": "Identifiant",
    "kind": "Type d’enregistrement",
    "revision": "Révision",
    "base_revision": "Révision de départ",
    "deleted": "Suppression",
    "fields": "Contenu",
    "action": "Action",
    "day": "Jour",
    "commune": "Commune",
    "place_type": "Lieu",
    "slot": "Créneau",
    "contact_mode": "Mode de contact",
    "age_band": "Tranche d’âge",
    "gender": "Genre",
    "household": "Situation familiale",
    "housing": "Situation de logement",
    "activity": "Situation d’activité",
    "rsa": "RSA",
    "already_followed": "Déjà suivi par une structure",
    "first_contact_year": "Premier contact cette année",
    "first_contact_ever": "Tout premier contact",
    "duration_band": "Durée",
    "accompanied": "Accompagnement réalisé",
    "no_need": "Pas de besoin, simple échange",
    "needs": "Besoins",
    "theme": "Besoin",
    "expression": "Expression du besoin",
    "last_mile": "Dernier kilomètre",
    "obstacles": "Freins",
    "rights": "Droits repérés",
    "right": "Droit repéré",
    "referrals": "Orientations",
    "service": "Service",
    "mode": "Mode d’orientation",
    "accepted": "Orientation acceptée",
    "subject_id": "Orientation, frein ou droit concerné",
    "subject_kind": "Objet de la suite",
    "outcome": "Suite",
    "reason": "Motif",
    "reported_by": "Signalé par",
    "coupon": "Coupon d’orientation",
    "session_type": "Type de séance",
    "partner": "Partenaire",
    "establishment": "Établissement",
    "school_holidays": "Pendant les vacances scolaires",
    "headcount": "Nombre de participants",
    "ages": "Participants par âge",
    "genders": "Participants par genre",
    "people": "Nombre de personnes",
    "partner_type": "Type de partenaire",
    "purpose": "Objet du contact",
    "structure": "Structure",
    "problem": "Erreur constatée",
    "minutes": "Durée en minutes",
    "agents": "Nombre d’agents",
    "name": "Nom",
    "presentation": "Présentation",
    "network": "Réseau porteur",
    "themes": "Besoins auxquels il répond",
    "publics": "Publics accueillis",
    "phone": "Téléphone",
    "address": "Adresse",
    "latitude": "Latitude",
    "longitude": "Longitude",
    "opening_hours": "Horaires d’ouverture",
    "languages": "Langues parlées",
    "access": "Accès",
    "wheelchair": "Fauteuil roulant",
    "source": "Source",
    "status": "État de l’information",
    "verified_on": "Vérifié le",
}
"""Field name on the wire to what a worker reads. A test fails when a field of a record has none."""

NO_NEED = "simple échange"
"""What a line about an encounter says where the person expressed no need."""

KIND_LABELS = {
    "encounter": "Rencontre",
    "follow_up": "Suite",
    "group_session": "Séance collective",
    "partner_contact": "Partenariat",
    "presence": "Présence",
    "service": "Service",
    "service_report": "Erreur d’annuaire signalée",
}
"""Kind on the wire to what a worker reads."""

LISTS = {
    "first_contact_year": "first_contact",
    "first_contact_ever": "first_contact",
    "mode": "referral_mode",
    "problem": "service_problem",
    "purpose": "partner_purpose",
}
"""The choice list of a field that does not bear its name."""


WITHIN = {("obstacles", "kind"): "Frein"}
"""The fields of a part that bear the name of something else elsewhere, by the list and the field."""


def of(field: str) -> str:
    """Return the label of a field, or of the last named part of a path such as `needs.0.theme`.

    A name that is none of ours is not repeated: whatever it says would come back on a screen or in a log.
    """
    parts = [part for part in field.split(".") if part in FIELDS]
    if parts:
        return WITHIN.get((parts[-2] if len(parts) > 1 else "", parts[-1]), FIELDS[parts[-1]])
    return "Champ inconnu" if field else FIELDS["fields"]


def dated(kind: str, day: date | None) -> str:
    """Return what a record is called: its kind, and its day where it has one."""
    return f"{KIND_LABELS[kind]} du {french.format_day(day)}" if day else KIND_LABELS[kind]
