"""Dead links are found, living ones left alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts import links


@pytest.mark.parametrize(
    ("text", "dead"),
    [
        ("[a](other.md) [b](other.md#a-heading-with-code) [c](#here)\n# Here", []),
        ("[a](missing.md)", ["missing.md"]),
        ("[a](other.md#nowhere)", ["other.md#nowhere"]),
        ("[a](#nowhere)", ["#nowhere"]),
        ("![picture](picture.png)", ["picture.png"]),
        ("[a](https://example.org/missing) [b](mailto:a@example.org)", []),
        ("`[a](missing.md)`\n```\n[b](missing.md)\n```\n", []),
        ("[a][ref]\n\n[ref]: missing.md", ["missing.md"]),
        ("[twice](other.md#again-1)", []),
    ],
)
def test_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, dead: list[str]) -> None:
    monkeypatch.setattr(links, "ROOT", tmp_path)
    (tmp_path / "other.md").write_text("# A heading, with `code`\n## Again\n## Again\n")
    document = tmp_path / "document.md"
    document.write_text(text)
    assert list(links.dead_links(document)) == [f"document.md: {link}" for link in dead]
