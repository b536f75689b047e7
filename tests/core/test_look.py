"""The manners of every page: whole HTML, unique ids, labels, no inline style or script, both languages."""

from __future__ import annotations

import re
from collections import Counter

import lxml.html
import pytest
from flask import Flask

from app.core import assets
from tests.core.look import create_look

PAGES = ("/style", "/style?bad=1", "/empty", "/error", "/progress")


@pytest.fixture(scope="module")
def look() -> Flask:
    return create_look()


def fetch(look: Flask, url: str) -> lxml.html.HtmlElement:
    return lxml.html.fromstring(look.test_client().get(url).get_data())


@pytest.mark.parametrize("url", PAGES)
def test_a_page_has_a_language_a_title_one_h1_and_ids_that_are_unique(look: Flask, url: str) -> None:
    page = fetch(look, url)
    assert page.get("lang") == "en"
    assert page.findtext(".//title").endswith("· Hilo")
    assert len(page.findall(".//h1")) == 1
    assert not [one for one, count in Counter(page.xpath("//@id")).items() if count > 1]
    assert not page.xpath("//@style | //style | //script[not(@src)] | //@*[starts-with(name(), 'on')]")


@pytest.mark.parametrize("url", PAGES)
def test_whatever_an_attribute_points_to_is_there(look: Flask, url: str) -> None:
    page = fetch(look, url)
    ids = set(page.xpath("//@id"))
    pointed = page.xpath("//@for | //@aria-labelledby | //@aria-describedby | //@form")
    assert {one for text in pointed for one in text.split()} <= ids


def test_every_control_has_a_label(look: Flask) -> None:
    page = fetch(look, "/style")
    labelled = set(page.xpath("//label/@for"))
    for control in page.xpath("//input[not(@type='hidden')] | //select | //textarea"):
        assert control.get("id") in labelled or control.get("aria-label"), lxml.html.tostring(control)


def test_a_wrong_field_says_so_in_words_and_to_machines(look: Flask) -> None:
    page = fetch(look, "/style?bad=1")
    title = page.get_element_by_id("title")
    assert title.get("aria-invalid") == "true"
    assert title.get("aria-describedby") == "title-hint title-error"
    assert page.get_element_by_id("title-error").text_content().strip()
    assert page.xpath("//*[@role='alert']//a[@href='#title']")


def test_a_rate_never_stands_without_its_n(look: Flask) -> None:
    for rate in fetch(look, "/style").xpath("//*[contains(concat(' ', @class, ' '), ' h-rate ')]"):
        assert re.search(r"\d of [\d,]+", rate.text_content())


def test_the_list_says_what_it_is_sorted_by_and_keeps_the_address(look: Flask) -> None:
    page = fetch(look, "/style")
    assert [th.text_content().strip() for th in page.xpath("//th[@aria-sort='ascending']")] == ["Name"]
    adder = page.xpath("//details[contains(@class, 'h-adder')]/form")[0]
    assert ("sort", "name") in adder.form_values()
    assert ("team", "1") in adder.form_values()
    assert page.xpath("//a[@class='h-chip']/@href") == ["/style?sort=name"]


def test_an_empty_list_says_why_and_what_to_do(look: Flask) -> None:
    page = fetch(look, "/empty")
    assert not page.xpath("//table")
    assert "No one matches." in page.text_content()
    assert page.xpath("//a[@href='/style'][text()='Show everyone']")


def test_the_frame_speaks_spanish_and_a_fallback_says_its_language(look: Flask) -> None:
    page = fetch(look, "/style?lang=es")
    assert page.get("lang") == "es-419"
    assert "Saltar al contenido" in page.text_content()
    assert page.xpath("//span[@id='fallback']/span[@lang='en']/text()") == ["Identity check"]


def test_a_form_that_changes_something_carries_the_token(look: Flask) -> None:
    for form in fetch(look, "/style").xpath("//form[@method='post']"):
        assert form.xpath(".//input[@name='csrf_token']")


def test_the_places_on_a_phone_are_five_at_most(look: Flask) -> None:
    page = fetch(look, "/style")
    bar = page.xpath("//nav[contains(@class, 'h-places')]/ul/li[not(contains(@class, 'h-only-wide'))]")
    assert len(bar) == 5
    assert bar[-1].xpath("./details")


def test_sheets_name_no_colour_outside_the_tokens() -> None:
    for sheet in sorted((assets.SOURCE / "css").glob("*.css")):
        if not sheet.name.startswith("10-"):
            assert not re.findall(r"#[0-9a-f]{3,8}\b", sheet.read_text()), sheet.name
