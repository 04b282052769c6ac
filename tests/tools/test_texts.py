"""A writer mends the texts of the app in one file; the code says them from then on, and nothing else moves."""

from __future__ import annotations

import ast
import shutil
from pathlib import Path

import pytest

from tools import texts
from tools.run import ROOT
from tools.texts import MendError, Text, draw, gather, mend, modules


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The code of the app, to be mended."""
    for place in ("field_app", "shared"):
        shutil.copytree(ROOT / place, tmp_path / place, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def test_the_page_has_each_screen_and_its_words() -> None:
    page = draw(ROOT)
    home = page.split("## field_app/screens/home.py")[1].split("\n## ")[0]
    for words in ("Nouvelle rencontre", "Journal des saisies", "Synchroniser", "Envoi en cours…{gone}"):
        assert f". {words}\n" in home
    assert "Tout est envoyé" in page
    assert "il est dans l’avenir" in page
    assert "## field_app/store/" in page  # what a refusal says is a text too


def test_no_name_of_the_code_is_offered_to_be_mended() -> None:
    said = {text.said for path in modules(ROOT) for text in gather(path.read_text())}
    assert not said & {"pending", "to_correct", "last used", "data key", "first_contact_year", "FIELD_APP_SERVER"}
    assert not said & {"presence timer", "update ready", "went back", "referral {service}"}
    assert not any(word in words for words in said for word in ("SELECT", "CREATE TABLE", "http"))


def texts_of(page: str) -> list[str]:
    return [line for line in page.splitlines() if line.startswith("- ")]


@pytest.mark.parametrize("path", modules(ROOT), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_text_written_again_as_it_is_leaves_the_code_as_it_was(path: Path) -> None:
    source = path.read_text()
    code = source.encode()
    for text in reversed(gather(source)):
        code = code[: text.start] + text.written(text.said).encode() + code[text.end :]
    assert ast.dump(ast.parse(code)) == ast.dump(ast.parse(source))


def test_a_mended_text_is_in_the_code_and_nothing_else_moved(copy: Path) -> None:
    page = draw(copy).replace(". Journal des saisies\n", ". Mon journal\n")
    changed = mend(copy, page)
    assert copy / "field_app/screens/home.py" in changed
    assert texts_of(draw(copy)) == texts_of(page)
    assert '"Mon journal"' in (copy / "field_app/screens/home.py").read_text()
    assert mend(copy, draw(copy)) == []


def test_what_the_code_fills_in_may_move_but_not_go(copy: Path) -> None:
    before = draw(copy)
    moved = before.replace("Envoi en cours…{gone}", "{gone} : envoi en cours")
    assert [path.name for path in mend(copy, moved)] == ["home.py"]
    assert 'f"{gone} : envoi en cours"' in (copy / "field_app/screens/home.py").read_text()
    kept = draw(copy)
    with pytest.raises(MendError, match="gardez ce qui est entre accolades"):
        mend(
            copy, kept.replace("{gone} : envoi en cours", "Envoi en cours").replace(". Annuaire", ". Mon annuaire")
        )
    assert draw(copy) == kept


@pytest.mark.parametrize(
    ("lost", "said"),
    [("- 3. ", "Le texte 3 manque"), ("# Les", "écrivez la page de nouveau"), ("Faite du", "Le code a changé")],
)
def test_a_page_that_no_longer_fits_changes_nothing(copy: Path, lost: str, said: str) -> None:
    page = draw(copy)
    lines = [line for line in page.splitlines() if not line.startswith(lost)]
    if lost == "# Les":
        lines.append("- 9999. Un texte de trop")
    with pytest.raises(MendError, match=said):
        mend(copy, "\n".join(lines))
    assert draw(copy) == page


@pytest.mark.parametrize("wrong", ["Aucun {mot} trouvé", "Aucun trouvé", "Aucun {word} { trouvé"])
def test_a_name_that_is_filled_in_later_is_kept_too(copy: Path, wrong: str) -> None:
    page = draw(copy)
    with pytest.raises(MendError, match="gardez ce qui est entre accolades"):
        mend(copy, page.replace("Aucun {word} trouvé", wrong))
    assert draw(copy) == page


def test_a_page_of_another_day_is_refused_before_it_shifts_texts(copy: Path) -> None:
    page = draw(copy)
    home = copy / "field_app/screens/home.py"
    home.write_text(home.read_text().replace('"Annuaire"', '"L’annuaire"'))
    before = home.read_text()
    with pytest.raises(MendError, match="Le code a changé"):
        mend(copy, page)
    assert home.read_text() == before


def test_a_long_text_is_cut_between_words_and_says_the_same() -> None:
    said = (
        "Quelques mots « entre guillemets », {count} nombres, et encore d’autres mots. " * 4 + 'Un "seul" \\ trait'
    )
    for fills, filled in ((True, said.replace("{count}", "3")), (False, said)):
        code = Text(0, 0, "", fills).written(said)
        assert max(map(len, code.split('" '))) < texts.WIDTH + 20
        assert eval(code, {"count": 3}) == filled  # what was just written
