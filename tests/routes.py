"""Builds what each route asks for once a process, not anew for the application of each test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from fastapi import routing
from fastapi.routing import APIRoute


@contextmanager
def built_once() -> Iterator[None]:
    """Give each application, until the end of the block, the routes that an earlier one built when first asked.

    Two hundred milliseconds a test: FastAPI reads the signature of every route and of all it depends on. What it
    makes of them is of no application, as long as none overrides a dependency, and is never written again.
    """
    kept: dict[tuple[int, tuple[Any, ...]], Any] = {}
    build = routing._EffectiveRouteContext.from_api_route

    def from_api_route(*, original_route: APIRoute, include_context: Any) -> Any:
        around = tuple(each.dependency for each in include_context.dependencies)
        key = id(original_route), around  # what is built holds on to its route: no other takes its place
        if key not in kept:
            kept[key] = build(original_route=original_route, include_context=include_context)
        assert kept[key].original_route is original_route
        return kept[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(routing._EffectiveRouteContext, "from_api_route", from_api_route)
        yield
