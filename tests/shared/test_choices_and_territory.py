"""The lists and the territory: complete, stable, French, and as their sources say."""

from __future__ import annotations

import json
import re
from datetime import date

import pytest

from shared import choices, field_labels, territory
from shared.models import KINDS, Fields, ServiceFields
from shared.models.encounter import NeedFields, ObstacleFields, ReferralFields, RightFields

HOUSING = """a-la-rue squat-ou-abri-de-fortune hebergement-en-structure heberge-chez-un-tiers logement-menace
    logement inconnu"""
RIGHTS = """rsa prime-d-activite aide-au-logement complementaire-sante-solidaire aspa cheque-energie
    aah-ou-dossier-mdph contrat-d-engagement-jeune aide-mobilite domiciliation aide-medicale-de-l-etat apa
    aide-aux-jeunes-majeurs fonds-de-solidarite-logement droit-au-logement-opposable prestations-familiales
    allocation-chomage retraite-ou-reversion autre"""


@pytest.mark.parametrize("name", choices.names())
def test_codes_are_ascii_and_labels_french(name: str) -> None:
    found = choices.load(name)
    assert found.by_code
    for choice in found.by_code.values():
        assert re.fullmatch(r"[a-z0-9][a-z0-9-]*", choice.code)
        assert choice.label == choice.label.strip() != ""
        assert "'" not in choice.label


def test_a_list_that_is_none_says_so() -> None:
    with pytest.raises(FileNotFoundError):
        choices.load("colour")


def test_a_retired_code_stays_valid_and_is_no_longer_proposed() -> None:
    kept = choices.Choice("a", "A", 1)
    retired = choices.Choice("b", "B", 2, retired_on=date(2026, 1, 1))
    both = choices.ChoiceList("x", "X", {"a": kept, "b": retired})
    assert "b" in both
    assert both.on(date(2025, 12, 31)) == [kept, retired]
    assert both.on(date(2026, 1, 1)) == [kept]
    assert both.label_of("b") == "B"
    assert both.label_of("later") == "later"


@pytest.mark.parametrize(
    ("name", "codes"),
    [
        ("age_band", "moins-de-16 16-17 18-21 22-25 26-39 40-59 60-74 75-et-plus inconnu"),
        ("first_contact", "oui non ne-sait-pas"),
        ("slot", "matin apres-midi soiree nuit inconnu"),
        ("referral_mode", "information prise-de-rendez-vous accompagnement-physique"),
        ("outcome_obstacle", "repere en-cours leve non-leve"),
        ("outcome_right", "repere demande-deposee ouvert refuse abandonne inconnu"),
        ("action", "jeunes trait-dunion"),
        ("housing", HOUSING),
        ("right", RIGHTS),
    ],
)
def test_codes_never_change(name: str, codes: str) -> None:
    assert list(choices.load(name).by_code) == codes.split()


def test_the_outcomes_of_a_referral_never_change_nor_their_order() -> None:
    first, *_, last = found = list(choices.load("outcome_referral").by_code)
    assert (first, last, len(found)) == ("proposee", "sans-nouvelle", 9)
    assert found.index("rendez-vous-pris") < found.index("honoree") < found.index("acces-effectif")


def test_what_is_known_goes_further_than_no_news_and_what_ended_well_further_still() -> None:
    for name in ("outcome_referral", "outcome_obstacle", "outcome_right"):
        ranks = choices.ranks(name)
        assert list(ranks) == list(choices.load(name).by_code)
        assert len(set(ranks.values())) == len(ranks)
        assert min(ranks.values()) > 0  # below all of them: an outcome of a later version
    referral, right = choices.ranks("outcome_referral"), choices.ranks("outcome_right")
    assert max(referral, key=lambda code: referral[code]) == "acces-effectif"
    assert {c for c in referral if referral[c] <= referral["rendez-vous-pris"]} == {
        "proposee", "sans-nouvelle", "rendez-vous-pris"
    }  # fmt: skip
    assert sorted(right, key=lambda code: right[code])[:2] == ["repere", "inconnu"]
    assert max(choices.ranks("outcome_obstacle").items(), key=lambda one: one[1])[0] == "leve"


