"""Requests of somebody signed in, and what one costs."""

from __future__ import annotations

import contextvars

from flask import Flask
from flask.testing import FlaskClient

from app.accounts.models import User
from bench.frame import Sample, timed

REQUESTS = 10


def signed_in(app: Flask, user: User) -> FlaskClient:
    """A client in which this person is signed in."""
    client, identity = app.test_client(), user.get_id()
    with client.session_transaction() as cookie:
        cookie.update({"_user_id": identity, "_fresh": True})
    return client


def get(client: FlaskClient, path: str) -> int:
    """The status of a page, asked for in a context of its own."""
    return contextvars.Context().run(client.get, path).status_code


def one_request(client: FlaskClient, path: str) -> Sample:
    """The cost of one request among several; raises when the page is not there."""
    if get(client, path) != 200:
        raise RuntimeError(f"no page at {path}")
    sample = timed(lambda: [get(client, path) for _ in range(REQUESTS)])
    return Sample(sample.seconds / REQUESTS)
