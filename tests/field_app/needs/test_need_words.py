"""A need is found by what a worker hears in the street, however it is typed."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from field_app.state.forms.needs import MOST, find, tile_rows
from shared import choices
from shared.search_text import plain

DAY = date(2026, 3, 10)
THEMES = choices.load("theme").on(DAY)
HEARD = {
    "accompagnement-aux-demarches-administratives": "papiers | impots | formulaire | un courrier de la préfecture",
    "accompagnement-pour-lacces-aux-droits": "caf | RSA | chomage | retraite | sécu | CMU | assistante sociale",
    "situation-dendettement-surendettement": "dettes | huissier | crédit | banque de france | surendetement",
    "alimentation": "faim | j’ai faim | colis | manger | resto du coeur | nouriture | epicerie solidaire",
    "rechercher-une-solution-dhebergement-temporaire": "sdf | dort dans sa voiture | squat | foyer | a la rue",
    "se-maintenir-dans-le-logement": "logement | expulsion | punaises de lit | insalubre | moisissures",
    "acces-aux-soins": "dentiste | médecin | medcin | lunettes | vaccin | pharmacie | mal soigné",
    "sante-mentale": "psy | psychologue | psycologue | déprime | suicide | deuil | idées noires | angoise",
    "lien-social": "solitude | isolé | seul | ennui | veuve | personne à qui parler",
    "soutien-a-la-parentalite-et-a-leducation": "enfants | ado | pmi | enceinte | ses enfants | parentalité",
    "garde-denfants": "crèche | nounou | creche | garde d'enfant | assistante maternelle | cantine",
    "preparer-un-permis": "permis | code de la route | auto ecole | le permis | permi",
    "organiser-ses-demarches-de-recherche-demploi": "travail | boulot | france travail | cherche un job | interim",
    "trouver-sa-formation": "stage | apprentissage | aprentissage | bac | alternance | cfa | formation",
    "local-decrochage-scolaire": "école | collège | décrochage | exclu du collège | déscolarisé",
    "surmonter-conflits-separation-violence": "violences | mari | mon mari me frappe | divorce | violense | 3919",
    "addictions": "alcool | drogue | cannabis | shit | il boit | alcolique | csapa",
    "constituer-un-dossier-mdph-invalidite": "handicap | mdph | aah | fauteuil | handicapé | rqth",
    "accompagnement-pour-lacces-a-la-citoyennete": "titre de séjour | carte d’identité | oqtf | asile",
    "acceder-a-un-vehicule": "voiture | vélo | scooter",
    "financer-ma-mobilite": "essence | payer le permis | carburant",
    "mobilite-douce-partagee-collective": "bus | train | covoiturage | optymo",
    "entretenir-reparer-son-vehicule": "panne | garage | contrôle technique | voiture en panne",
    "reduire-les-impayes-de-loyer": "loyer | impayé | retard de loyer",
    "louer-un-logement": "appartement | hlm | demande de logement | studio",
    "local-precarite-energetique": "électricité | chauffage | facture d’électricité | électrictié",
    "acquerir-une-autonomie-budgetaire": "banque | rib | ouvrir un compte",
    "ameliorer-sa-gestion-budgetaire": "budget | argent | fins de mois",
    "maitriser-le-francais": "français | ne sait pas lire | lire | illettrisme | fle",
    "maitriser-les-fondamentaux-du-numerique": "ordi | ordinateur | informatique",
    "acceder-a-des-services-en-ligne": "internet | mot de passe | franceconnect | ameli",
    "acceder-a-une-connexion-internet": "wifi | forfait | box",
    "acquerir-un-equipement": "téléphone | portable | imprimante",
    "activites-sportives-et-culturelles": "sport | foot | vacances | loisirs",
    "sante-sexuelle": "contraception | dépistage | planning familial | préservatifs",
    "electromenager": "frigo | machine à laver | meubles | matelas",
    "habillement": "vêtements | habits | vetement | manteau",
    "prendre-en-compte-une-problematique-judiciaire": "avocat | prison | tribunal | amende | justice",
    "mettre-en-place-une-mesure-de-protection-financiere": "tutelle | curatelle | udaf",
    "prise-en-charge-personne-dependante": "ehpad | alzheimer | grand mère",
    "realiser-un-cv-et-ou-une-lettre-de-motivation": "cv | lettre de motivation",
    "connaitre-les-opportunites-demploi-a-letranger": "suisse | frontalier",
    "connaitre-ses-droits-face-a-une-discrimination": "racisme | discrimination | homophobie",
    "maintien-dans-lemploi": "licenciement | accident du travail | patron",
}
"""By the end of the code of a need, what is said or typed for it."""
MISSED = {
    "rechercher-une-solution-dhebergement-temporaire": "115 | le 115 | douche | se laver | chien | dehor",
    "prendre-en-compte-une-problematique-judiciaire": "vol | volé | arnaque | cambriolaje | vol de téléphone",
    "accompagnement-pour-lacces-aux-droits": "adresse | ame | aide médicale | radiation caf | RSA coupé",
    "accompagnement-aux-demarches-administratives": "adresse | enterrement | acte de naissence",
    "local-decrochage-scolaire": "inscription école | scolarité | harcelement scolaire | inscription college",
    "soutien-a-la-parentalite-et-a-leducation": "couches | inscription à l’école | gamin | cartable",
    "alimentation": "couches | couche bebe | soupe | produit d'hygiene",
    "acces-aux-soins": "hygiène | hygienne | piqûre | piqure | dantiste | hopitale | se faire vacciner | poux",
    "prise-en-charge-personne-dependante": "vieux | mamie | maison de retraite",
    "lien-social": "vieux | copains",
    "sante-mentale": "décédé | decede | il est mort | cauchemard | mon mari est décédé",
    "addictions": "clopes | bière | boire | parie sportif | drogé",
    "prevenir-une-degradation-de-la-situation-financiere": "plus de sous | mendier | fauché",
    "mettre-en-place-une-mesure-de-protection-financiere": "sous tutelle",
    "acquerir-une-autonomie-budgetaire": "carte bleu | compte bloqué",
    "maintien-dans-lemploi": "viré | démission | fiche de paye",
    "local-precarite-energetique": "chaudiere | courrant | eau chaude",
    "habillement": "pantalon | sac de couchage",
    "electromenager": "meuble | chaise | aspirateur",
    "organiser-ses-demarches-de-recherche-demploi": "taf | bosser",
    "se-maintenir-dans-le-logement": "cafards | humidité",
    "sante-sexuelle": "capote | serviette hygienique",
}
"""What was typed in vain, or led elsewhere, before each need had these words."""
CASES = [
    (words.strip(), code)
    for listed in (HEARD, MISSED)
    for code, heard in listed.items()
    for words in heard.split("|")
]
MISLED = {
    "douche": "mobilite-douce-partagee-collective",
    "vol": "benevolat-action-citoyenne",
    "chien": "developper-son-entreprise",
    "ame": "ameliorer-sa-gestion-budgetaire",
    "bus": "structurer-son-projet-de-creation-dentreprise",
    "gaz": "electromenager",
    "inscription école": "preparer-un-permis",
    "clian": "developper-son-entreprise",
}
"""What was typed, and the need that it must not propose: its letters are in a word of another subject."""


def test_there_are_enough_situations() -> None:
    assert len(CASES) >= 230


@pytest.mark.parametrize(("typed", "code"), CASES, ids=[typed for typed, _ in CASES])
def test_what_is_heard_finds_the_need_among_the_first_three(typed: str, code: str) -> None:
    assert code in [need.code.partition("--")[2] for need in find(typed, THEMES)[:3]]


@pytest.mark.parametrize(("typed", "code"), MISLED.items())
def test_a_word_does_not_lead_to_another_subject(typed: str, code: str) -> None:
    assert code not in [need.code.partition("--")[2] for need in find(typed, THEMES)]


@pytest.mark.parametrize("need", THEMES, ids=lambda need: need.code)
def test_each_need_has_words_of_its_own_and_is_found_by_them(need: choices.Choice) -> None:
    assert len(need.more["words"]) >= 2
    assert find(need.plain, THEMES)[0] == need
    assert need in find(need.label.upper(), THEMES)
    for words in need.more["words"]:
        found = find(words, THEMES)
        assert need in found, words
        assert len(found) <= MOST


@given(st.sampled_from([(n, w) for n in THEMES for w in n.more["words"] if len(w) > 5 and w.isalpha()]), st.data())
def test_a_word_with_one_typo_finds_its_need(found: tuple[choices.Choice, str], data: st.DataObject) -> None:
    need, word = found[0], plain(found[1])
    at = data.draw(st.integers(0, len(word) - 1))
    typed = data.draw(st.sampled_from([word[:at] + word[at + 1 :], word[:at] + word[at] + word[at:]]))
    written = (other for n in THEMES for w in (*n.more["words"], n.label) for other in plain(w).split())
    if not any(other.startswith(typed) for other in written):  # « douce » is a word of another need
        assert need in find(typed, THEMES)[:MOST]


@given(st.text(max_size=80))
def test_whatever_is_typed_each_need_comes_once(typed: str) -> None:
    codes = [need.code for need in find(typed, THEMES)]
    assert len(codes) == len(set(codes)) <= MOST


def test_a_whole_sentence_proposes_only_what_holds_most_of_it() -> None:
    assert [need.plain for need in find("mon mari me frappe", THEMES)] == ["Violences, séparation, conflits"]
    assert [need.plain for need in find("plus rien à manger", THEMES)] == ["Manger"]


@pytest.mark.parametrize("typed", ["", "   ", "zzzz", "—"])
def test_what_means_nothing_finds_nothing(typed: str) -> None:
    assert find(typed, THEMES) == []


def test_a_local_need_is_found_by_its_own_name_and_by_the_words_of_the_national_one() -> None:
    national = choices.load("theme")["numerique--acceder-a-une-connexion-internet"]
    local = choices.Choice("local--fibre", "Fibre en panne", 900, national=national.code, group=national.group)
    assert local in find("fibre en pane", [*THEMES, local])
    assert local in find("wifi", [*THEMES, local])


def test_the_everyday_needs_are_few_in_a_constant_order_each_with_a_short_name() -> None:
    rows = [[need.plain for need in row] for row in tile_rows(DAY).values()]
    assert rows == [
        ["Papiers, démarches", "Droits et aides", "Dettes"],
        ["Manger", "Où dormir", "Garder son logement"],
        ["Se soigner", "Moral, psy", "Lien social"],
        ["Parents, enfants", "Permis", "Travail", "Formation"],
    ]


def test_a_need_that_is_retired_leaves_the_tiles(monkeypatch: pytest.MonkeyPatch) -> None:
    themes = choices.load("theme")
    first = next(iter(themes.by_code.values()))
    gone = choices.Choice(first.code, first.label, 1, retired_on=date(2026, 1, 1), more=first.more)
    monkeypatch.setattr(choices, "load", lambda _: choices.ChoiceList("theme", "", {first.code: gone}))
    assert tile_rows(DAY) == {}


LIKELIEST = {
    "Décrochage scolaire": "école | inscription | inscription à l'école | collège | lycée",
    "Parents, enfants": "enfants | ado | bébé | enceinte",
    "Garde d’enfants": "crèche | inscription crèche | cantine",
    "Formation": "formation | stage | étudiant | inscription fac",
    "Travail": "travail | emploi | mission locale",
    "Réduire les impayés de loyer": "loyer impayé | loyer | retard de loyer",
    "Garder son logement": "logement | expulsion",
    "Où dormir": "dormir | rue | 115",
    "Manger": "manger | faim | colis",
    "Papiers, démarches": "papiers | courrier | impôts",
    "Droits et aides": "aide | caf | rsa | retraite | carte vitale",
    "Titre de séjour, identité, citoyenneté": "titre de séjour | carte d'identité",
    "Handicap, dossier MDPH": "handicap | aah",
    "Se soigner": "médecin | dentiste | mutuelle",
    "Moral, psy": "psy | mal-être | suicide",
    "Addictions": "alcool | drogue",
    "Violences, séparation, conflits": "violence | mari",
    "Lien social": "seul | isolé",
    "Permis": "permis | auto-école",
    "Dettes": "dettes | huissier",
}
"""The words of every day in outreach work, by the need that must come first."""
ALONE = {"école": "Permis", "loyer impayé": "Dettes", "mari": "Travail"}
"""A word, and a need that it must not bring."""


@pytest.mark.parametrize(
    ("typed", "first"), [(word.strip(), need) for need, words in LIKELIEST.items() for word in words.split("|")]
)
def test_the_likeliest_words_bring_their_need_first(typed: str, first: str) -> None:
    assert find(typed, THEMES)[0].plain == first


def test_the_likeliest_words_are_forty_at_least() -> None:
    assert sum(len(words.split("|")) for words in LIKELIEST.values()) >= 40


@pytest.mark.parametrize(("typed", "need"), ALONE.items())
def test_a_word_of_every_day_brings_nothing_odd(typed: str, need: str) -> None:
    assert need not in [found.plain for found in find(typed, THEMES)]


def test_an_unpaid_rent_brings_the_need_of_every_day_too() -> None:
    """Its tile is where a thumb looks for it."""
    found = [need.plain for need in find("loyer impayé", THEMES)]
    assert found[:2] == ["Réduire les impayés de loyer", "Garder son logement"]


def test_an_inscription_is_of_school_before_it_is_of_work() -> None:
    found = [need.plain for need in find("inscription", THEMES)]
    assert found[:2] == ["Décrochage scolaire", "Parents, enfants"]
    assert found.index("Travail") > 1
