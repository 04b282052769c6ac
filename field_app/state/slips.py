"""The referral slip: a code for one referral, made here without network; only its hash is synced."""

from __future__ import annotations

from dataclasses import dataclass, field

import flet as ft

from field_app.state import slip_content
from field_app.state.desk import Desk
from field_app.state.slip_content import Content
from field_app.store.local_store import Kept
from shared import coupons, slip_words, territory
from shared.models import ServiceFields

BEING_EDITED = "Cette rencontre est en cours de modification : enregistrez-la d’abord, puis remettez le coupon."


@ft.observable
@dataclass(repr=False)  # flet writes what it draws into its log
class Slip:
    """What is on the slip of one referral. `language` is the person's, French until another is chosen: it stays on
    this screen, neither stored nor sent. `said` is a notice, drawn as `said_kind`."""

    subject: str
    code: str
    service: ServiceFields
    service_id: str
    language: str = slip_words.FRENCH
    large: bool = False
    said: str = ""
    said_kind: str = "good"
    _desk: Desk = field(default=None)  # type: ignore[assignment]  # always given; a dataclass wants one

    @property
    def url(self) -> str:
        """Return what the QR says. The code stands after the #: a browser sends it to no server, no log has it."""
        return f"{self._answer_page}#{self.code}"

    @property
    def content(self) -> Content:
        """Return what stands on it."""
        page = self._answer_page.removeprefix("https://")
        words, is_line = slip_words.load(self.language), self.service_id in territory.lines()
        return slip_content.write(self.service, words, self.code, page, is_line)

    def speak(self, language: str) -> None:
        """Write it in another language."""
        self.language, self.said = language, ""

    def enlarge(self) -> None:
        """Show it alone, in large letters."""
        self.large, self.said = True, ""

    def shrink(self) -> None:
        """Show it as before."""
        self.large = False

    def tell(self, text: str, kind: str) -> None:
        """Say how what was asked went."""
        self.said, self.said_kind = text, kind

    @property
    def may_print(self) -> bool:
        """Return whether this device can hand a picture to a printer."""
        return self._desk.ports.print_picture is not None

    async def print(self, picture: bytes) -> None:
        """Hand a PNG of it to the printer of the tablet. Raises RuntimeError where the page cannot."""
        if self._desk.ports.print_picture is not None:
            await self._desk.ports.print_picture(picture)

    @property
    def _answer_page(self) -> str:
        server = self._desk.enrolment.server_url if self._desk.enrolment else ""
        return f"{server}/coupon"


OF_A_COLLEAGUE = "Un collègue a déjà remis un coupon pour cette orientation : il reste valable."


class SlipError(Exception):
    """Why no slip can be handed over now: a French sentence."""


async def code_of(subject: str, desk: Desk) -> str:
    """Return the code of that referral, made at the first time and kept on this tablet."""
    note = desk.notes.get(subject, desk.today)
    if note.code:
        return note.code
    code = coupons.new_code()
    await desk.notes.put_code(subject, code, desk.today)
    return code


async def hand_over(encounter: Kept, subject: str, desk: Desk) -> Slip:
    """Return the slip of a saved encounter's referral; its hash goes into the record, which is sent again.

    Raises SlipError when the service is not known here, when a colleague has handed one over already, or when the
    encounter is being edited.
    """
    referral = next(entry for entry in encounter.fields["referrals"] if entry["id"] == subject)
    service = desk.directory.get(referral["service"])
    if service is None:
        raise SlipError("Ce service n’est plus dans l’annuaire : pas de coupon pour lui.")
    if referral.get("coupon") and encounter.state == "received" and not desk.notes.get(subject, desk.today).code:
        raise SlipError(OF_A_COLLEAGUE)  # a new code would make the slip in the person's hand worth nothing
    code = await code_of(subject, desk)
    if referral.get("coupon") != coupons.hashed(code):
        await _write(encounter, subject, coupons.hashed(code), desk)
    return Slip(subject, code, service, referral["service"], _desk=desk)


async def withdraw(encounter: Kept, subject: str, desk: Desk) -> None:
    """Withdraw the slip that the person does not want, or lost: the code and its hash go. Raises SlipError."""
    await _write(encounter, subject, None, desk)
    await desk.notes.put_code(subject, "", desk.today)


async def _write(encounter: Kept, subject: str, digest: str | None, desk: Desk) -> None:
    now = await desk.store.get(encounter.id)
    if now is None:
        return
    if any(kept.edit_of is not None and kept.edit_of["id"] == now.id for kept in await desk.store.all()):
        raise SlipError(BEING_EDITED)
    referrals = [_marked(entry, digest) if entry["id"] == subject else entry for entry in now.fields["referrals"]]
    await desk.store.edit(now, {**now.fields, "referrals": referrals}, "pending")
    desk.bell.set()


def _marked(entry: dict[str, object], digest: str | None) -> dict[str, object]:
    bare = {name: value for name, value in entry.items() if name != "coupon"}
    return bare if digest is None else {**bare, "coupon": digest}
