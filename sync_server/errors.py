"""The catalogue of errors: a stable code, a status, a French sentence, and what to do next.

A 4xx on the sync is for the device, never for a record: a bad record gets a receipt (SYNC).
"""

from __future__ import annotations

import traceback
from dataclasses import dataclass, replace

from shared import wire


@dataclass(frozen=True, slots=True)
class Kind:
    """One entry of the catalogue."""

    status: int
    message: str
    hint: str


CATALOGUE: dict[str, Kind] = {
    "not_signed_in": Kind(401, "Vous n’êtes pas connecté.", "Connectez-vous, puis recommencez."),
    "wrong_password": Kind(
        401,
        "Identifiant, mot de passe ou code incorrect.",
        "Vérifiez-les, puis réessayez. Le code de vérification n’est demandé qu’aux comptes qui l’ont activé ; il"
        " change toutes les 30 secondes et ne sert qu’une fois.",
    ),
    "first_password": Kind(
        403,
        "Choisissez d’abord votre mot de passe.",
        "Celui que l’administration vous a donné ne sert qu’à entrer : changez-le dans « Mon compte ».",
    ),
    "no_second_factor": Kind(
        403,
        "Activez d’abord la double vérification.",
        "Ce serveur la demande à tous les comptes : ouvrez « Mon compte », c’est l’affaire de deux minutes.",
    ),
    "prove_again": Kind(
        403,
        "Votre code de vérification est demandé de nouveau.",
        "Il protège les comptes et les fichiers que l’on emporte. Ouvrez « Mon compte » dans un autre onglet,"
        " donnez le code, puis revenez ici.",
    ),
    "unknown_device": Kind(
        401,
        "Cet appareil n’est pas reconnu par le serveur.",
        "Vos saisies restent sur l’appareil. Demandez un nouveau code à usage unique à l’administration.",
    ),
    "revoked_device": Kind(
        403,
        "Cet appareil a été révoqué : ses nouvelles saisies partent encore, mais il ne reçoit plus rien.",
        "Ce qui reste à envoyer change des saisies déjà envoyées et reste sur l’appareil : demandez un nouveau"
        " code à usage unique à l’administration, ou rendez-lui l’appareil.",
    ),
    "pending_device": Kind(
        403,
        "Cette tablette attend que la coordination la confirme.",
        "Vos saisies restent sur l’appareil et partiront ensuite. Lisez à la coordination les six mots affichés.",
    ),
    "declined_device": Kind(
        403,
        "La coordination n’a pas reconnu cette tablette.",
        "Vos saisies restent sur l’appareil. Demandez un nouveau code à usage unique à l’administration.",
    ),
    "not_waiting": Kind(
        409,
        "Cette tablette n’attend plus.",
        "Quelqu’un l’a déjà confirmée ou refusée. Revenez à la liste.",
    ),
    "forbidden": Kind(
        403, "Votre compte ne donne pas accès à cette page.", "Demandez ce droit à l’administration."
    ),
    "not_watching": Kind(
        403,
        "Les mesures du serveur se lisent de sa propre machine, ou avec leur jeton.",
        "Montrez le jeton que METRICS_TOKEN_FILE donne au serveur ; docs/exploitation.md dit comment.",
    ),
    "stale_form": Kind(
        403,
        "Ce formulaire a expiré : rien n’est enregistré.",
        "Sa page avait été ouverte avant votre dernière connexion. S’il était rempli, voici ce que vous aviez"
        " saisi : vérifiez, puis envoyez. Sinon, revenez à la page précédente et rechargez-la.",
    ),
    "ended_session": Kind(
        401,
        "Votre session avait pris fin : rien n’a été enregistré.",
        "Rien n’est perdu : voici ce que vous aviez saisi. Vérifiez, puis envoyez.",
    ),
    "spent_form": Kind(
        409,
        "Ce formulaire avait déjà été envoyé : cet envoi-ci n’a rien enregistré.",
        "Le premier envoi a agi. Ce que vous avez changé depuis n’est pas perdu : envoyez-le s’il faut"
        " l’enregistrer en plus.",
    ),
    "password_form": Kind(
        403,
        "Ce formulaire n’est plus valable : cet envoi n’a changé aucun mot de passe.",
        "Un mot de passe tapé n’est gardé nulle part. Ouvrez « Mon compte » et tapez-les de nouveau.",
    ),
    "bad_code": Kind(
        403,
        "Ce code n’est pas valable : il a expiré, a déjà servi, ou comporte une erreur.",
        "Vérifiez le code ; au besoin demandez-en un nouveau à l’administration.",
    ),
    "unknown_team": Kind(
        404, "Cette équipe n’existe pas.", "Choisissez-en une dans la liste, ou créez-la d’abord."
    ),
    "unknown_record": Kind(
        404,
        "Cette saisie n’est pas ici.",
        "Elle n’est pas arrivée, ou l’adresse est incomplète : cherchez-la dans la liste.",
    ),
    "not_found": Kind(404, "Cette page n’existe pas.", "Vérifiez l’adresse, ou revenez à l’accueil."),
    "not_allowed": Kind(405, "Cette action n’est pas possible à cette adresse.", "Revenez à l’accueil."),
    "other_territory": Kind(
        409,
        "Ce serveur est celui d’un autre territoire que cette tablette.",
        "Rien n’a été échangé : vos saisies restent sur l’appareil. Prévenez l’administration.",
    ),
    "report_altered": Kind(
        409,
        "Ce rapport figé n’est plus tel qu’il a été figé : son empreinte ne correspond pas.",
        "Ne le transmettez pas. Prévenez l’administration, qui le rétablira depuis une sauvegarde.",
    ),
    "too_large": Kind(
        413, "L’envoi est trop volumineux.", "Rien n’est perdu : envoyez moins d’enregistrements à la fois."
    ),
    "file_too_large": Kind(
        413,
        "Le fichier dépasse 20 Mo.",
        "Rien n’est changé. Gardez-en les seules entrées du département 90, puis recommencez : le guide de la"
        " coordination dit comment (« Fichier trop lourd »).",
    ),
    "malformed": Kind(
        422,
        "La demande n’a pas la forme attendue.",
        "Rien n’est perdu : mettez l’application à jour et réessayez.",
    ),
    "bad_period": Kind(
        422,
        "La période n’est pas valable.",
        "Choisissez un premier jour, puis un dernier jour qui ne le précède pas (quatre ans au plus).",
    ),
    "not_begun": Kind(
        422,
        "Cette période n’a pas encore commencé : elle n’a pas de chiffres.",
        "Choisissez un premier jour qui ne soit pas après aujourd’hui.",
    ),
    "cut_off_ahead": Kind(
        422,
        "Le jour d’arrêté est à venir : les suites de ce jour-là ne sont pas connues.",
        "Choisissez aujourd’hui ou un jour passé, ou laissez vide : ce sera aujourd’hui.",
    ),
    "cut_off_early": Kind(
        422,
        "Le jour d’arrêté précède le premier jour de la période : aucune suite n’y était connue.",
        "Choisissez un jour d’arrêté dans la période, ou après elle.",
    ),
    "bad_day": Kind(
        422,
        "Ce jour n’est pas valable.",
        "Choisissez des jours entre le 01/01/2000 et le 31/12/2100.",
    ),
    "bad_year": Kind(422, "Cette année n’est pas valable.", "Choisissez une année dans la liste."),
    "unreadable": Kind(
        400,
        "Cette adresse ou ce formulaire contient un caractère illisible.",
        "Revenez à la page précédente et recommencez ; au besoin, retapez le texte au lieu de le coller.",
    ),
    "too_many_rows": Kind(
        422,
        "Cette période contient trop de saisies pour un seul fichier.",
        "Choisissez une période plus courte, puis recommencez.",
    ),
    "too_many_breakdowns": Kind(
        422,
        "Trois ventilations au plus peuvent être croisées.",
        "Décochez-en, puis affichez de nouveau.",
    ),
    "too_many_lines": Kind(
        422,
        "Ces ventilations croisées donnent trop de lignes.",
        "Choisissez un seul indicateur, un filtre ou une période plus courte, ou décochez une ventilation.",
    ),
    "unknown_filter": Kind(
        422,
        "Ce filtre ou cet indicateur n’existe pas.",
        "Revenez à la page des indicateurs et choisissez dans les listes.",
    ),
    "unknown_breakdown": Kind(
        422,
        "Cette ventilation n’existe pas.",
        "Revenez à la page des indicateurs et cochez une ventilation de la liste.",
    ),
    "protocol_too_old": Kind(
        426,
        "Cette version de l’application est trop ancienne pour ce serveur.",
        "Vos saisies restent sur l’appareil : mettez l’application à jour, puis synchronisez.",
    ),
    "too_many_attempts": Kind(429, "Trop d’essais en peu de temps.", "Attendez {wait}, puis réessayez."),
    "quota_reached": Kind(
        429,
        "Trop de demandes en peu de temps.",
        "Rien n’est perdu : une tablette garde ses saisies et les renvoie d’elle-même. Attendez {wait}, puis"
        " recommencez.",
    ),
    "busy": Kind(
        503, "Le serveur est très sollicité.", "Rien n’est perdu. Attendez quelques secondes, puis réessayez."
    ),
    "unavailable": Kind(
        503,
        "La base de données ne répond pas.",
        "Rien n’est perdu. Réessayez dans {wait} ; si cela dure, prévenez l’administration.",
    ),
    "no_room": Kind(
        503,
        "Le serveur n’a plus de place.",
        "Rien n’est perdu. Prévenez l’administration : tout repart dès qu’elle a libéré de l’espace disque.",
    ),
    "drawing_busy": Kind(
        503,
        "Le serveur prépare déjà d’autres pages ou documents.",
        "Rien n’est perdu. Attendez quelques secondes, puis demandez de nouveau.",
    ),
    "drawing_failed": Kind(
        503,
        "La page ou le document n’a pas pu être préparé jusqu’au bout.",
        "Rien n’est perdu. Demandez de nouveau ; si cela recommence, choisissez une période plus courte.",
    ),
    "broken": Kind(
        500,
        "Le serveur a rencontré une erreur.",
        "Rien n’est perdu. Réessayez ; si cela dure, prévenez l’administration.",
    ),
}
"""Code to what it means. A test walks every entry."""
WAIT = "{wait}"
"""Where a hint says how long."""


