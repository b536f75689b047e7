"""Style sheets and the script: staged once from our sources and Bootstrap's, then served for ever.

`build` writes each file under a name that carries the hash of its content, beside a Brotli and a gzip twin, and a
manifest from the plain name to that one. Of Bootstrap only the rules are kept whose classes our templates name.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import re
import sys
import time
from collections.abc import Iterator
from importlib import metadata, resources
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import brotli
import tinycss2
from flask import Flask, redirect
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from whitenoise import WhiteNoise

from app.core.icons import icon
from app.core.marks import share, spark
from app.core.web import public

APP = Path(__file__).resolve().parents[1]
SOURCE = Path(__file__).parent / "static" / "src"
TARGET = Path(__file__).parent / "static" / "dist"
RUNTIMES = APP.parent / "node_modules" / "scorm-again" / "dist" / "esm"
"""What lets SCORM content run, where set-up could install it (`scripts/browser_packages.py`)."""
PREFIX = "/static/"
DAY = 24 * 3600.0


# --- Staging ---


def build(target: Path = TARGET) -> dict[str, str]:
    """Stage all files into `target`; returns plain names with hashed ones. Safe when several run at once."""
    files = target / "files"
    files.mkdir(parents=True, exist_ok=True)
    names = {name: _stage(files, name, content) for name, content in _contents().items()}
    _clear(files, keep=set(names.values()))
    _write(target / "manifest.json", json.dumps({"made_from": fingerprint(), "files": names}, indent=2).encode())
    return names


def _clear(files: Path, keep: set[str]) -> None:
    """Take away what no manifest has named for a day: pages and servers that are still open may ask for younger ones."""
    for old in files.iterdir():
        current = old.name.removesuffix(".br").removesuffix(".gz") in keep
        if not current and time.time() - old.stat().st_mtime > DAY:
            old.unlink(missing_ok=True)


def fingerprint() -> str:
    """What the staged files depend on, in one hash."""
    parts = [path.read_bytes() for path in _sources()]
    parts += [metadata.version(package).encode() for package in ("bootstrap-flask", "tinycss2", "brotli")]
    parts += [path.read_bytes() for path in _runtimes().values()]
    parts.append(Path(__file__).read_bytes())
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def _contents() -> dict[str, bytes]:
    own = "\n".join(path.read_text("utf-8") for path in sorted((SOURCE / "css").glob("*.css")))
    bootstrap = (
        resources.files("flask_bootstrap").joinpath("static/bootstrap5/css/bootstrap.min.css").read_text("utf-8")
    )
    return {
        "hilo.css": (keep_used(bootstrap, _words()) + "\n" + _without_comments(own)).encode(),
        "print.css": _without_comments((SOURCE / "print.css").read_text("utf-8")).encode(),
        "hilo.js": (SOURCE / "hilo.js").read_bytes(),
        "player.js": (SOURCE / "player.js").read_bytes(),
        **{name: _without_map(path.read_text("utf-8")) for name, path in _runtimes().items()},
        "icon.svg": (SOURCE / "icon.svg").read_bytes(),
    }


def _runtimes() -> dict[str, Path]:
    """The run-times of SCORM that are installed, by our name."""
    found = {f"{name}.js": RUNTIMES / f"{name}.min.js" for name in ("scorm12", "scorm2004")}
    return {name: path for name, path in found.items() if path.exists()}


def _without_map(script: str) -> bytes:
    """The script without the address of a map that is not served."""
    return re.sub(r"\n//# sourceMappingURL=\S*\s*$", "\n", script).encode()


def _sources() -> list[Path]:
    return sorted([*APP.glob("*/templates/**/*.html"), *(path for path in SOURCE.rglob("*") if path.is_file())])


def _words() -> frozenset[str]:
    """Every word of the templates, the script and our sheets: whatever may be the name of a class."""
    text = " ".join(path.read_text("utf-8") for path in _sources())
    return frozenset(re.findall(r"[A-Za-z][\w-]*", text))


def _without_comments(sheet: str) -> str:
    return re.sub(r"\n\s*\n+", "\n", re.sub(r"/\*.*?\*/", "", sheet, flags=re.DOTALL)).strip()


def _stage(folder: Path, name: str, content: bytes) -> str:
    stem, _, ending = name.rpartition(".")
    hashed = f"{stem}.{hashlib.sha256(content).hexdigest()[:10]}.{ending}"
    _write(folder / hashed, content)
    _write(folder / f"{hashed}.br", brotli.compress(content))
    _write(folder / f"{hashed}.gz", gzip.compress(content, mtime=0))
    return hashed


def _write(path: Path, content: bytes) -> None:
    """Write the whole file or nothing, under its name."""
    with NamedTemporaryFile(dir=path.parent, delete=False) as part:
        part.write(content)
    os.chmod(part.name, 0o644)
    os.replace(part.name, path)


# --- Bootstrap, less what nobody uses ---


def keep_used(sheet: str, words: frozenset[str]) -> str:
    """The rules of a minified sheet whose selectors name only classes among `words`."""
    rules = tinycss2.parse_stylesheet(sheet, skip_comments=True, skip_whitespace=True)
    return "".join(_kept(rules, words))


def _kept(rules: list[Any], words: frozenset[str]) -> Iterator[str]:
    for rule in rules:
        if rule.type == "qualified-rule":
            if selectors := _used_selectors(tinycss2.serialize(rule.prelude), words):
                yield f"{selectors}{{{tinycss2.serialize(rule.content)}}}"
        elif rule.type == "at-rule" and rule.lower_at_keyword == "media" and rule.content:
            inside = "".join(_kept(tinycss2.parse_rule_list(rule.content, skip_whitespace=True), words))
            if inside:
                yield f"@media{tinycss2.serialize(rule.prelude)}{{{inside}}}"


def _used_selectors(prelude: str, words: frozenset[str]) -> str:
    """The selectors of a list that may match something of ours."""
    selectors = re.split(r",(?![^(]*\))", prelude)
    return ",".join(one for one in selectors if words.issuperset(re.findall(r"\.([A-Za-z][\w-]*)", one)))


# --- Serving ---


def init_app(app: Flask, target: Path = TARGET) -> None:
    """Stage when anything changed since last time, serve what is staged, and give templates their functions."""
    names = _manifest(target)
    sheets = {name: hashed for name, hashed in names.items() if not name.endswith(".js")}
    texts = {name: (target / "files" / hashed).read_text("utf-8") for name, hashed in sheets.items()}

    def asset_url(name: str) -> str:
        """The address of a staged file, by its plain name; `KeyError` for an unknown one."""
        return PREFIX + names[name]

    def asset_text(name: str) -> Markup:
        """The content of a staged sheet or drawing, for documents that must stand alone."""
        return Markup(texts[name])  # noqa: S704 -- our own file

    functions: dict[str, Any] = {
        "asset_url": asset_url,
        "has_asset": names.__contains__,
        "asset_text": asset_text,
        "icon": icon,
        "spark_shape": spark,
        "bar_share": share,
    }
    app.jinja_env.globals.update(functions)

    @app.get("/favicon.ico")
    @public
    def favicon() -> ResponseReturnValue:
        """Where browsers look for the icon of what is no page of ours, a JSON answer say."""
        return redirect(asset_url("icon.svg"))

    served = WhiteNoise(app.wsgi_app, immutable_file_test=lambda path, url: True)
    served.add_files(str(target / "files"), prefix=PREFIX)
    app.wsgi_app = served


def _manifest(target: Path) -> dict[str, str]:
    """Plain names and hashed ones of what is staged, staging it first if it is not or no longer right."""
    try:
        manifest = json.loads((target / "manifest.json").read_text("utf-8"))
    except (FileNotFoundError, json.JSONDecodeError):
        return build(target)
    if manifest["made_from"] != fingerprint():
        return build(target)
    return dict(manifest["files"])


if __name__ == "__main__":
    for plain, hashed_name in build().items():
        size = (TARGET / "files" / f"{hashed_name}.br").stat().st_size
        sys.stdout.write(f"{plain:12} {hashed_name:28} {size / 1024:6.1f} kB compressed\n")
