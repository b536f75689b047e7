"""The whole demo programme in a real browser: every page of every role, and the main job from chair to chair."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Page

from app.home.demo import sign_ins

PageOf = Callable[..., Page]
LookAt = Callable[..., None]
LEFT_OUT = re.compile(
    r"format=|\.svg|/lang|sign-out|\?lang=|\?sort=|\?page=|/template|/export|/download|/files?/|\.(csv|ics|pdf|xlsx)|only=|all=1"
)
FIRST = ["/", "/account", "/account/password", "/notices", "/search?q=a"]
FEWEST, MOST = 25, 6
"""Pages in all, and of each role beside those looked at as another."""


def shape(address: str) -> str:
    """An address with its numbers left out: pages of one shape are looked at once."""
    return re.sub(r"\d+", "N", address.split("?")[0])


def test_every_page_is_accessible_wide_and_narrow_light_and_dark(
    page_of: PageOf, assert_accessible: LookAt, assert_fits: LookAt
) -> None:
    """All that links lead to, in Spanish, whose words are the longer ones: one page wide and light, the next otherwise."""
    seen: set[str] = set()
    for role in sign_ins.PEOPLE:
        page = page_of(role, "es")
        waiting, before = list(FIRST), len(seen)
        while waiting and len(seen) - before < MOST:
            address = waiting.pop(0)
            kind = f"home of {role.value}" if address == "/" else shape(address)
            if kind in seen:
                continue
            answer = page.goto(address)
            status = answer.status if answer is not None else None
            assert status == 200, f"{address} answers {role.value} with {status}"
            if len(seen) % 2:
                page.set_viewport_size({"width": 390, "height": 844})
                page.emulate_media(color_scheme="dark")
            assert_accessible(page)
            page.set_viewport_size({"width": 1280, "height": 900})
            page.emulate_media(color_scheme="light")
            assert_fits(page)
            seen.add(kind)
            waiting += [
                link
                for link in page.eval_on_selector_all("a[href^='/']", "all => all.map(one => one.getAttribute('href'))")
                if not LEFT_OUT.search(link)
            ]
        page.context.close()
    assert len(seen) > FEWEST
