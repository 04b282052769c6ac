"""The list of the ASVS is whole, names tests that exist, and leaves little open."""

from __future__ import annotations

import re

import pytest

from tools.run import ROOT

PAGE = ROOT / "docs" / "asvs.md"
SECTIONS = {
    1: (2, 9, 11, 3, 2), 2: (3, 3, 4, 1), 3: (0, 2, 4, 6, 5, 0, 2), 4: (3, 1, 2, 4), 5: (1, 3, 2, 3),
    6: (3, 12, 4, 4, 5, 3, 0, 4), 7: (3, 4, 2, 5, 2, 2), 8: (2, 3, 1, 1), 9: (3, 4), 10: (2, 2, 4, 11, 5, 2, 3),
    11: (2, 3, 3, 4, 1, 1), 12: (3, 2, 4), 13: (1, 5, 2, 5), 14: (2, 4, 3), 15: (3, 3, 7), 16: (1, 5, 4, 3, 3),
    17: (1, 4, 2),
}  # fmt: skip
"""Requirements of levels 1 and 2 by chapter and section (OWASP ASVS 5.0.0): in each, those come first."""
MOST_OPEN = 5
ROW = re.compile(r"^\| ([\d., ]+) \| (tenu|sans objet|\*\*ouvert\*\*) \| (.+) \|$", re.MULTILINE)


def rows() -> list[tuple[list[str], str, str]]:
    found = ROW.findall(PAGE.read_text("utf-8"))
    return [(ids.split(", "), state, why) for ids, state, why in found]


def test_every_requirement_of_the_second_level_has_its_line_in_order() -> None:
    listed = [one for ids, _, _ in rows() for one in ids]
    known = [
        f"{chapter}.{section}.{number}"
        for chapter, counts in SECTIONS.items()
        for section, count in enumerate(counts, 1)
        for number in range(1, count + 1)
    ]
    assert listed == known
    assert len(known) == 253


def test_at_most_five_are_open_and_each_says_why() -> None:
    left = [why for _, state, why in rows() if "ouvert" in state]
    assert len(left) <= MOST_OPEN
    assert all(len(why) > 60 for why in left)


@pytest.mark.parametrize(
    "path",
    sorted({p for _, _, why in rows() for p in re.findall(r"`((?:tests|sync_server|shared)/[^`*]+)`", why)}),
)
def test_what_it_names_is_there(path: str) -> None:
    assert (ROOT / path).exists()


def test_what_it_links_to_is_there() -> None:
    pages = re.findall(r"\]\(([a-z-]+\.md)", PAGE.read_text("utf-8"))
    assert pages
    assert all((ROOT / "docs" / page).exists() for page in pages)
