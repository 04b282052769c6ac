"""`make screenshots`: every screen of the field app as it is installed from `/app/`, in both sizes, by day and by
night, into `var/screenshots`.

The pictures of the guide and of the README are copied from there into `docs/images`.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

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
SIZES = {"tablette": TABLET, "telephone": PHONE}
SCHEMES: dict[str, Scheme] = {"jour": "light", "nuit": "dark"}
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


def encounters(camera: Camera) -> None:
    """Take the form: empty, refused, with needs and referrals, and the next of a series."""
    page = camera.page
    camera.tap("Nouvelle rencontre")
    expect(button(page, "Enregistrer")).to_be_visible()
    camera.shot("rencontre-vide")
    type_in(page, "Autre commune", "90200")
    camera.shot("commune-cherchee")
    for key in ("Control+A", "Backspace"):
        page.keyboard.press(key)
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
    expect(text(page, "À faire")).to_be_visible()
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


def tablet(env: dict[str, str], size: str, scheme: str) -> None:
    """Take every picture of one size, by day or by night, on a tablet of its own."""
    with window(SIZES[size], SCHEMES[scheme]) as browser:
        camera = Camera(browser.page(), make_link(env, env["PUBLIC_ADDRESS"]), f"{size}-{scheme}")
        open_app(camera.page, camera.link)
        for walk in (first_start, encounters, follow_ups, other_screens):
            walk(camera)


def main() -> int:
    """Take them all, then copy those that the documents show."""
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir(parents=True)
    wanted = os.environ.get("ONLY", "")
    for size in SIZES:
        for scheme in SCHEMES:
            if wanted in f"{size}-{scheme}":
                with server() as env:  # each its own: a tablet leaves referrals to follow
                    tablet(env, size, scheme)
    for name, shown in KEPT.items():
        if (OUT / f"{name}.png").exists():
            shutil.copy(OUT / f"{name}.png", ROOT / "docs" / "images" / f"{shown}.png")
    print(f"{len(list(OUT.iterdir()))} pictures in {OUT.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
