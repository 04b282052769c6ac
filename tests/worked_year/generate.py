"""Made records.json and expected.json, once: `python -m tests.worked_year.generate`. Both are frozen.

Everybody in it is invented. Few communes, places and structures, so that every indicator has something to count in
most EPCI and quarters; then edits, deletions, repeats, late follow-ups, and days just outside the year.
"""

from __future__ import annotations

import json
from datetime import date, timedelta
from random import Random
from typing import Any

from shared import choices, ids
from tests.worked_year import CELLS, CUT_OFF, EXPECTED, FILE, FIRST, LAST, expected

COMMUNES = ["90010", "90099", "90052", "90065", "90088", "90033", "90053", "90009"]
MARKS = [("90010", 2025), ("90099", 2025), ("90052", 2025), ("90065", 2025), ("90033", 2025), ("90053", 2025),
         ("90088", 2026)]  # fmt: skip
"""Belfort does not count, and what is marked in 2026 is not of the T0."""
SERVICES = ["france-services-giromagny", "france-services-valdoie", "mission-locale", "mobijob", "caf-90",
            "ccas-de-delle"]  # fmt: skip
STRUCTURES = {
    "college": ["Collège Val de Rosemont", "college val-de-rosemont", "Collège Jules Ferry"],
    "lycee": ["Lycée Courbet"],
    "association": ["Les Mains ouvertes", "LES MAINS OUVERTES", "Roue libre"],
    "club": ["Club de boxe de Delle"],
    "centre-social": ["Centre social de la Douce"],
    "ccas": ["CCAS de Delle", "CCAS de Giromagny"],
    "france-services": ["France Services Giromagny"],
}
THEMES = ["sante--acces-aux-soins", "remobilisation--lien-social", "equipement-et-alimentation--alimentation"]
AGES = {"jeunes": ["16-17", "18-21", "18-21", "22-25", "26-39", "inconnu"],
        "trait-dunion": ["18-21", "26-39", "40-59", "60-74", "inconnu"]}  # fmt: skip
FIRST_CONTACTS = [("oui", "oui")] * 4 + [("oui", "non"), ("oui", "ne-sait-pas"), ("ne-sait-pas", "ne-sait-pas"),
                                        ("non", "non")]  # fmt: skip


