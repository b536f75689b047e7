"""The guides name buttons and places in the words of the screens, and both languages have the same guides."""

from __future__ import annotations

import re
from gettext import GNUTranslations
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
GUIDES = ROOT / "docs" / "guide"
BOLD = re.compile(r"\*\*(.+?)\*\*")


@pytest.fixture(scope="module")
def words() -> dict[str, set[str]]:
    """What screens say, by language."""
    with (ROOT / "translations/es/LC_MESSAGES/messages.mo").open("rb") as file:
        catalogue: dict[str | tuple[str, int], str] = vars(GNUTranslations(file))["_catalog"]
    keys = (key if isinstance(key, str) else key[0] for key in catalogue)
    return {"en": {key.rpartition("\x04")[2] for key in keys}, "es": set(catalogue.values())}


@pytest.mark.once
@pytest.mark.parametrize("language", ["en", "es"])
def test_what_a_guide_says_in_bold_stands_on_a_screen(words: dict[str, set[str]], language: str) -> None:
    unknown = []
    for guide in sorted((GUIDES / language).glob("*.md")):
        bold = BOLD.findall(" ".join(guide.read_text("utf-8").split()))
        assert bold, guide
        unknown += [f"{guide.name}: {one}" for one in bold if one not in words[language]]
    assert unknown == []


@pytest.mark.once
def test_each_guide_is_there_in_both_languages_with_the_same_sections() -> None:
    levels = [
        {guide.name: re.findall(r"^#+", guide.read_text("utf-8"), re.M) for guide in (GUIDES / language).glob("*.md")}
        for language in ("en", "es")
    ]
    assert levels[0] == levels[1]
