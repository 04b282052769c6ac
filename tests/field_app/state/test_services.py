"""The directory in the field: found nearby, called, and reported when it is wrong."""

from __future__ import annotations

from datetime import date

import flet as ft
import pytest

from field_app.directory import Directory, Entry, Filters
from field_app.state import services as states
from field_app.state.desk import Desk
from field_app.state.forms import proposed
from field_app.state.services import Services
from field_app.store.kept import Kept
from field_app.store.local_store import LocalStore
from shared import choices, territory
from shared.models import ServiceFields
from tests.field_app.screens.test_screens import home, screen  # noqa: F401  # the fixtures of the screens
from tests.field_app.store.test_full_memory import session_of
from tests.field_app.world import full
from tests.flet_headless import Screen


def pulled(service_id: str, **fields: object) -> Kept:
    return Kept(service_id, "service", {"name": service_id.title(), **fields}, "received")


@pytest.fixture
async def services(desk: Desk) -> Services:
    found = Services(_desk=desk)
    await found.take([])
    return found


async def reports(store: LocalStore) -> list[Kept]:
    return [k for k in await store.all() if k.kind == "service_report"]


async def test_the_commune_used_last_is_where_distances_start(services: Services, desk: Desk) -> None:
    await proposed.keep_last({"commune": "90052", "place_type": "mairie"}, desk)
    await services.take([])
    assert services.entries[0].km == pytest.approx(0, abs=0.5)
    await services.put_commune("90053")
    assert services.entries[0].service.commune == "90053"
    assert await desk.store.note("last used") == {"commune": "90053", "place_type": "mairie"}
    await services.put_commune("75056")
    assert services.commune == "90053"


async def test_open_now_leaves_out_what_is_closed_and_what_is_unknown(services: Services, desk: Desk) -> None:
    found = [pulled("ouvert", opening_hours="Tu 09:00-17:00"), pulled("ferme", opening_hours="Mo 09:00-17:00"),
             pulled("inconnu", opening_hours="sur rendez-vous")]  # fmt: skip
    desk.directory = Directory(found)
    await services.take(found)
    assert {"ouvert", "ferme", "inconnu"} <= {e.id for e in services.entries}
    services.look_for(Filters(), open_now=True)
    assert [e.id for e in services.entries if not e.is_line] == ["ouvert"]


async def test_a_need_of_another_family_goes_when_the_family_changes(services: Services) -> None:
    need = next(iter(choices.load("theme").by_code.values()))
    other = next(c for c in choices.load("theme_group").by_code if c != need.group)
    services.look_for(Filters(theme=need.code, group=need.group or ""), open_now=False)
    assert services.filters.theme == need.code
    services.look_for(Filters(theme=need.code, group=other), open_now=False)
    assert (services.filters.theme, services.filters.group) == ("", other)


async def test_an_error_is_kept_to_be_sent_and_once_a_day(
    services: Services, store: LocalStore, desk: Desk
) -> None:
    services.show("mobijob")
    await services.report("telephone-faux")
    assert services.notice == states.THANKS.format(problem="téléphone faux")
    assert desk.bell.is_set()
    [kept] = await reports(store)
    assert kept.state == "pending"
    assert kept.fields == {"service": "mobijob", "problem": "telephone-faux", "day": "2026-03-10"}
    await services.report("telephone-faux")
    assert services.notice == states.ALREADY
    reopened = Services(_desk=desk)
    await reopened.take(await store.all())
    reopened.show("mobijob")
    await reopened.report("telephone-faux")
    assert reopened.notice == states.ALREADY
    assert len(await reports(store)) == 1
    await reopened.report("horaires-faux")
    assert len(await reports(store)) == 2


async def test_an_error_reported_by_a_slip_of_the_finger_is_taken_back(
    services: Services, store: LocalStore
) -> None:
    services.show("mobijob")
    await services.report("ferme-definitivement")
    assert services.notice == "Signalé : fermé définitivement. La coordination le recevra au prochain envoi."
    await services.take_back()
    await services.take_back()  # tapped twice
    assert (services.notice, await reports(store)) == ("", [])
    await services.report("ferme-definitivement")  # meant, this time
    assert len(await reports(store)) == 1
    services.show("mobijob")
    assert services.last is None  # the way back goes with the screen


async def test_a_full_disk_is_said_and_the_error_can_be_reported_again(
    services: Services, store: LocalStore
) -> None:
    services.show("mobijob")
    with full(store, "sealed"):
        await services.report("autre")
    assert (services.problem, services.notice) == (states.NOT_KEPT, "")
    await services.report("autre")
    assert len(await reports(store)) == 1


async def test_a_report_the_rules_refuse_is_said_and_not_kept(services: Services, store: LocalStore) -> None:
    services.show("mobijob")
    await services.report("later")
    assert services.problem
    assert await reports(store) == []


@pytest.mark.parametrize(
    ("phone", "dialled"),
    [
        ("0384000000 / 0600000000", ["tel:0384000000", "tel:0600000000"]),
        ("03.84.00.00.00 ou 0600000000", ["tel:0384000000", "tel:0600000000"]),
        ("0384000000-0600000000", ["tel:0384000000", "tel:0600000000"]),
        ("+33 3 84 00 00 00", ["tel:+33384000000"]),
        ("39 19", ["tel:3919"]),
        ("115 / 116 117", ["tel:115"]),
        ("accueil", []),
        (None, []),
    ],
)
def test_each_number_of_a_service_is_dialled_alone(phone: str | None, dialled: list[str]) -> None:
    service = ServiceFields(name="Mairie", phone=phone)
    assert list(states.calls(service).values()) == dialled
    assert states.call(service) == next(iter(dialled), "")


