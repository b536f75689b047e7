"""What people read, in both languages."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Text:
    """The same said in English and in Spanish."""

    en: str
    es: str

    def get(self, language: str) -> str:
        """The text in `language`: `en` or `es`."""
        return self.es if language == "es" else self.en
