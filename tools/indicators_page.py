"""Writes docs/indicateurs.md from the declarations (`make indicateurs`). A test fails when it is stale."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from shared import choices
from sync_server.figures import declarations, dimensions
from sync_server.figures.declarations import Condition, Indicator
from sync_server.figures.vocabulary import BASE, CODED, COMMUNES, DEPRIVED, STOCK, VIEWS
from sync_server.reports.indicator_report import NOTES
from sync_server.steering import goals

PAGE = Path(__file__).resolve().parent.parent / "docs" / "indicateurs.md"
HEADING = """# Les indicateurs

Page écrite par `make indicateurs` d’après `sync_server/figures/indicators.toml` : ce que la console et les exports
comptent et affichent. Pour changer une définition, changez la déclaration, puis refaites la page. Les lignes
« l. » renvoient au pacte local des solidarités du Territoire de Belfort (décembre 2023). Les choix faits là où
une définition en laissait un sont dans [decisions/0003](decisions/0003-what-the-counts-mean.md).
"""
ROWS = {
    "fact_encounter": "rencontres",
    "fact_need": "besoins",
    "fact_referral": "orientations",
    "fact_obstacle": "freins repérés",
    "fact_right": "rencontres où un droit est repéré",
    "fact_presence": "présences",
    "fact_session": "séances collectives",
    "fact_partner": "partenariats",
    "fact_relay": "partenariats, et des orientations vers un CCAS de l’annuaire",
    "fact_commune_year": "présences dans une commune marquée « dépourvue » au T0",
}
FIRSTS = {
    "first_contact_year": "Premier contact de l’année",
    "first_contact_ever": "Tout premier contact",
}
FLAGS = {"outside_system": "Hors dispositif", "accompanied": "Accompagnement fait"}
WHOLES = {
    COMMUNES: "les communes du territoire, ou celles de l’EPCI ou de la commune affichés",
    DEPRIVED: "les communes marquées « dépourvues » au T0, ou celles de l’EPCI affiché",
}


def page() -> str:
    """Write the whole page."""
    return "\n".join([HEADING, *_method(), *_summary(), *_details()]) + "\n"


def _method() -> Iterator[str]:
    yield "## Comment lire ces chiffres\n"
    yield from (f"- {note}" for note in NOTES)
    yield ""


def _summary() -> Iterator[str]:
    yield "## Liste\n"
    yield "| code | indicateur | unité | pacte |"
    yield "|---|---|---|---|"
    for i in declarations.load().values():
        yield f"| [{i.code}](#{i.code.lower()}) | {i.label} | {i.unit} | {i.source} |"
    yield ""


def _details() -> Iterator[str]:
    for action in choices.load("action").by_code.values():
        yield f"## Fiche {action.more['fiche']} – {action.label}\n"
        for indicator in declarations.load().values():
            if indicator.section == action.code:
                yield from _one(indicator)


def _one(i: Indicator) -> Iterator[str]:
    yield f"### {i.code}\n"
    yield f"**{i.label}** ({i.unit}). {i.definition}\n"
    yield f"- Règle : {i.rule}"
    yield f"- Compte : {_counted(i)} ; {_said(i.where, i.of)}."
    if i.up_to:
        yield f"- Haut de fourchette : ajoute {_said(i.up_to, i.of)}."
    if i.whole:
        yield f"- {_sort(i)} sur : {_whole(i)}."
    if i.unknown:
        place = "hors du dénominateur" if i.unknown_aside else "dans le dénominateur"
        yield f"- Toujours donné, {place} : {i.unknown_label} ({_said(i.unknown, i.of)})."
    yield f"- Sens voulu : {goals.format_direction(i.lower_is_better)}."
    if i.apart_label:
        yield f"- À part : {i.apart_label}."
    yield f"- Ventilations et filtres : {', '.join(_low(dimensions.LABELS[name]) for name in i.by)}."
    yield f"- Source : {i.sourced}.\n"


def _counted(i: Indicator) -> str:
    rows = "droits repérés" if (i.of, i.count) == ("fact_right", "rows") else ROWS[i.of]
    if i.sum:
        return f"minutes × agents des {rows}, divisées par {i.per}"
    once = {"commune": "communes distinctes des ", "structure": "structures distinctes des "}
    found = f"{once.get(str(i.count), '')}{rows}"
    if i.at_least > 1:
        found += f", quand il y en a au moins {i.at_least} dans une année"
    return found + (f" de plus de {i.older_than} jours à la date d’arrêté" if i.older_than is not None else "")


def _sort(i: Indicator) -> str:
    return "Taux" if i.rate_of else "Moyenne" if i.mean_of else "Part"


def _whole(i: Indicator) -> str:
    [first, *_] = i.whole
    if first == BASE:
        return f"les mêmes ; {_said({**i.where, **i.base}, i.of)}"
    if first == STOCK:
        kinds = choices.load("partner_type")
        return " + ".join(f"{number} ({kinds.label_of(kind)})" for kind, number in i.stock.items())
    return WHOLES.get(first) or " + ".join(i.whole)


def _said(condition: Condition, of: str) -> str:
    """Write a condition in words: the label of each column, and those of its codes."""
    return " ; ".join(_one_column(of, name, codes) for name, codes in condition.items())


def _one_column(of: str, name: str, codes: tuple[str, ...]) -> str:
    if name in FLAGS:
        return f"{FLAGS[name].lower()} : {', '.join(codes)}"
    known = choices.load(VIEWS[of].outcomes if name == "outcome" else CODED[name])
    label = FIRSTS.get(name, known.label)
    return f"{_low(label)} : {', '.join(f'« {known.label_of(code)} »' for code in codes)}"


def _low(label: str) -> str:
    return label if label.isupper() else label[0].lower() + label[1:]


def main() -> None:
    """Write the page to its file."""
    PAGE.write_text(page(), "utf-8")


if __name__ == "__main__":
    main()
