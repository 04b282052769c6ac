"""`make screenshots`: every screen of the field app as it is installed from `/app/`, on a phone and on a tablet
held either way, its text as it is and twice as large, by night too, into `var/screenshots`.

`ONLY` names the walks wanted, `*` standing for anything: `ONLY=telephone-jour`, `ONLY='*-200'`. The pictures of
the guide and of the README are copied from there into `docs/images`.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from fnmatch import fnmatch
from itertools import product

from playwright.sync_api import Page, expect

from tests.browser import (
    PHONE,
    TABLET,
    Scheme,
    button,
    chip,
    choose_pin,
    open_app,
    reach,
    tap,
    text,
    type_in,
    window,
)
from tools.run import ROOT, cli, data_environment, launch, make_link, stop

OUT = ROOT / "var" / "screenshots"
UPRIGHT_TABLET, FLAT_PHONE = (800, 1280), (850, 400)
SIZES = {
    "tablette": TABLET, "telephone": PHONE, "tablette-portrait": UPRIGHT_TABLET, "telephone-paysage": FLAT_PHONE,
}  # fmt: skip
SCHEMES: dict[str, Scheme] = {"jour": "light", "nuit": "dark"}
TEXTS = {"": "100%", "-200": "200%"}
"""What ends the name of a walk, and how large the tablet is set to write."""
WALKS = {
    f"{size}-{scheme}{large}": (SIZES[size], SCHEMES[scheme], TEXTS[large])
    for size, scheme, large in product(SIZES, SCHEMES, TEXTS)
    if scheme == "jour" or size != "telephone-paysage"
}
"""Every size, both sizes of text, by day and by night; a phone laid flat by day alone."""
KEPT = {
    "tablette-jour-rencontre": "rencontre",
    **{
        f"telephone-jour-{name}": f"guide-{name}"
        for name in ("installer", "accueil", "besoins", "suivante", "suites", "coupon", "annuaire")
    },
}
"""What the guide and the README show: our name of a picture, and theirs."""
FORMS = {"Présence": "presence", "Séance collective": "seance", "Partenariat": "partenariat"}
WAYS = {
    "Annuaire": ("annuaire", "Annuaire"),
    "Journal des saisies": ("journal", "Espace public"),
    "Mes chiffres": ("chiffres", "Mes chiffres"),
    "Réglages": ("reglages", "Affichage"),
}
"""The ways from home: the picture, and words that tell the screen is there."""
NEED = "Papiers, démarches"
SERVICE = "France Services Giromagny · 0 km"


class Camera:
    """Takes the pictures of one tablet, one by day and size."""

    def __init__(self, page: Page, link: str, prefix: str) -> None:
        self.page = page
        self.link = link
        self.prefix = prefix

    def shot(self, name: str) -> None:
        """Take the screen as it is, once it is still."""
        self.page.wait_for_timeout(600)
        self.page.screenshot(path=str(OUT / f"{self.prefix}-{name}.png"))

    def install(self) -> None:
        """Open the link again as the installed app would, which no longer warns of a browser's tab."""
        self.page.add_init_script("Object.defineProperty(navigator, 'standalone', {value: true})")
        open_app(self.page, self.link)

    def tap(self, name: str) -> None:
        """Tap a button, brought into view first."""
        tap(self.page, button(self.page, name))

    def clear(self) -> None:
        """Empty the field that has the focus."""
        for key in ("Control+A", "Backspace"):
            self.page.keyboard.press(key)

    def choose(self, *names: str) -> None:
        """Tap chips, brought into view first."""
        for name in names:
            tap(self.page, chip(self.page, name))


def first_start(camera: Camera) -> None:
    """Take the first minutes of a tablet."""
    page = camera.page
    expect(button(page, "Passer")).to_be_visible()
    camera.shot("presentation")
    camera.tap("Passer")
    expect(text(page, "L’application n’est pas installée")).to_be_visible()
    camera.shot("installer")
    camera.install()
    expect(button(page, "Activer la tablette")).to_be_visible()
    camera.shot("enrolement")  # opened by the link: the code is there
    camera.tap("Activer la tablette")
    expect(text(page, "Choisissez un code PIN")).to_be_visible()
    camera.shot("code-pin")
    choose_pin(page)


def nothing_yet(camera: Camera) -> None:
    """Take the screens that hold nothing on the first day, and a search that finds nothing."""
    page = camera.page
    for name in ("Journal des saisies", "Suites", "Mes chiffres"):
        camera.tap(name)
        expect(button(page, "Retour à l’accueil")).to_be_visible()
        camera.shot(f"{name.split()[-1].lower()}-rien")
        camera.tap("Retour à l’accueil")
    camera.tap("Annuaire")
    type_in(page, "Rechercher un service", "zzzz")
    camera.shot("annuaire-rien")
    camera.clear()
    camera.tap("Retour à l’accueil")


