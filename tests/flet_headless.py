"""Renders the field app in plain pytest: no browser, no Flutter, no socket. Uses internals of flet 1.0.5."""

from __future__ import annotations

import asyncio
import dataclasses
import inspect
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import flet as ft
import msgpack
from anyio import to_thread
from flet.controls.base_control import BaseControl
from flet.controls.context import _context_page, context
from flet.controls.services.semantics_service import AccessibilityFeatures
from flet.messaging.connection import Connection
from flet.messaging.protocol import MessageAction, configure_encode_object_for_msgpack
from flet.messaging.session import Session
from flet.pubsub.pubsub_hub import PubSubHub

from shared import french

ENCODE = configure_encode_object_for_msgpack(BaseControl)
FEATURES = [each.name for each in dataclasses.fields(AccessibilityFeatures)]
"""What a tablet may ask of an app for the sake of its owner: none of it, unless a test says so."""
SKIPPED = ("parent", "_parent", "page")
SOON, ROUNDS, PATIENCE = 0.08, 8, 60.0
"""Seconds: a wait this short belongs to what was touched, a longer one is of the app that goes on by itself. Then
how often in a row nothing is to come, and how long to wait for that."""
COMES = 10.0
"""Seconds that what is to be touched may still take to be drawn."""
Control = TypeVar("Control", bound=BaseControl)
Found = TypeVar("Found", bound=BaseControl)


class FakeConnection(Connection):
    """Swallows what a client would be sent, after packing it: the packing takes the snapshots diffs need. A method
    called on the client is noted in `invoked`, and answered from `answers`, or with an error of `errors`."""

    session: Session

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.get_running_loop()
        self.executor = ThreadPoolExecutor(1)
        self.pubsubhub = PubSubHub(loop=self.loop, executor=self.executor)
        self.page_url = "http://test/"
        self.invoked: list[tuple[str, Any]] = []
        self.answers: dict[str, Any] = {"get_accessibility_features": dict.fromkeys(FEATURES, False)}
        self.errors: dict[str, str] = {}

    def send_message(self, message: Any) -> None:
        msgpack.packb([message.action, message.body], default=ENCODE)
        if message.action == MessageAction.INVOKE_METHOD:  # a client would do it, then say so
            asked = message.body
            self.invoked.append((asked.name, asked.args))
            answer, error = self.answers.get(asked.name), self.errors.get(asked.name)
            self.loop.call_soon(
                self.session.handle_invoke_method_results, asked.control_id, asked.call_id, answer, error
            )

    def dispose(self) -> None:
        self.executor.shutdown(wait=False)


_NAMES: dict[type[BaseControl], tuple[str, ...]] = {}
"""The fields of each sort of control, as declared."""


def _children(control: BaseControl) -> list[BaseControl]:
    found: list[BaseControl] = []

    def add(value: Any) -> None:
        if isinstance(value, ft.DialogControl) and not value.open:
            return  # it is listed until the client says that it is gone
        if isinstance(value, BaseControl):
            found.append(value)
        elif isinstance(value, list | tuple):
            for item in value:
                add(item)

    body = getattr(control, "_b", None)  # what a component rendered
    if body is not None:
        add(body)
        return found
    own, given = vars(control), control._values  # of a hundred fields, those that are not as declared
    for name in _name_fields(type(control)):
        add(given.get(name, own.get(name)))
    return found


def _name_fields(kind: type[BaseControl]) -> tuple[str, ...]:
    if kind not in _NAMES:
        _NAMES[kind] = tuple(each.name for each in dataclasses.fields(kind) if each.name not in SKIPPED)
    return _NAMES[kind]


def as_typed(text: object) -> str:
    """A text as it is typed, without the no-break spaces it is drawn with."""
    return str(text).replace(french.NBSP, " ")


def walk(control: BaseControl) -> Iterator[BaseControl]:
    """Every control shown, once."""
    seen, waiting = set[int](), [control]
    while waiting:
        found = waiting.pop()
        if id(found) not in seen:
            seen.add(id(found))
            yield found
            waiting += reversed(_children(found))


def side_of(button: ft.IconButton) -> float:
    """The least that a button which is an icon measures, in pixels: it may grow with its icon."""
    least = button.size_constraints
    return min(least.min_width, least.min_height) if least is not None else 0


class Hand:
    """A person's time, in seconds: as long between two taps as it takes to read what came, or `pause`."""

    def __init__(self) -> None:
        self.now, self.pause = 0.0, 1.0

    def __call__(self) -> float:
        return self.now

    def wait(self) -> None:
        self.now += self.pause