def format_wait(seconds: int | None) -> str:
    """Say in French for how long to wait, rounded up; `un moment` where it is not known."""
    if not seconds:
        return "un moment"
    if seconds > 90:
        return f"{-(-seconds // 60)}\N{NO-BREAK SPACE}minutes"
    return f"{seconds}\N{NO-BREAK SPACE}seconde{'s' if seconds > 1 else ''}"


class ServerError(Exception):
    """An error of the catalogue. `retry_after` in seconds, where waiting helps."""

    def __init__(self, code: str, retry_after: int | None = None) -> None:
        super().__init__(code)
        self.code = code
        kind = CATALOGUE[code]
        self.kind = replace(kind, hint=kind.hint.replace(WAIT, format_wait(retry_after)))
        self.retry_after = retry_after

    def failure(self, reference: str) -> wire.Failure:
        """Return the same as the API answers it. A fault of the server says the reference in its hint too: that is
        all a tablet of before shows."""
        hint = self.kind.hint if self.kind.status != 500 else f"{self.kind.hint} Référence\u00a0: {reference}."
        return wire.Failure(code=self.code, message=self.kind.message, hint=hint, reference=reference)

    @property
    def headers(self) -> dict[str, str]:
        """`Retry-After`, where waiting helps."""
        return {"Retry-After": str(self.retry_after)} if self.retry_after else {}


UNKNOWN_PLACE = "?"
"""Where a fault began, when it passed through none of our code."""


class BesideError(Exception):
    """A fault in another process, as its parent may log it: the name of its type and its place in our code. The
    fault itself may say what a record holds, and not every one can travel."""

    def __init__(self, name: str, place: str) -> None:
        super().__init__(name, place)
        self.name, self.place = name, place


def find_place(error: Exception) -> str:
    """Return the innermost line of our own code that the fault passed through."""
    frames = [
        (frame.f_globals.get("__name__", ""), line) for frame, line in traceback.walk_tb(error.__traceback__)
    ]
    ours = [f"{name}:{line}" for name, line in frames if name.split(".")[0] in ("sync_server", "shared")]
    return ours[-1] if ours else UNKNOWN_PLACE
