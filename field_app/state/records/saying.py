"""Say what became of a record that was just saved, in the words of a worker."""

from __future__ import annotations

from field_app.state.forms import series
from field_app.state.forms.drafts import Draft
from shared import merge

CORRECTED = "Correction enregistrée"
BARE = "sans détail"
"""What is said of an encounter of which nothing but where and when is known: it may have been saved by a slip."""


def say_saved(draft: Draft) -> str:
    """Return what is said once it is kept, durably: « Rencontre enregistrée », « Correction enregistrée »."""
    if not draft.is_new:
        return CORRECTED
    said = series.SAVED[draft.kind]
    return f"{said} {BARE}" if draft.kind == "encounter" and _is_bare(draft) else said


def _is_bare(draft: Draft) -> bool:
    """Return whether nothing was entered but where and when."""
    more = [name for name in draft.fields if name not in series.SITUATION]
    return all(merge.alike(draft.kind, draft.fields, {}, name) for name in more)
