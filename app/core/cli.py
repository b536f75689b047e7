"""What the commands share: one line per error and exit status 1, JSON answers, progress on standard error."""

from __future__ import annotations

import functools
import json
import sys
from collections.abc import Callable, Iterable
from datetime import date
from typing import Any, NoReturn, TypeVar, cast

import click
from sqlalchemy.exc import OperationalError

from app.core.clock import month_of
from app.core.database import db
from app.core.errors import Refused
from app.core.exports import _json_value
from app.core.problems import BadFile, describe

Command = TypeVar("Command", bound=Callable[..., Any])
SHOWN_PROBLEMS = 20


class Day(click.ParamType):
    """A day written as `2026-10-31`."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is not a day; write it as 2026-10-31", param, ctx)


class Month(click.ParamType):
    """A month written as `2026-10`, given as its first day."""

    name = "month"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        if isinstance(value, date):
            return value
        try:
            return month_of(value)
        except ValueError:
            self.fail(f"{value!r} is not a month; write it as 2026-10", param, ctx)


def tidy(command: Command) -> Command:
    """Turn what may go wrong on purpose into one clear line and exit status 1; nothing half done is kept."""

    @functools.wraps(command)
    def run(*args: Any, **kwargs: Any) -> Any:
        try:
            return command(*args, **kwargs)
        except Refused as error:
            db.session.rollback()
            fail(str(error))
        except BadFile as error:
            db.session.rollback()
            for problem in error.problems[:SHOWN_PROBLEMS]:
                click.echo(describe(problem), err=True)
            if len(error.problems) > SHOWN_PROBLEMS:
                click.echo(f"… {len(error.problems) - SHOWN_PROBLEMS} more", err=True)
            fail("Nothing was saved.")
        except OperationalError as error:
            if "no such table" in str(error) or "does not exist" in str(error):
                fail("The database has no tables yet. Run: flask db upgrade")
            raise

    return cast("Command", run)


def fail(message: str) -> NoReturn:
    """End the command with one line on standard error and exit status 1."""
    click.echo(f"Error: {message}", err=True)
    sys.exit(1)


def say(answer: dict[str, Any], as_json: bool, lines: Iterable[str]) -> None:
    """Print the answer: as one JSON object, or as lines for people."""
    if as_json:
        click.echo(json.dumps(answer, ensure_ascii=False, default=_json_value))
    else:
        for line in lines:
            click.echo(line)


def progress(length: int, label: str) -> Any:
    """A progress bar on standard error, silent when it is no terminal."""
    return click.progressbar(length=length, label=label, file=sys.stderr, hidden=not sys.stderr.isatty())


json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
as_of_option = click.option("--as-of", type=Day(), help="The day to compute for (default: today).")
