"""Build the web client: the same input gives the same bytes, and what we patch must be as it was."""

from __future__ import annotations

import json
import re
import zipfile
from hashlib import sha256
from pathlib import Path

import brotli
import pytest

from tools import lock
from tools.web_build import archives, client, listing, packages, packing, places
from tools.web_build.__main__ import build, digest_inputs

MOST_TO_SEND = 14_000_000
MOST_OF_THE_APP = 500_000
MOST_OF_A_FONT = 16_000


@pytest.fixture(scope="module")
def twice(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The real client, built two times."""
    folder = tmp_path_factory.mktemp("builds")
    places.CACHE.mkdir(parents=True, exist_ok=True)
    for name in ("one", "two"):
        build(folder / name, places.CACHE, "inputs")
    return folder / "one", folder / "two"


def test_the_same_sources_give_the_same_bytes_on_every_machine(twice: tuple[Path, Path]) -> None:
    one, two = map(archives.read_tree, twice)
    assert one == two


def test_a_first_visit_and_an_update_are_small_enough_for_a_village(twice: tuple[Path, Path]) -> None:
    found = archives.read_tree(twice[0])
    served = json.loads(found[listing.LISTING])["files"]
    sent = {name: len(found.get(f"{name}.br", found[name])) for name in served}
    assert sum(sent.values()) < MOST_TO_SEND
    assert sent["python/app.zip"] < MOST_OF_THE_APP


def test_an_update_of_the_app_does_not_send_the_lists_again(twice: tuple[Path, Path]) -> None:
    app, lists = (zipfile.ZipFile(twice[0] / "python" / name).namelist() for name in ("app.zip", "lists.zip"))
    assert {Path(name).suffix for name in app} == {".pyc"}
    assert "shared/people/first_names.txt" in lists
    assert "shared/people/GFDL-1.2.txt" in lists
    assert not set(app) & set(lists)


def test_the_tablet_is_sent_no_database_driver_nor_what_only_a_desk_needs(twice: tuple[Path, Path]) -> None:
    names = zipfile.ZipFile(twice[0] / "python" / "site.zip").namelist()
    names += zipfile.ZipFile(twice[0] / "python" / "app.zip").namelist()
    rooms = {name.split("/")[0] for name in names}
    assert {"flet", "pydantic", "httpx", "field_app", "shared"} <= rooms
    assert not rooms & {"sqlalchemy", "sqlmodel", "cryptography", "cffi", "argon2", "sync_server", "tests"}
    assert not [name for name in names if name.endswith((".py", ".pyi"))]
    assert not [name for name in names if name.startswith("shared/models/tables")]


def test_the_worker_the_tablet_and_the_server_name_one_build(twice: tuple[Path, Path]) -> None:
    found = archives.read_tree(twice[0])
    version = json.loads(found[listing.LISTING])["build"]
    assert found["build.js"].decode() == f'export const BUILD = "{version}";\n'
    assert f'const BUILD = "{version}"'.encode() in found["sw.js"]
    listed = json.loads(re.search(rb"FILES = (\{.*?\});", found["sw.js"]).group(1))  # type: ignore[union-attr]  # it is there
    served = json.loads(found[listing.LISTING])["files"]
    assert listed == {name: digest for name, digest in served.items() if name != "sw.js"}
    assert b"{size}" not in found["index.html"]


def test_the_letters_of_arabic_lie_where_the_client_looks_for_them(twice: tuple[Path, Path]) -> None:
    found = archives.read_tree(twice[0])
    asked = "assets/fonts/" + client.find_arabic(found["main.dart.wasm"])
    assert found[asked] == places.ARABIC_FONT.read_bytes()
    assert asked in json.loads(found[listing.LISTING])["files"]  # kept for where there is no network
    assert b"SIL OPEN FONT LICENSE" in found["assets/fonts/OFL.txt"]
    assert len(found[asked]) < MOST_OF_A_FONT


@pytest.mark.parametrize("program", [b"", b"notosansarabic/v1/a.woff2 notosansarabic/v2/b.woff2"])
def test_a_client_that_looks_for_arabic_elsewhere_stops_the_build(program: bytes) -> None:
    with pytest.raises(RuntimeError, match="fonts of Arabic instead of one"):
        client.find_arabic(program)


def test_every_commit_reaches_the_disk(twice: tuple[Path, Path]) -> None:
    runtime = (twice[0] / "pyodide" / "pyodide.asm.mjs").read_text("utf-8")
    assert client.FLUSH in runtime
    assert client.NO_FLUSH not in runtime


def test_nothing_in_the_client_asks_another_host(twice: tuple[Path, Path]) -> None:
    found = archives.read_tree(twice[0])
    assert json.loads(found["pyodide/pyodide-lock.json"])["packages"] == {}
    assert b"serviceWorkerSettings:" not in found["flutter_bootstrap.js"].split(b"flutterConfig = ")[1]
    ours = {
        p.relative_to(places.SOURCES).as_posix() for p in places.SOURCES.rglob("*") if p.suffix in (".js", ".html")
    }
    assert not [
        name for name in ours if b"//" in found[name] and re.search(rb"https?://(?!www.w3.org)", found[name])
    ]


@pytest.mark.parametrize("times", [0, 2])
def test_a_runtime_that_changed_stops_the_build_instead_of_passing_unpatched(times: int) -> None:
    with pytest.raises(RuntimeError, match=f"found {times} times"):
        client.replace_once("a" + client.NO_FLUSH * times, client.NO_FLUSH, client.FLUSH)


def test_a_flush_that_moved_in_the_runtime_stops_the_build(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shipped = places.FLET / "pyodide"
    moved = tmp_path / "flet" / "pyodide"
    moved.mkdir(parents=True)
    for name in (*client.PYODIDE, "python_stdlib.zip", "pyodide-lock.json"):
        (moved / name).symlink_to(shipped / name)
    runtime = (shipped / "pyodide.asm.mjs").read_text("utf-8")
    assert "syscall_fdatasync" in client.NO_FLUSH
    (moved / "pyodide.asm.mjs").write_text(runtime.replace("___syscall_fdatasync(fd)", "___syscall_fdatasync(f)"))
    monkeypatch.setattr(places, "FLET", tmp_path / "flet")
    with pytest.raises(RuntimeError, match="fdatasync"):
        client.copy_pyodide(tmp_path / "out")
    assert not (tmp_path / "out" / "pyodide" / "pyodide.asm.mjs").exists()  # nothing unpatched lies about


def test_a_bootstrap_that_changed_stops_the_build() -> None:
    text = (places.FLET / "flutter_bootstrap.js").read_text("utf-8")
    amended = client.amend_bootstrap(text)
    assert "getElementById('loading')" not in amended
    assert "webkit: true" in amended  # or an iPad finds no build that it may run
    for gone in ("serviceWorkerSettings: {", "'flutter-first-frame'", "assetBase: flet.assetBase\n"):
        with pytest.raises(RuntimeError):
            client.amend_bootstrap(text.replace(gone, "changed"))


def test_a_zip_knows_neither_the_day_nor_the_order_it_was_made_in(tmp_path: Path) -> None:
    archives.write_zip({"b": b"2", "a/c": b"1" * 1000}, tmp_path / "one.zip")
    archives.write_zip({"a/c": b"1" * 1000, "b": b"2"}, tmp_path / "two.zip")
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    entries = zipfile.ZipFile(tmp_path / "one.zip").infolist()
    assert [(e.filename, e.compress_type) for e in entries] == [
        ("a/c", zipfile.ZIP_STORED),
        ("b", zipfile.ZIP_STORED),
    ]


def test_a_file_is_packed_once_and_forgotten_with_its_content(tmp_path: Path) -> None:
    out, cache = tmp_path / "out", tmp_path / "cache"
    out.mkdir()
    (out / "text.js").write_bytes(b"let a = 1;\n" * 500)
    (out / "picture.png").write_bytes(b"".join(sha256(bytes([n])).digest() for n in range(8)))
    packer = packing.Packer(cache)
    size = packer.size_to_send(out)
    packer.write(out)
    assert brotli.decompress((out / "text.js.br").read_bytes()) == (out / "text.js").read_bytes()
    assert not (out / "picture.png.br").exists()  # it would be no smaller
    assert size == (out / "text.js.br").stat().st_size + 256
    kept = next(path for path in cache.iterdir() if path.read_bytes() == (out / "text.js.br").read_bytes())
    kept.write_bytes(b"kept")  # proof that it is taken from there
    for packed in out.glob("*.*.*"):
        packed.unlink()
    packing.Packer(cache).write(out)
    assert (out / "text.js.br").read_bytes() == b"kept"
    (out / "text.js").write_bytes(b"let b = 2;\n" * 500)
    for packed in out.glob("*.*.*"):
        packed.unlink()
    packing.Packer(cache).write(out)
    assert not kept.exists()


def test_the_lock_of_the_web_client_follows_the_tablets() -> None:
    made = lock.web_lock(lock.TABLET.read_text("utf-8"))
    assert made == places.LOCK.read_text("utf-8")  # `make lock` makes it anew
    names = set(re.findall(r"^([a-z0-9-]+)==", made, re.MULTILINE))
    assert {"flet", "pydantic-core", "msgpack", "six"} <= names
    assert not names & lock.NOT_IN_A_BROWSER
    assert "://" not in made


def test_the_package_of_npm_is_locked_by_its_content_and_names_no_host() -> None:
    locked = json.loads((places.NPM / "package-lock.json").read_text("utf-8"))["packages"]
    assert locked["node_modules/hash-wasm"]["integrity"].startswith("sha512-")
    assert not any("resolved" in package for package in locked.values())


def test_nothing_is_built_again_while_nothing_changed(tmp_path: Path) -> None:
    assert digest_inputs() == digest_inputs()
    assert listing.read_inputs(tmp_path) == ""
    (tmp_path / listing.LISTING).write_text("half a li")
    assert listing.read_inputs(tmp_path) == ""
    (tmp_path / listing.LISTING).write_text('{"inputs": "abc"}')
    assert listing.read_inputs(tmp_path) == "abc"


def test_half_an_installation_never_counts_as_one(tmp_path: Path) -> None:
    def fail(folder: Path) -> None:
        (folder / "half").write_text("")
        raise OSError("no network")

    with pytest.raises(OSError, match="no network"):
        packages.use_cache(tmp_path, "site", "abc", fail)
    made = packages.use_cache(tmp_path, "site", "abc", lambda folder: (folder / "whole").touch())
    assert [path.name for path in made.iterdir()] == ["whole"]
    newer = packages.use_cache(tmp_path, "site", "def", lambda folder: None)
    assert [path.name for path in tmp_path.iterdir()] == [newer.name]