def encounters(camera: Camera) -> None:
    """Take the form: empty, refused, with needs and referrals, and the next of a series."""
    page = camera.page
    camera.tap("Nouvelle rencontre")
    expect(button(page, "Enregistrer")).to_be_visible()
    camera.shot("rencontre-vide")
    type_in(page, "Autre commune", "90200")
    camera.shot("commune-cherchee")
    camera.clear()
    camera.tap("Enregistrer")
    camera.shot("rencontre-refusee")
    camera.choose("Giromagny", "Espace public", "18-21 ans", "Femme", NEED)
    reach(page, chip(page, SERVICE))
    camera.shot("besoins")
    camera.tap("Numéros d’urgence")
    expect(button(page, "Fermer")).to_be_visible()
    camera.shot("urgence")
    camera.tap("Fermer")
    camera.tap("Autres besoins")
    expect(button(page, "Fermer")).to_be_visible()
    camera.shot("autres-besoins")
    type_in(page, "Chercher un besoin", "dentsite")
    camera.shot("besoin-cherche")
    camera.tap("Fermer")
    camera.choose(SERVICE, "Prise de rendez-vous")
    reach(page, button(page, "Autres services"))
    camera.shot("rencontre")
    camera.tap("Compléter le profil")
    camera.shot("profil")
    camera.tap("Enregistrer et suivante")
    expect(button(page, "Même profil")).to_be_visible()
    camera.shot("suivante")
    camera.tap("Même profil")
    camera.tap("Enregistrer")
    expect(button(page, "Nouvelle rencontre")).to_be_visible()
    camera.shot("accueil")


def follow_ups(camera: Camera) -> None:
    """Take a referral followed, and its slip."""
    page = camera.page
    tap(page, page.get_by_role("button", name="Suites"))
    expect(button(page, "Prochaine étape").first).to_be_visible()
    camera.shot("suites")
    tap(page, button(page, "Prochaine étape").first)
    camera.choose("Rappeler", "Aujourd’hui")
    camera.shot("prochaine-etape")
    tap(page, button(page, "Autre jour"))
    expect(button(page, "Choisir")).to_be_visible()
    camera.shot("calendrier")
    camera.tap("Annuler")
    camera.tap("Fermer")
    camera.choose("Filtres", "Orientations")
    tap(page, button(page, "Non présentée").first)
    expect(text(page, "Noté : Non présentée")).to_be_visible()
    camera.shot("suite-notee")
    camera.tap("Annuler")  # the bar below would lie over what is tapped next
    expect(text(page, "Noté : Non présentée")).to_have_count(0)
    tap(page, button(page, "Coupon").first)
    expect(text(page, "Ce coupon ne contient pas votre nom")).to_be_visible()
    camera.shot("coupon")
    camera.tap("Langue\N{NO-BREAK SPACE}: français")
    camera.shot("langues")
    camera.choose("العربية · arabe")
    expect(text(page, "اسمك غير مكتوب")).to_be_visible()
    camera.shot("coupon-arabe")
    camera.tap("Fermer le coupon")
    camera.tap("Retour à l’accueil")
    expect(reach(page, text(page, "À faire"))).to_be_visible()
    camera.shot("a-faire")


def other_screens(camera: Camera) -> None:
    """Take the rest, from the home screen and back."""
    page = camera.page
    for name, picture in FORMS.items():
        camera.tap(name)
        expect(button(page, "Enregistrer")).to_be_visible()
        camera.shot(picture)
        camera.tap("Retour à l’accueil")
    for name, (picture, there) in WAYS.items():
        camera.tap(name)
        expect(text(page, there)).to_be_visible()
        camera.shot(picture)
        if name == "Annuaire":
            tap(page, page.get_by_role("button", name="Voir ").first)
            expect(button(page, "Retour à la liste")).to_be_visible()
            camera.shot("service")
            camera.tap("Retour à la liste")
        if name == "Réglages":
            camera.tap("Verrouiller maintenant")
            expect(text(page, "Tablette verrouillée")).to_be_visible()
            camera.shot("verrou")
            continue
        camera.tap("Retour à l’accueil")


@contextmanager
def server() -> Iterator[dict[str, str]]:
    """Start a server with invented data; yield its environment, with its address in `PUBLIC_ADDRESS`."""
    with tempfile.TemporaryDirectory(prefix="screenshots-") as name:
        env = data_environment() | {"DATABASE_URL": f"sqlite:///{name}/server.db"}
        cli(env, "demo", "--records", "200")
        process, port = launch(["-m", "sync_server", "serve"], env, "SERVER_PORT", 0)
        try:
            yield env | {"PUBLIC_ADDRESS": f"http://127.0.0.1:{port}"}
        finally:
            stop([process])


def tablet(env: dict[str, str], walk: str) -> None:
    """Take every picture of one walk, on a tablet of its own."""
    size, scheme, text_size = WALKS[walk]
    with window(size, scheme) as browser:
        # Flutter takes the size of its text from the page's root, as a browser's own setting changes it.
        browser.context.add_init_script(
            f"addEventListener('DOMContentLoaded', () => document.documentElement.style.fontSize = '{text_size}')"
        )
        camera = Camera(browser.page(), make_link(env, env["PUBLIC_ADDRESS"]), walk)
        open_app(camera.page, camera.link)
        for part in (first_start, nothing_yet, encounters, follow_ups, other_screens):
            part(camera)


def main() -> int:
    """Take them all, then copy those that the documents show."""
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir(parents=True)
    wanted = os.environ.get("ONLY", "*")
    for walk in WALKS:
        if fnmatch(walk, wanted):
            with server() as env:  # each its own: a tablet leaves referrals to follow
                tablet(env, walk)
    for name, shown in KEPT.items():
        if (OUT / f"{name}.png").exists():
            shutil.copy(OUT / f"{name}.png", ROOT / "docs" / "images" / f"{shown}.png")
    print(f"{len(list(OUT.iterdir()))} pictures in {OUT.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