class Year:
    """One year of invented records, the same each time."""

    def __init__(self, seed: int = 2025) -> None:
        self.random = Random(seed)
        self.sent: list[dict[str, Any]] = []

    def records(self) -> list[dict[str, Any]]:
        for number in range(58):
            self.encounter("jeunes" if number % 5 < 2 else "trait-dunion")
        for number in range(40):
            self.presence("jeunes" if number % 2 else "trait-dunion")
        for number in range(12):
            self.session(number)
        for number in range(36):
            self.partner("jeunes" if number % 2 else "trait-dunion")
        self.follow_ups()
        self.edits()
        return self.sent

    def send(self, kind: str, fields: dict[str, Any]) -> None:
        made = self.new_id(fields["day"])
        self.sent.append({"id": made, "kind": kind, "revision": 1, "fields": fields})

    def new_id(self, day: str) -> str:
        return ids.new_id(date.fromisoformat(day), self.random.getrandbits(112))

    def one(self, of: Any) -> Any:
        return self.random.choice(list(of))

    def code(self, name: str) -> str:
        return str(self.one(choices.load(name).by_code))

    def there(self, action: str) -> dict[str, Any]:
        """A day of the year, or rarely one just outside; the first and the last are there too."""
        near = [FIRST, LAST, FIRST - timedelta(1), LAST + timedelta(1)]
        day = FIRST + timedelta(self.random.randrange(365))
        if self.random.random() < 0.08:
            day = self.one(near)
        return {"action": action, "day": str(day), "commune": self.one(COMMUNES)}

    def encounter(self, action: str) -> None:
        fields = self.there(action)
        year, ever = self.one(FIRST_CONTACTS)
        fields |= {
            "place_type": self.one(["espace-public", "pied-d-immeuble", "mairie"]),
            "age_band": self.one(AGES[action]),
            "gender": self.code("gender"),
            "activity": self.one(["ni-emploi-ni-etudes-ni-formation"] * 3 + ["demandeur-d-emploi", "en-emploi",
                                                                           "inconnu"]),
            "rsa": self.code("rsa"),
            "already_followed": self.one(["oui", "non", "non", "inconnu"]),
            "first_contact_year": year,
            "first_contact_ever": ever,
            "accompanied": self.random.random() < 0.3,
            "needs": [{"theme": t} for t in self.random.sample(THEMES, self.random.randrange(3))],
        }  # fmt: skip
        day = fields["day"]
        fields["obstacles"] = [{"id": self.new_id(day), "kind": k} for k in self.some(["mobilite", "langue"])]
        fields["rights"] = [{"id": self.new_id(day), "right": r} for r in self.some(["rsa", "cheque-energie"])]
        fields["referrals"] = [
            {"id": self.new_id(day), "service": s, "accepted": self.random.random() < 0.85}
            for s in self.random.sample(SERVICES, self.random.randrange(3))
        ]
        self.send("encounter", fields)

    def some(self, of: list[str]) -> list[str]:
        return self.random.sample(of, self.one([0, 0, 1, 1, 2]))

    def presence(self, action: str) -> None:
        fields = self.there(action) | {"place_type": self.one(["espace-public", "mairie"])}
        self.send("presence", fields | {"minutes": self.one([45, 90, 150]), "agents": self.one([1, 2, 3])})

    def session(self, number: int) -> None:
        fields = self.there("jeunes" if number % 4 else "trait-dunion") | {"place_type": "equipement-sportif"}
        sort = "extra-scolaire" if number % 3 else "atelier"
        fields |= {"session_type": sort, "school_holidays": self.code("school_holidays")}
        self.send("group_session", fields | {"headcount": self.random.randint(3, 30)})

    def partner(self, action: str) -> None:
        sort = self.one(["equipe-municipale"] * 4 + ["college"] * 3 + ["association"] * 2 + [*STRUCTURES])
        purpose = self.one(
            ["presentation", "action-commune", "action-commune", "signalement", "suivi-d-orientation"]
        )
        fields = self.there(action) | {"partner_type": sort, "purpose": purpose}
        if sort != "equipe-municipale":
            fields["structure"] = self.one(STRUCTURES[sort])
        self.send("partner_contact", fields)

    def follow_ups(self) -> None:
        """Of most referrals, obstacles and rights: some after the cut-off, some twice, some twice on one day."""
        parts = [("referrals", "referral"), ("obstacles", "obstacle"), ("rights", "right")]
        met = [r["fields"] for r in self.sent if r["kind"] == "encounter"]
        for fields in met:
            for name, kind in parts:
                for part in fields[name]:
                    for _ in range(self.one([0, 0, 0, 1, 1, 1, 2])):
                        self.follow_up(fields["day"], kind, part["id"])

    def follow_up(self, met: str, kind: str, subject: str) -> None:
        day = date.fromisoformat(met) + timedelta(self.one([0, 5, 5, 20, 45, 90]))
        if day <= CUT_OFF + timedelta(30):
            good = {"referral": ["honoree", "acces-effectif"], "obstacle": ["leve"], "right": ["ouvert"]}[kind]
            outcome = self.one(good) if self.random.random() < 0.4 else self.code(f"outcome_{kind}")
            fields = {"subject_id": subject, "subject_kind": kind, "day": str(day), "outcome": outcome}
            self.send("follow_up", fields)

    def edits(self) -> None:
        """Corrections that move a record to another place, deletions, and a repeat to the letter."""
        firsts = [r for r in self.sent if r["kind"] != "follow_up"]
        for number, record in enumerate(self.random.sample(firsts, 12)):
            again = {"id": record["id"], "kind": record["kind"], "revision": 2, "base_revision": 1}
            if number % 3 == 0:
                self.sent.append(again | {"deleted": True, "fields": {}})
            else:
                moved = record["fields"] | {"commune": self.one(COMMUNES)}
                self.sent.append(again | {"fields": moved})
        self.sent.append(self.sent[3])


if __name__ == "__main__":
    lines = ",\n".join(json.dumps(r, ensure_ascii=False) for r in Year().records())
    FILE.write_text(f'{{"marks": {json.dumps(MARKS)},\n"records": [\n{lines}\n]}}\n', "utf-8")
    cells = []
    for name, (days, kept) in CELLS.items():
        told = expected(*days, kept)
        rows = [f'"{code}": {json.dumps([getattr(t, n) for n in t.__slots__])}' for code, t in told.items()]
        cells.append(f'"{name}": {{\n' + ",\n".join(rows) + "}")
    EXPECTED.write_text("{" + ",\n".join(cells) + "}\n", "utf-8")
