"""The site itself, before anybody signs in."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page


def test_a_living_process_answers_a_browser(page_as: Callable[..., Page]) -> None:
    answer = page_as(None).goto("/healthz")
    assert answer is not None
    assert answer.json() == {"status": "ok"}
