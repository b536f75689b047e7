"""What surrounds every page: navigation, language and theme, and what templates may use."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from flask import Flask, g, has_request_context, request
from flask_babel import LazyString, gettext, ngettext, pgettext
from jinja2 import FileSystemBytecodeCache

from app.core import i18n
from app.core.clock import now
from app.core.exports import FIGURES, shown
from app.core.web import address


@dataclass(frozen=True, slots=True)
class Place:
    """An entry of the navigation; `phone` ones stand in the bottom bar of a phone."""

    label: str | LazyString
    url: str
    icon: str
    count: int | None = None
    phone: bool = True

    def holds(self, path: str) -> bool:
        """Whether the page at this path is the place itself or below it."""
        return path == self.url or (self.url != "/" and path.startswith(self.url + "/"))


def nearest(places: Sequence[Place], path: str) -> Place | None:
    """The place a page belongs to: of those above it, the one with the longest address."""
    return max((one for one in places if one.holds(path)), key=lambda one: len(one.url), default=None)


def _kept_templates(folder: Path) -> Path:
    """Where compiled templates are kept from one process to the next, for nobody else to write to."""
    kept = folder / f"jinja-{version('jinja2')}"
    kept.mkdir(mode=0o700, parents=True, exist_ok=True)
    return kept


def init_app(
    app: Flask,
    viewer: Callable[[], Any],
    items: Callable[[], Sequence[Place]],
    doors: Callable[[], Mapping[str, str]] = dict,
    place: Callable[[], str] = str,
) -> None:
    """Give each template its surroundings.

    `doors` gives addresses the frame links to, each left out where there is none: home, search, account, notices,
    sign_out, theme, definitions, help. `place` is where in the organisation the viewer belongs, for the foot of the rail.
    """
    functions: dict[str, Any] = {"_": gettext, "gettext": gettext, "ngettext": ngettext, "pgettext": pgettext}
    functions |= {"address": address, "FIGURES": FIGURES}
    app.jinja_env.globals.update(functions)
    app.add_template_filter(shown, "shown")
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.bytecode_cache = FileSystemBytecodeCache(str(_kept_templates(app.config["TEMPLATES_DIR"])))

    @app.context_processor
    def surroundings() -> dict[str, Any]:
        if not has_request_context():  # a document made by a command or a job
            return {"lang": i18n.language(), "as_of": now()}
        person = viewer()
        nav = items() if person is not None else []
        return {
            "viewer": person,
            "nav": nav,
            "here": nearest(nav, request.path),
            "doors": doors(),
            "lang": g.get("language", i18n.language()),
            "lang_links": {code: address(lang=code) for code in i18n.LANGUAGES},
            "theme": (person and person.theme) or request.cookies.get("theme"),
            "as_of": now(),
            "place": place() if person is not None else "",
        }
