"""Commands at the top: the server, the worker, the demo programme, the daily run."""

from __future__ import annotations

import click
from flask import current_app

from app.core.cli import tidy
from app.home.views import bp


@bp.cli.command("worker")
@click.option("--attended", is_flag=True, help="End when standard input does.")
@tidy
def worker(attended: bool) -> None:
    """Do background jobs until stopped."""
    from app.core.worker import run_worker

    run_worker(current_app._get_current_object(), attended=attended)  # type: ignore[attr-defined]


@bp.cli.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True, envvar="PORT")
@click.option("--threads", default=8, show_default=True, help="Requests answered at once.")
@tidy
def serve(host: str, port: int, threads: int) -> None:
    """Serve this installation from one machine: the pages, and a worker beside them."""
    from app.core.serving import serve as serve_pages

    serve_pages(current_app._get_current_object(), host, port, threads)  # type: ignore[attr-defined]
