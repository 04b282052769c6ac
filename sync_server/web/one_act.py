"""One form, one act, at the door of every form of the console: the secret of the session, its nonce,
and what becomes of the act.

The fields are put into every form in one place (`rendering`). A route that answers with a redirect has acted;
one that shows a page has not, and the form may be sent again, unless it says so itself (`FormUse.note_done`).
"""

from __future__ import annotations

from time import monotonic
from typing import Annotated
from urllib.parse import urlsplit, urlunsplit

from anyio import sleep, to_thread
from fastapi import Depends, Form, Request
from starlette.datastructures import FormData, Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sync_server.access import accounts, forms, sessions
from sync_server.errors import ServerError
from sync_server.web.context import PROOF_LASTS, Context, Ctx, SignedIn, has_proved

SECRETS = frozenset({"csrf", "nonce"})
OF_PASSWORDS = frozenset(
    {"/console/compte/mot-de-passe", *(f"/console/compte/double/{act}" for act in ("activer", "codes", "retirer"))}
)
"""Forms that hold passwords: what was typed into one is never shown again, nor carried by a page."""
_USE = "form_use"
DONE_BEFORE = "deja"
"""The parameter of an address that says: sent twice, done once."""


class UnusedFormError(ServerError):
    """A form that did not act, with all that was typed into it: `files` are the names of its fields for files,
    `location` where the first submit led."""

    def __init__(
        self, code: str, who: sessions.SignedIn, typed: list[tuple[str, str]], files: list[str], location: str = ""
    ) -> None:
        super().__init__(code)
        self.who, self.typed, self.files, self.location = who, typed, files, location


class DoneBeforeError(Exception):
    """The same form was sent before, and acted; `location` is where that led, empty while it is under way."""

    def __init__(self, location: str) -> None:
        super().__init__(location)
        self.location = location


class FormUse:
    """The one use of a form by this request; `earlier` is what an earlier request did with it, if any."""

    def __init__(self, ctx: Context, form: forms.SentForm, earlier: forms.Earlier | None) -> None:
        self.earlier = earlier
        self._ctx, self._form = ctx, form
        self._location = self._told = ""

    def note_done(self, location: str, told: str = "") -> None:
        """Note that the page to come shows what was done: a second submit leads to `location`, or is told the
        same."""
        self._location, self._told = location, told

    def end(self, location: str) -> None:
        """Keep where the act led, or give it back when it led nowhere."""
        if self.earlier is not None:
            return
        engine, location = self._ctx.engine, location or self._location
        if location:
            forms.settle(engine, self._form, location, self._told)
        else:
            forms.release(engine, self._form)


async def read_form(
    request: Request,
    ctx: Ctx,
    who: SignedIn,
    csrf: Annotated[str, Form()] = "",
    nonce: Annotated[str, Form()] = "",
) -> forms.SentForm:
    """Require the secret of this session in the form, which no other site could have written, and a nonce made for
    it and for this address. Raises UnusedFormError `stale_form`."""
    sent = await request.form()
    action = request.scope["path"]
    if not sessions.same(csrf, who.csrf) or not forms.is_genuine(who.csrf, action, nonce):
        raise _unused("stale_form", who, sent)
    return forms.SentForm(
        ctx.settings.territory, nonce, forms.digest(nonce, [*list_typed(sent), *list_files(sent)])
    )


async def read_typed(request: Request, who: SignedIn) -> UnusedFormError:
    """Return what is answered to a form sent twice with something else typed into it."""
    return _unused("spent_form", who, await request.form())


def _unused(code: str, who: sessions.SignedIn, sent: FormData) -> UnusedFormError:
    return UnusedFormError(code, who, list_typed(sent), [name for name, _ in list_files(sent)])


def list_typed(sent: FormData) -> list[tuple[str, str]]:
    """List what was typed, as it can be shown: half a surrogate cannot."""
    pairs = [(name, value) for name, value in sent.multi_items() if isinstance(value, str) and name not in SECRETS]
    return [(accounts.readable(name), accounts.readable(value)) for name, value in pairs]


def list_files(sent: FormData) -> list[tuple[str, str]]:
    """List the fields for files, each with the name and the size of what was chosen."""
    chosen = [(name, value) for name, value in sent.multi_items() if not isinstance(value, str)]
    return [(accounts.readable(name), accounts.readable(f"{one.filename}:{one.size}")) for name, one in chosen]


async def proved_form(request: Request, ctx: Ctx, who: SignedIn) -> None:
    """Require that whoever has a second factor gave it lately; as long again as for a page, since the form stands
    on one that asked. Raises UnusedFormError `prove_again`, with what was typed."""
    if not has_proved(ctx, who, within=2 * PROOF_LASTS):
        raise _unused("prove_again", who, await request.form())


async def use_form(
    request: Request,
    ctx: Ctx,
    form: Annotated[forms.SentForm, Depends(read_form)],
    changed: Annotated[UnusedFormError, Depends(read_typed)],
) -> FormUse:
    """Take the one act of the form for this request. Raises UnusedFormError `spent_form` when it acted already,
    with something else typed into it."""
    expires_at = ctx.now + ctx.settings.session_hours * 3600  # the session, and with it the nonce, ends before
    until = monotonic() + forms.LONGEST_WAIT
    while True:  # who waits holds no thread: the first needs one to end
        earlier = await to_thread.run_sync(forms.claim, ctx.engine, form, ctx.now, expires_at)
        if earlier is None or earlier.location or monotonic() > until:
            break
        await sleep(forms.LOOK_EVERY)
    if earlier is not None and not earlier.same:
        changed.location = earlier.location
        raise changed
    use = FormUse(ctx, form, earlier)
    request.scope["state"][_USE] = use
    return use


def genuine_form(use: Annotated[FormUse, Depends(use_form)]) -> None:
    """Require a form of this session that did not act yet. Raises DoneBeforeError."""
    if use.earlier is not None:
        raise DoneBeforeError(use.earlier.location)


def say_done_before(location: str) -> str:
    """Return the address with the quiet sentence asked for."""
    parts = urlsplit(location or "/console")
    said = f"{DONE_BEFORE}={'oui' if location else 'en-cours'}"
    return urlunsplit(parts._replace(query=f"{parts.query}&{said}" if parts.query else said))


class OneAct:
    """ASGI middleware: before the answer leaves, what became of the act is kept, so that a second submit
    that comes at once finds it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, as an ASGI application does."""
        if scope["type"] != "http" or scope["method"] != "POST":
            await self.app(scope, receive, send)
            return
        state = scope.setdefault("state", {})

        async def end(location: str) -> None:
            use: FormUse | None = state.pop(_USE, None)
            if use is not None:
                await to_thread.run_sync(use.end, location)

        async def after_the_act(message: Message) -> None:
            if message["type"] == "http.response.start":
                await end(Headers(scope=message).get("location", "") if message["status"] < 400 else "")
            await send(message)

        try:
            await self.app(scope, receive, after_the_act)
        finally:
            await end("")  # what failed without an answer
