"""The `flask db` commands, loaded only when asked for: Alembic would double the time a process takes to start."""

from __future__ import annotations

import click
from flask import Flask
from flask.cli import AppGroup

from app.core.database import db
from config import ROOT

FOLDER = ROOT / "migrations"
COMMAND = "db"


class Commands(AppGroup):
    """The commands of an application, `flask db` among them."""

    def __init__(self, app: Flask) -> None:
        super().__init__(name=app.name)
        self._app = app

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*super().list_commands(ctx), COMMAND})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name == COMMAND:
            load(self._app)
        return super().get_command(ctx, cmd_name)


def init_app(app: Flask) -> None:
    """Give the application its commands; before any other is added."""
    app.cli = Commands(app)


def load(app: Flask) -> None:
    """Make the migrations known to the application: needed before any function of Flask-Migrate is called."""
    from flask_migrate import Migrate

    Migrate(app, db, directory=str(FOLDER))