def test_what_is_said_of_a_service() -> None:
    service = ServiceFields(
        name="Mairie & co", phone="03 84 00 00 00", latitude=47.74, longitude=6.82, commune="90052"
    )
    assert states.call(service) == "tel:0384000000"
    assert states.route(service, ft.PagePlatform.ANDROID) == "geo:47.74,6.82?q=47.74,6.82(Mairie%20%26%20co)"
    apple = "https://maps.apple.com/?ll=47.74,6.82&q=Mairie%20%26%20co"
    assert states.route(service, ft.PagePlatform.IOS) == apple
    for desk in (ft.PagePlatform.WINDOWS, None):
        assert states.route(service, desk).startswith("https://www.openstreetmap.org/?mlat=47.74&mlon=6.82")
    assert states.place(service) == territory.communes()["90052"].name
    assert states.verified(service) == "Non vérifié : à confirmer avant d’orienter"
    checked = service.model_copy(update={"verified_on": date(2026, 3, 12)})
    assert states.verified(checked) == "Vérifié le 12/03/2026"
    bare = ServiceFields(name="Sans rien", status="adresse non sourcée")  # the coordination's words
    assert (states.call(bare), states.route(bare, ft.PagePlatform.ANDROID)) == ("", "")
    assert states.verified(bare) == "Non vérifié : à confirmer avant d’orienter"
    said = [states.distance(Entry("x", bare, km)) for km in (None, 0.2, 8.64)]
    assert said == ["distance inconnue", "moins de 1 km", "8,6 km"]


async def test_a_worker_finds_a_service_and_reports_it(home: Screen) -> None:  # noqa: F811  # the fixture
    await home.tap("Annuaire")
    assert home.says("35 services")
    for left in (25, 15, 5):
        await home.tap(f"Afficher la suite ({left})")
    with pytest.raises(StopIteration):
        home.button("Afficher la suite (5)")
    await home.type_in("Rechercher un service", "MOBIJOB")
    assert home.says("1 service,")
    await home.tap("Voir Mobijob (MIFE 90)")
    assert home.says("Non vérifié")
    await home.tap("Téléphone faux")
    assert home.says("Signalé : téléphone faux.")
    await home.tap("Retour à la liste")
    await home.type_in("Rechercher un service", "zzz")
    assert home.says("Aucun service trouvé")
    await home.type_in("Rechercher un service", "mobijob")
    await home.choose("Ouvert maintenant")
    assert home.says("Aucun service ouvert en ce moment, à notre connaissance. Horaires inconnus pour 1 autre")


async def test_a_filter_is_chosen_from_its_list(home: Screen) -> None:  # noqa: F811  # the fixture
    await home.tap("Annuaire")
    await home.choose("Filtres")
    await home.type_in("Commune où je suis", "grandvilar")
    await home.choose("Grandvillars")
    field = next(c for c in home.all(ft.Dropdown) if c.label == "Famille de besoins")
    await home.event(field, "select", value="numerique")
    assert home.says("Grandvillars")
    assert home.says("moins de 1 km")
    assert not home.says("35 services")


async def test_the_way_to_a_service_is_a_link_that_only_a_tap_follows(home: Screen) -> None:  # noqa: F811  # fixture
    await home.tap("Annuaire")
    await home.type_in("Rechercher un service", "france services giromagny")
    await home.tap("Voir France Services Giromagny")
    links = {
        str(b.content): b.url for b in home.all(ft.OutlinedButton) if isinstance(b, ft.OutlinedButton) and b.url
    }
    assert list(links) == ["Itinéraire"]  # its telephone is not known: nothing to call
    [url] = links.values()
    assert isinstance(url, ft.Url)
    assert url.url.startswith("geo:47.74184,6.82541?q=")  # a tablet of the field is an Android
    assert url.target == ft.UrlTarget.BLANK
    assert home.says("Téléphone inconnu")
    assert home.says("Horaires inconnus")


async def test_the_hours_and_the_public_are_said_in_full(
    home: Screen,  # noqa: F811  # the fixture
) -> None:
    public = next(iter(choices.load("public").by_code.values()))
    raw = {"name": "Ludothèque", "opening_hours": "Mo-Fr 09:00-17:00", "phone": "03 84", "publics": [public.code]}
    await session_of(home)._opened.store.keep(Kept("ludotheque", "service", raw, "received"))
    await home.tap("Annuaire")
    await home.type_in("Rechercher un service", "ludotheque")  # the server's own services may have come in by now
    assert home.says("1 service,")
    assert home.says("distance inconnue")
    assert home.says("Ouvert, ferme à 17 h")
    await home.tap("Voir Ludothèque")
    assert home.says("Lundi à vendredi : 9 h – 17 h")
    assert home.says(f"Publics : {public.label}")
    links = [b.url for b in home.all(ft.OutlinedButton) if isinstance(b, ft.OutlinedButton) and b.url]
    assert [url.url for url in links if isinstance(url, ft.Url)] == ["tel:0384"]


async def test_more_services_are_drawn_when_asked_and_anew_after_another_search(services: Services) -> None:
    services.more()
    assert services.most == 2 * states.PAGE
    services.look_for(Filters("france"), open_now=False)
    assert services.most == states.PAGE


async def test_a_service_the_coordination_deleted_meanwhile_leaves_the_list_shown(
    services: Services, desk: Desk
) -> None:
    services.show("mobijob")
    assert services.entry is not None
    gone = Kept("mobijob", "service", {}, "received", deleted=True)
    desk.directory = Directory([gone])
    await services.take([gone])
    assert services.entry is None
    assert "mobijob" not in {e.id for e in services.entries}
