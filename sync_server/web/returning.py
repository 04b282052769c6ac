"""Bring back, once somebody has signed in again, the form that their ended session could not send."""

from __future__ import annotations

from anyio import to_thread
from fastapi import Request

from sync_server.access import accounts, forms, kept_forms, sessions
from sync_server.access.kept_forms import KeptForm
from sync_server.storage import database
from sync_server.web.context import COOKIE, Context
from sync_server.web.one_act import OF_PASSWORDS, UnusedFormError, list_files, list_typed

OWN = OF_PASSWORDS | {"/console/connexion", "/console/deconnexion"}
"""What signs in and out, and what holds passwords, is not brought back."""


async def keep_form(request: Request) -> tuple[str, str]:
    """Return who sent a form from a session that has ended, and the form, sealed for the page of signing in.
    Both are empty where there is none, or where it is not from a page of that session."""
    if request.method != "POST" or request.scope["path"] in OWN:
        return "", ""
    ctx: Context = request.app.state.context
    session = sessions.hash_secret(request.cookies.get(COOKIE, ""))
    ended = await to_thread.run_sync(find_ended, ctx, session)
    if ended is None:
        return "", ""
    sent = await request.form()
    csrf, nonce = (str(sent.get(name, "")) for name in ("csrf", "nonce"))
    if not sessions.same(csrf, ended.csrf) or not forms.is_genuine(ended.csrf, request.scope["path"], nonce):
        return "", ""
    if await to_thread.run_sync(forms.is_spent, ctx.engine, forms.SentForm(ctx.settings.territory, nonce, "")):
        return "", ""  # it acted, before the session ended
    action = request.scope["path"] + (f"?{request.url.query}" if request.url.query else "")
    form = KeptForm(action, list_typed(sent), [name for name, _ in list_files(sent)])
    sealed = kept_forms.seal(form, ended)
    return ended.login, f"{session}.{sealed}" if sealed else ""


def find_ended(ctx: Context, session: str) -> sessions.SignedIn | None:
    """Find whose session it was, by its id, if it has ended."""
    with database.reading(ctx.engine) as connection:
        return sessions.find_ended_session(connection, ctx.settings.territory, session, ctx.moment)


def bring_back(ctx: Context, who: sessions.SignedIn, kept: str) -> tuple[KeptForm, UnusedFormError] | None:
    """Return the form that `kept` holds, for the one who typed it; None for anybody else. It names its session
    itself: the cookie is another one's once somebody has signed in in a second tab, or loads the page again."""
    session, _, sealed = accounts.readable(kept).partition(".")
    ended = find_ended(ctx, session) if sealed else None
    if ended is None or ended.login != who.login:
        return None
    form = kept_forms.unseal(sealed, ended)
    return (form, UnusedFormError("ended_session", who, form.typed, form.files)) if form else None
