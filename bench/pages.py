"""Processor time of each page, signed in, in a demo programme, against a bare table of 25 rows."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from flask import Flask, render_template
from flask.testing import FlaskClient
from flask_sqlalchemy import SQLAlchemy
from jinja2 import DictLoader
from sqlalchemy import select
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

import config
from app import create_app
from app.accounts.models import User
from app.core.database import db
from bench.frame import ROOT, Benchmark
from bench.visits import get, one_request, signed_in

ROWS = 25
NO_PAGES = (".svg", "/template", "/healthz", "/readyz")
ROLES = ("Mariana", "Héctor", "Paola", "Ana")
TABLE = """<!doctype html><html lang="en"><title>Items</title><h1>Items</h1><table>
{% for item in items %}<tr><td>{{ item.id }}</td><td><a href="{{ url_for('page', at=item.id) }}">{{ item.name }}</a></td>
<td>{{ item.place }}</td><td>{{ item.share }}</td><td>{{ item.state }}</td></tr>{% endfor %}</table></html>"""


def benchmarks(folder: Path) -> Iterator[Benchmark]:
    """Every page that needs no argument, as the first of several people who may see it; one that breaks ends the run."""
    clients = list(_demo(folder).values())
    reference = _bare(folder)
    for path in _paths(clients[0].application):
        client = next((one for one in clients if get(one, path) == 200), None)
        if client is None:  # it asks for somebody or something in its query
            continue
        yield Benchmark(
            name=f"page {path}",
            measure=lambda client=client, path=path: one_request(client, path),
            reference=lambda: one_request(reference, "/"),
            budget=2.0,
            aim=1.4,
            against="bare Flask, ORM and Jinja, 25 rows",
        )


def _paths(app: Flask) -> list[str]:
    rules = [rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ()) and not rule.arguments]
    private = [r for r in rules if getattr(app.view_functions[r.endpoint], "permission", None) is not None]
    return sorted({rule.rule for rule in private if not rule.rule.endswith(NO_PAGES)})


def _demo(folder: Path) -> dict[str, FlaskClient]:
    """A small demo programme, and somebody of each role signed in."""
    environment = {"HILO_DATA_DIR": str(folder), "PATH": "/usr/bin:/bin"}
    for command in (["db", "upgrade"], ["demo", "--agents", "60", "--months", "3"]):
        flask = [sys.executable, "-m", "flask", "--app", "wsgi.py", *command]
        subprocess.run(flask, cwd=ROOT, env=environment, check=True, capture_output=True)
    app = create_app({**config.load({"HILO_DATA_DIR": str(folder)}), "PROPAGATE_EXCEPTIONS": True})
    return {name: _signed_in(app, name) for name in ROLES}


def _signed_in(app: Flask, first_name: str) -> FlaskClient:
    with app.app_context():
        user = db.session.scalars(select(User).where(User.name.startswith(first_name)).order_by(User.id)).first()
        if user is None:
            raise RuntimeError(f"the demo programme has no {first_name}")
        return signed_in(app, user)


def _bare(folder: Path) -> FlaskClient:
    """The least a page with a table can be."""

    class Base(DeclarativeBase):
        pass

    class Item(Base):
        __tablename__ = "item"
        id: Mapped[int] = mapped_column(primary_key=True)
        name: Mapped[str]
        place: Mapped[str]
        share: Mapped[float]
        state: Mapped[str]

    app = Flask(__name__)
    app.config["SQLALCHEMY_DATABASE_URI"] = f"sqlite:///{folder / 'bare.sqlite'}"
    app.jinja_loader = DictLoader({"items.html": TABLE})
    bare = SQLAlchemy(app)
    with app.app_context():
        Base.metadata.create_all(bare.engine)
        bare.session.add_all(Item(name=f"Item {n}", place="Bogotá", share=n / ROWS, state="open") for n in range(ROWS))
        bare.session.commit()

    @app.get("/")
    def page() -> str:
        items = bare.session.scalars(select(Item).order_by(Item.name).limit(ROWS)).all()
        return render_template("items.html", items=items)

    return app.test_client()
