"""Icons: our own names for a subset of Bootstrap Icons, and two drawn here; written into the page, so that they print.

An icon is always beside words, or carries a label of its own.
"""

from __future__ import annotations

import re
from functools import cache
from importlib import resources

from markupsafe import Markup

FROM_BOOTSTRAP = {
    # state
    "late": "exclamation-triangle-fill",
    "due": "clock",
    "ok": "check-lg",
    "no": "x-lg",
    "open": "circle",
    "full": "circle-fill",
    "half": "circle-half",
    "waived": "dash-circle",
    "calendar": "calendar4",
    "draft": "pencil",
    "lock": "lock",
    "info": "info-circle",
    "history": "clock-history",
    # places
    "home": "house-door",
    "people": "people",
    "person": "person",
    "talk": "chat-left-text",
    "commitment": "check2-square",
    "book": "book",
    "quiz": "ui-checks",
    "path": "signpost",
    "certificate": "award",
    "dispute": "flag",
    "report": "bar-chart",
    "audit": "clipboard-check",
    "scorecard": "list-check",
    "customer": "headset",
    "calibration": "sliders",
    "cohort": "mortarboard",
    "launch": "rocket-takeoff",
    "priority": "list-ol",
    "initiative": "bullseye",
    "risk": "shield-exclamation",
    "review": "file-earmark-slides",
    "rule": "diagram-2",
    "unit": "diagram-3",
    "metric": "graph-up",
    "import": "upload",
    "activity": "activity",
    "settings": "gear",
    "bell": "bell",
    # deeds
    "find": "search",
    "more": "three-dots",
    "menu": "list",
    "add": "plus-lg",
    "edit": "pencil-square",
    "delete": "trash3",
    "undo": "arrow-counterclockwise",
    "download": "download",
    "file": "file-earmark-text",
    "mail": "envelope",
    "key": "key",
    "link": "link-45deg",
    "out": "box-arrow-right",
    "elsewhere": "box-arrow-up-right",
    "filter": "funnel",
    "sun": "sun",
    "moon": "moon",
    "language": "translate",
    "play": "play",
    "move": "grip-vertical",
    "sort": "arrow-down-up",
    # directions
    "up": "arrow-up",
    "down": "arrow-down",
    "left": "chevron-left",
    "right": "chevron-right",
    "unfold": "chevron-down",
    "arrow": "arrow-right",
}

_STROKE = 'fill="none" stroke="currentColor" stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round"'
OWN = {
    "thread": f'<path {_STROKE} d="M2 12c3.3 2 4-1.3 5.7-4s3.7-5.3 5.6-3-1.6 5.3-5 3.7-5.6-2-6.3.3"/>',
    "gap": f'<path {_STROKE} d="M1.5 8h4M10.5 8h4M5.5 4.5v7M10.5 4.5v7"/>',
}


@cache
def _drawings() -> dict[str, str]:
    """The inside of each icon's `<svg viewBox="0 0 16 16">`, by our name."""
    sprite = (
        resources.files("flask_bootstrap").joinpath("static/bootstrap5/icons/bootstrap-icons.svg").read_text("utf-8")
    )
    wanted = {theirs: ours for ours, theirs in FROM_BOOTSTRAP.items()}
    found = dict(OWN)
    for theirs, inside in re.findall(r'<symbol[^>]* id="([^"]+)">(.*?)</symbol>', sprite, re.DOTALL):
        if theirs in wanted:
            found[wanted[theirs]] = inside.strip()
    return found


TONES = {"bad": "#a4261d", "warn": "#834d00", "good": "#17673a", "accent": "#0b5f5b"}
"""Colours where no style sheet reaches into the drawing, as in PDF; on screen the sheet decides."""


def icon(name: str, label: str | None = None, tone: str | None = None) -> Markup:
    """The icon as inline SVG; silent beside words, or an image named `label`. `tone`: bad, warn, good or accent.

    Raises `KeyError` for a name that is not listed above.
    """
    look = "h-ico" if tone is None else f"h-ico h-ico--{tone}"
    said = Markup('role="img" aria-label="{}"').format(label) if label else Markup('aria-hidden="true"')
    fill, drawing = TONES.get(tone or "", "currentColor"), Markup(_drawings()[name])  # noqa: S704 -- a package's file
    return Markup('<svg class="{}" viewBox="0 0 16 16" width="16" height="16" fill="{}" {}>{}</svg>').format(
        look, fill, said, drawing
    )
