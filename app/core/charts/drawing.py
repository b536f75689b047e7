"""How a definition becomes a drawing: colours, fonts and number format of who reads it."""

from __future__ import annotations

import hashlib
import json
from functools import lru_cache
from typing import Any

from flask import Response, request

from app.core.i18n import language, number_locale

Spec = dict[str, Any]
WIDTH, HEIGHT = 640, 240
LIGHT = {
    "ink": "#14201e", "ink2": "#43524f", "line": "#e1e7e5", "edge": "#76847f", "accent": "#0b5f5b",
    "bar": "#5d8d89", "bad": "#b9493d", "bad_soft": "#fcebe8", "good_soft": "#e3f3e8", "ground": "#ffffff",
}  # fmt: skip
DARK = {
    "ink": "#e9efed", "ink2": "#b9c5c2", "line": "#26312f", "edge": "#71817d", "accent": "#62cabf",
    "bar": "#4f9089", "bad": "#d4685b", "bad_soft": "#3a1b18", "good_soft": "#12301e", "ground": "#111817",
}  # fmt: skip
"""The colours of the style sheet, by role."""
FONT = "Roboto, 'Noto Sans', 'Helvetica Neue', Arial, sans-serif"


def colours(theme: str) -> dict[str, str]:
    """The colours of a theme, `light` or `dark`."""
    return DARK if theme == "dark" else LIGHT


def asked_theme() -> str:
    """The theme the address asks for."""
    return "dark" if request.args.get("theme") == "dark" else "light"


def svg(spec: Spec, theme: str = "light") -> str:
    """Draw a Vega-Lite definition in the reader's language and number format."""
    locale = {"en": "en-US", "es_419": "es-MX", "es_MX": "es-MX", "es_CO": "es-ES"}.get(number_locale(), "en-US")
    times = "es-ES" if language() == "es" else "en-US"
    return _draw(json.dumps({**spec, "config": _config(theme)}, sort_keys=True, default=str), locale, times)


def answer(spec: Spec) -> Response:
    """The chart as an answer to a request; unchanged ones are not sent again."""
    drawing = svg(spec, asked_theme())
    response = Response(drawing, mimetype="image/svg+xml")
    response.set_etag(hashlib.sha256(drawing.encode()).hexdigest()[:32])
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'"
    response.make_conditional(request)
    return response


@lru_cache(maxsize=256)
def _draw(definition: str, number_format: str, time_format: str) -> str:
    import vl_convert

    locales: dict[str, Any] = {"format_locale": number_format, "time_format_locale": time_format}
    drawing: str = vl_convert.vegalite_to_svg(definition, show_warnings=False, **locales)
    return drawing


def _config(theme: str) -> Spec:
    hue = colours(theme)
    label = {"labelColor": hue["ink2"], "titleColor": hue["ink2"], "labelFontSize": 13, "titleFontSize": 13}
    return {
        "background": None,
        "font": FONT,
        "view": {"stroke": None, "continuousWidth": WIDTH, "continuousHeight": HEIGHT},
        "axis": {
            **label,
            "titleFontWeight": 400,
            "grid": False,
            "domainColor": hue["line"],
            "tickColor": hue["line"],
            "gridColor": hue["line"],
            "labelPadding": 6,
        },
        "axisY": {"grid": True, "domain": False, "ticks": False},
        "line": {"color": hue["ink"], "strokeWidth": 2.25},
        "point": {"color": hue["ink"], "filled": True, "size": 60, "opacity": 1},
        "bar": {"color": hue["bar"]},
        "rule": {"color": hue["edge"], "strokeDash": [4, 4]},
        "text": {"color": hue["ink2"], "fontSize": 13},
        "legend": {"disable": True},
    }
