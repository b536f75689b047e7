"""Staging: what is built, what is left out, and how it is served."""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path

import brotli
import pytest

from app.core import assets
from app.core.icons import FROM_BOOTSTRAP, OWN, icon
from tests.core.look import create_look

SHEET = """
:root{--a:1}.btn{color:red}.btn:hover,.carousel:hover{color:blue}.carousel{x:y}
@media (min-width:1px){.carousel{a:b}}@media print{.btn{c:d}}
:is(.btn,.carousel) p{a:b}
"""


@pytest.fixture(scope="module")
def staged(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    target = tmp_path_factory.mktemp("dist")
    return target, assets.build(target)


def test_each_file_stands_under_the_hash_of_its_content_with_two_compressed_twins(
    staged: tuple[Path, dict[str, str]],
) -> None:
    target, names = staged
    installed = {"scorm12.js", "scorm2004.js"}  # where set-up could install them
    assert set(names) - installed == {"hilo.css", "hilo.js", "player.js", "print.css", "icon.svg"}
    for plain, hashed in names.items():
        content = (target / "files" / hashed).read_bytes()
        assert hashed.startswith(plain.split(".")[0] + ".")
        assert brotli.decompress((target / "files" / f"{hashed}.br").read_bytes()) == content
        assert gzip.decompress((target / "files" / f"{hashed}.gz").read_bytes()) == content


def test_building_again_gives_the_same_names_and_takes_away_files_older_than_a_day(
    staged: tuple[Path, dict[str, str]],
) -> None:
    target, names = staged
    old, recent = target / "files" / "hilo.0000000000.css", target / "files" / "hilo.1111111111.css"
    old.write_text("old")
    recent.write_text("recent")
    os.utime(old, (0, 0))
    assert assets.build(target) == names
    assert json.loads((target / "manifest.json").read_text())["files"] == names
    assert not old.exists()
    assert recent.exists()


def test_a_first_visit_is_light(staged: tuple[Path, dict[str, str]]) -> None:
    target, names = staged
    first = ("hilo.css", "hilo.js", "icon.svg")  # packages bring their player when one is opened
    sizes = [(target / "files" / f"{names[name]}.gz").stat().st_size for name in first]
    assert sum(sizes) < 50_000


def test_only_rules_for_named_classes_are_kept() -> None:
    kept = assets.keep_used(SHEET, frozenset({"btn"}))
    assert "carousel" not in kept
    assert ".btn{color:red}" in kept
    assert ".btn:hover{color:blue}" in kept
    assert "@media print{.btn{c:d}}" in kept
    assert ":root{--a:1}" in kept


def test_every_class_of_bootstrap_that_macros_use_is_in_the_sheet(staged: tuple[Path, dict[str, str]]) -> None:
    target, names = staged
    sheet = (target / "files" / names["hilo.css"]).read_text()
    for used in ("btn", "btn-primary", "form-control", "form-select", "form-check-input", "visually-hidden"):
        assert f".{used}" in sheet


def test_staged_files_are_served_compressed_and_for_ever() -> None:
    app = create_look()
    with app.test_request_context():
        url = app.jinja_env.globals["asset_url"]("hilo.css")
    answer = app.test_client().get(url, headers={"Accept-Encoding": "br"})
    assert answer.status_code == 200
    assert answer.headers["Content-Encoding"] == "br"
    assert "immutable" in answer.headers["Cache-Control"]
    answer.close()


def test_every_icon_has_a_drawing_and_an_unknown_one_is_an_error() -> None:
    for name in {**FROM_BOOTSTRAP, **OWN}:
        assert "<path" in icon(name) or "<rect" in icon(name) or "<circle" in icon(name)
    with pytest.raises(KeyError):
        icon("no such icon")


def test_an_icon_is_silent_or_an_image_with_its_label_escaped() -> None:
    assert 'aria-hidden="true"' in icon("ok")
    assert 'role="img" aria-label="&lt;Done&gt;"' in icon("ok", "<Done>")