def test_every_local_theme_counts_under_a_national_one() -> None:
    themes = choices.load("theme")
    local = [c for c in themes.by_code.values() if "--local-" in c.code]
    assert len(local) == 2
    assert all(c.national in themes and "--local-" not in c.national for c in local if c.national)
    assert all(c.national for c in local)
    assert all(c.group in choices.load("theme_group") for c in themes.by_code.values())


def test_the_proposed_themes_are_few_enough_for_a_screen() -> None:
    assert sum(c.proposed for c in choices.load("theme").by_code.values()) == 26


def test_every_profile_field_has_an_unknown() -> None:
    for name in (
        "age_band",
        "gender",
        "household",
        "housing",
        "activity",
        "rsa",
        "already_followed",
        "contact_mode",
    ):
        assert "inconnu" in choices.load(name)


def test_a_right_that_is_known_by_its_letters_says_its_words_too() -> None:
    labels = {c.code: c.label for c in choices.load("right").by_code.values()}
    for code, letters in (
        ("aide-medicale-de-l-etat", "AME"), ("apa", "APA"), ("fonds-de-solidarite-logement", "FSL"),
        ("droit-au-logement-opposable", "DALO"), ("aide-aux-jeunes-majeurs", "ASE"),
    ):  # fmt: skip
        words = re.findall(r"\w+", labels[code])
        assert letters in words
        assert len(words) > 2


def test_there_are_101_communes_and_140_255_inhabitants() -> None:
    communes = territory.communes()
    assert len(communes) == 101
    assert sum(c.population for c in communes.values()) == 140_255
    assert [communes[i].name for i in ("90010", "90033", "90052")] == ["Belfort", "Delle", "Giromagny"]
    assert [c.name for c in communes.values()] == sorted(c.name for c in communes.values())


def test_the_three_epci_come_largest_first() -> None:
    assert list(territory.epcis().values()) == ["CA Grand Belfort", "CC du Sud Territoire", "CC des Vosges du Sud"]


def test_town_halls_lie_in_the_territory() -> None:
    for commune in territory.communes().values():
        assert 47.4 < commune.latitude < 47.9
        assert 6.7 < commune.longitude < 7.2


def test_the_outlines_are_those_of_the_communes() -> None:
    from importlib.resources import files

    raw = json.loads((files("shared.territory") / "communes_90.geojson").read_text("utf-8"))
    assert {f["properties"]["insee"] for f in raw["features"]} == set(territory.communes())


def test_the_services_are_well_formed_and_say_what_is_not_verified() -> None:
    services = territory.services()
    assert len({s["id"] for s in services}) == len(services) == 35
    for raw in services:
        service = ServiceFields.model_validate({k: v for k, v in raw.items() if k != "id"})
        assert service.source
        assert service.status
        assert service.verified_on is None


def test_the_three_france_services_of_the_pact_are_known() -> None:
    network = {s["id"] for s in territory.services() if s["network"] == "france-service"}
    assert network >= {"france-services-giromagny", "france-services-valdoie", "france-services-grandvillars"}


def test_every_field_a_person_enters_has_a_french_label() -> None:
    models: list[type[Fields]] = [*KINDS.values(), NeedFields, ObstacleFields, RightFields, ReferralFields]
    for model in models:
        assert set(model.model_fields) <= set(field_labels.FIELDS)
    assert set(KINDS) <= set(field_labels.KIND_LABELS)


def test_a_path_is_named_by_its_last_named_part() -> None:
    assert field_labels.of("needs.0.theme") == "Besoin"
    assert field_labels.of("needs.12") == "Besoins"
    assert field_labels.of("Mme Untel") == "Champ inconnu"
    assert field_labels.of("") == "Contenu"
