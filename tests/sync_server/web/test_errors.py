"""The catalogue of errors: complete, French, and each says what to do next."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sync_server.errors import CATALOGUE, WAIT, ServerError, format_wait

SOURCES = Path(__file__).parents[3] / "sync_server"


@pytest.mark.parametrize("code", CATALOGUE)
def test_every_error_is_a_sentence_with_what_to_do_next(code: str) -> None:
    kind = CATALOGUE[code]
    assert kind.status in range(400, 600)
    assert kind.message.endswith(".")
    assert kind.hint.endswith(".")
    assert "'" not in kind.message + kind.hint  # French typography
    failure = ServerError(code).failure("1a2b3c4d")
    assert (failure.code, failure.message, failure.reference) == (code, kind.message, "1a2b3c4d")
    # All that a tablet of before shows of it is the hint.
    said = kind.hint.replace(WAIT, "un moment")
    assert failure.hint == said + (" Référence\xa0: 1a2b3c4d." if kind.status == 500 else "")


def test_every_error_raised_is_in_the_catalogue_and_every_entry_is_raised() -> None:
    code = "\n".join(p.read_text("utf-8") for p in SOURCES.rglob("*.py") if p.name != "errors.py")
    raised = set(re.findall(r'(?:ServerError|_unused|UnusedFormError)\(\s*"(\w+)"', code))
    by_status = set(re.findall(r'\d{3}: "(\w+)"', code))
    assert raised | by_status == set(CATALOGUE)


def test_only_waiting_errors_say_how_long() -> None:
    assert ServerError("too_many_attempts", 30).headers == {"Retry-After": "30"}
    assert ServerError("not_found").headers == {}


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (None, "un moment"),
        (1, "1\xa0seconde"),
        (30, "30\xa0secondes"),
        (90, "90\xa0secondes"),
        (91, "2\xa0minutes"),
        (900, "15\xa0minutes"),
    ],
)
def test_a_wait_is_said_as_people_count_it(seconds: int | None, said: str) -> None:
    assert format_wait(seconds) == said
    assert ServerError("too_many_attempts", seconds).kind.hint == f"Attendez {said}, puis réessayez."