class Screen:
    """What a person sees and can do; `hand` is how quickly, where the app was given its time."""

    hand: Hand
    connection: FakeConnection
    session: Session
    page: ft.Page

    @classmethod
    async def open(cls, main: Callable[[ft.Page], Any], hand: Hand | None = None) -> Screen:
        self = cls()
        self.hand = hand or Hand()
        self.connection = FakeConnection()
        self.session = self.connection.session = Session(self.connection)
        self.page = self.session.page
        _context_page.set(self.page)  # type: ignore[arg-type]  # flet declares it as None
        context.reset_auto_update()
        patch = {"route": "/", "width": 1280, "height": 800, "platform": "android", "web": False}
        self.session.apply_page_patch(patch)
        msgpack.packb(self.session.get_page_patch(), default=ENCODE)  # mounts the page
        result = main(self.page)
        if inspect.isawaitable(result):
            await result
        await self.session.after_event(self.page)
        await self.settle()
        return self

    async def settle(self) -> None:
        """Wait until what a touch began has ended, on a slow machine too: no callback, thread, short wait left."""
        loop, calm = asyncio.get_running_loop(), 0
        until = loop.time() + PATIENCE
        while calm < ROUNDS:
            await asyncio.sleep(0)
            waits = self._waits(loop)
            calm = 0 if waits else calm + 1
            assert loop.time() < until, "the screen never comes to rest"
            if waits:
                await asyncio.sleep(0.001)

    def _waits(self, loop: Any) -> bool:
        """Whether something is still to come: asyncio, anyio and the executors keep the account of it."""
        threads = (self.connection.executor, loop._default_executor)
        working = sum(len(t._threads) - t._idle_semaphore._value for t in threads if t is not None)
        serving = to_thread.current_default_thread_limiter().borrowed_tokens  # the server's routes
        soon = loop.time() + SOON
        due = any(timer._when < soon and not timer._cancelled for timer in loop._scheduled)
        return bool(loop._ready or working > 0 or serving or due)

    def all(self, kind: type[Control]) -> list[Control]:
        return [c for c in walk(self.page) if isinstance(c, kind)]

    @property
    def texts(self) -> list[str]:
        return [as_typed(t.value) for t in self.all(ft.Text)]

    def says(self, words: str) -> bool:
        return any(words in text for text in self.texts)

    def chip(self, name: str) -> ft.Chip:
        def named(chip: ft.Chip) -> bool:
            return any(isinstance(c, ft.Text) and as_typed(c.value) == name for c in walk(chip))

        return next(c for c in self.all(ft.Chip) if named(c))

    def button(self, name: str) -> BaseControl:
        def named(control: BaseControl) -> bool:
            if isinstance(control, ft.IconButton):
                return isinstance(control.icon, ft.Icon) and control.icon.semantics_label == name
            words = getattr(control, "content", None)
            said = words.semantics_label if isinstance(words, ft.Text) else words
            return as_typed(said) == name and getattr(control, "on_click", None) is not None

        return next(c for c in walk(self.page) if named(c))

    async def event(self, control: BaseControl, name: str, data: Any = None, **values: Any) -> None:
        self.hand.wait()
        for key, value in values.items():  # what the client sends first
            self.session.apply_patch(control._i, {key: value})
        await self.session.dispatch_event(control._i, name, data)
        await self.settle()

    async def once_there(self, find: Callable[[], Found]) -> Found:
        """Return what is to be touched, once it is on the screen: a thread that has just answered may draw it."""
        until = asyncio.get_running_loop().time() + COMES
        while True:
            try:
                return find()
            except StopIteration:
                if asyncio.get_running_loop().time() > until:
                    raise AssertionError(f"it is not on the screen, which says {self.texts}") from None
            await asyncio.sleep(0.01)

    async def tap(self, name: str) -> None:
        await self.event(await self.once_there(lambda: self.button(name)), "click")

    async def choose(self, name: str) -> None:
        await self.event(await self.once_there(lambda: self.chip(name)), "click")

    async def type_in(self, label: str, value: str) -> None:
        field = await self.once_there(
            lambda: next(c for c in self.all(ft.TextField) if as_typed(c.label) == label)
        )
        await self.event(field, "change", value, value=value)

    def close(self) -> None:
        end = self.page.on_close
        if callable(end):
            end()  # type: ignore[call-arg]  # the app listens without the event
        self.connection.dispose()
