"""What surrounds every page: navigation, language and theme, and what templates may use."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Flask, g, has_request_context, request
from flask_babel import LazyString, gettext, ngettext, pgettext

from app.core import i18n
from app.core.clock import now
from app.core.web import address


@dataclass(frozen=True, slots=True)
class Place:
    """An entry of the navigation; `phone` ones stand in the bottom bar of a phone."""

    label: str | LazyString
    url: str
    icon: str
    count: int | None = None
    phone: bool = True
    section: str = ""

    @property
    def current(self) -> bool:
        return request.path == self.url or (self.url != "/" and request.path.startswith(self.url + "/"))


def init_app(
    app: Flask,
    viewer: Callable[[], Any],
    items: Callable[[], Sequence[Place]],
    doors: Callable[[], Mapping[str, str]] = dict,
) -> None:
    """Give each template its surroundings.

    `doors` gives addresses the frame links to, each left out where there is none: home, search, account, sign_out,
    theme, definitions.
    """
    functions: dict[str, Any] = {"_": gettext, "gettext": gettext, "ngettext": ngettext, "pgettext": pgettext}
    functions["address"] = address
    app.jinja_env.globals.update(functions)
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True

    @app.context_processor
    def surroundings() -> dict[str, Any]:
        if not has_request_context():  # a document made by a command or a job
            return {"lang": i18n.language(), "as_of": now()}
        person = viewer()
        return {
            "viewer": person,
            "nav": items() if person is not None else [],
            "doors": doors(),
            "lang": g.get("language", i18n.language()),
            "lang_links": {code: address(lang=code) for code in i18n.LANGUAGES},
            "theme": (person and person.theme) or request.cookies.get("theme"),
            "as_of": now(),
            "place": g.get("place", ""),
        }
