"""A small application that shows every macro with sample data, for tests of the look alone."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jinja2
from flask import Flask, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, DateField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Length

from app.core import assets, frame, i18n, tables, web
from app.core.i18n import Bilingual
from app.core.tables import ActiveFilter, Cell, Column, Row, TablePage

MORNING = datetime(2026, 11, 3, 14, 14, tzinfo=UTC)
PAOLA = SimpleNamespace(id=1, name="Paola Restrepo", initials="PR", theme=None)


class ModuleForm(FlaskForm):
    """One field of each kind."""

    title = StringField("Title", [DataRequired()], description="As agents will read it.")
    kind = SelectField("Kind", choices=[SelectChoice("a", "Article"), SelectChoice("v", "Video")])
    audience = RadioField(
        "Audience", choices=[SelectChoice("t", "My team"), SelectChoice("s", "The site")], default="t"
    )
    due = DateField("Due", [DataRequired()])
    body = TextAreaField("Text", [Length(max=40)])
    mail = BooleanField("Tell the agents by mail")


def create_look() -> Flask:
    """The application: `/style` (with `?bad=1` an invalid form), `/empty`, `/error`, `/sent`, `/progress`."""
    app = Flask("look", static_folder=None)
    app.jinja_loader = jinja2.FileSystemLoader(
        [Path(__file__).parent / "look_templates", assets.APP / "core" / "templates"]
    )
    app.config.update(
        SECRET_KEY="x", PROGRAMME_TIME_ZONE="America/Bogota", SESSION_COOKIE_SECURE=False, TESTING=True,
        RATELIMIT_ENABLED=False, RATELIMIT_STORAGE_URI="memory://", WTF_CSRF_ENABLED=False,
        BABEL_TRANSLATION_DIRECTORIES=str(assets.APP.parent / "translations"),
        TEMPLATES_DIR=assets.APP.parent / "build" / "templates",
    )  # fmt: skip
    web.init_app(app)
    i18n.init_app(app, reader=lambda: None)
    assets.init_app(app)
    frame.init_app(app, viewer=lambda: PAOLA, items=places, doors=doors)
    add_pages(app)
    return app


def places() -> list[frame.Place]:
    names = {
        "/style": "home",
        "/gaps": "gap",
        "/talk": "talk",
        "/people": "people",
        "/books": "book",
        "/reports": "report",
    }
    return [frame.Place(url[1:].title(), url, icon, count=3) for url, icon in names.items()]


def doors() -> dict[str, str]:
    return {name: f"/{name}" for name in ("home", "search", "account", "sign_out", "theme", "definitions")}


def add_pages(app: Flask) -> None:
    polls = iter(range(1, 100))

    @app.route("/style", methods=["GET", "POST"])
    def style() -> ResponseReturnValue:
        form = ModuleForm()
        if request.args.get("bad"):
            form = ModuleForm(MultiDict({"body": "x" * 50}))
            form.validate()
        return render_template("style.html", **samples(), form=form)

    @app.get("/empty")
    def empty() -> ResponseReturnValue:
        return render_template("empty.html", table=page_of([]))

    @app.get("/error")
    def error() -> ResponseReturnValue:
        return render_template("error.html", code=404, title="Nothing here.", advice="Go back.", request_id="9f2c"), 404

    @app.get("/sent")
    def sent() -> ResponseReturnValue:
        return render_template("bare.html")

    @app.get("/progress")
    def progress() -> ResponseReturnValue:
        done = next(polls)
        return render_template("progress.html", done=done, url="/progress" if done < 3 else None)


def samples() -> dict[str, Any]:
    return {
        "morning": MORNING,
        "english_only": Bilingual("Identity check", ""),
        "table": page_of(
            [row("Ana Ruiz", "late", 7, 12), row("Luis Mora", "good", 12, 12), row("Tomás Acuña", "plain", 0, 0)]
        ),
        "heat": [
            SimpleNamespace(name="Ana Ruiz", url="#", cells=[cell(0.97, 16, 4), cell(0.22, 31, 1)]),
            SimpleNamespace(name="Tomás Acuña", url="#", cells=[cell(None, 1, 0), cell(0.58, 9, 2)]),
        ],
    }


def cell(probability: float | None, checks: int, step: int) -> SimpleNamespace:
    return SimpleNamespace(probability=probability, checks=checks, step=step, url="#" if step else None)


def row(name: str, kind: str, numerator: int, denominator: int) -> Row:
    return Row(
        [
            tables.text(name, "#", note="E-1001"),
            tables.state(kind, kind),
            tables.rate(numerator, denominator, 0.9),
            tables.figure(denominator, "#"),
            tables.at_moment(MORNING if denominator else None),
        ]
    )


def page_of(rows: list[Row]) -> TablePage:
    def nothing(_item: Any) -> Cell:
        return Cell()

    return TablePage(
        id="people",
        caption="People of the team",
        columns=[
            Column("name", "Name", nothing, sort=1),
            Column("state", "State", nothing),
            Column("rate", "On time", nothing, sort=1, kind="rate"),
            Column("n", "Owed", nothing, sort=1, align="end", kind="number"),
            Column("last", "Last session", nothing, kind="moment"),
        ],
        rows=rows,
        total=310 if rows else 0,
        page=2 if rows else 1,
        per_page=25,
        filters=[
            ActiveFilter("q", "Name", "text", [], "", "", "?"),
            ActiveFilter(
                "team", "Team", "choice", [("1", "Refunds"), ("2", "Orders")], "1", "Refunds", "/style?sort=name"
            ),
            ActiveFilter("month", "Month", "month", [], "", "", "?"),
        ],
        sorted=("name", "asc"),
        export_urls={"csv": "?format=csv", "xlsx": "?format=xlsx"},
        empty_text="No one matches.",
        empty_action=("/style", "Show everyone"),
        hidden=[("sort", "name")],
    )
