"""The local codes of the coordination, as the tablet pulled them: read into the choice lists of the app."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from field_app.store.kept import Kept
from shared import choices
from shared.choices import Choice


def adopt(found: Iterable[Kept]) -> None:
    """Give the lists the local codes that were pulled, from now on."""
    choices.adopt(_codes(found))


def _codes(found: Iterable[Kept]) -> Iterator[tuple[str, Choice]]:
    """Yield each code with its list. What a newer server sends and this app does not understand is left out."""
    for kept in found:
        if kept.kind != "choice" or kept.deleted:
            continue
        f = kept.fields
        try:
            retired = date.fromisoformat(f["retired_on"]) if f.get("retired_on") else None
            yield (
                str(f["list"]),
                Choice(str(f["code"]), str(f["label"]), int(f["order"]), retired, str(f["national"])),
            )
        except (KeyError, TypeError, ValueError):
            continue
