"""A business review as one document: what its page, slides, paper, workbook and plain values are all made of."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any

from flask_babel import gettext as _

from app.core.exports import Sheet, write_json, write_xlsx
from app.core.i18n import Bilingual, language, moment, month_name
from app.governance.reviews.labels import PARTS
from app.governance.reviews.models import BusinessReview
from app.governance.reviews.rules import Part
from app.reports.reviews import learned
from app.reports.reviews.drawing import Figures
from app.reports.reviews.parts import Section, month_of, sections

FORMATS = ("pptx", "pdf", "xlsx", "json")
NOTHING = Bilingual("", "")


@dataclass(frozen=True)
class Document:
    """A review in the reader's language. Without `review` its figures were drawn for this once."""

    figures: Figures
    review: BusinessReview | None = None
    comments: Mapping[Part, Bilingual] = field(default_factory=dict)

    @classmethod
    def of(cls, review: BusinessReview, figures: Figures) -> Document:
        """The document of a review that is kept, with figures kept or drawn."""
        return cls(figures, review, {one.part: one.text for one in review.comments})

    @property
    def frozen(self) -> bool:
        """Whether its figures are kept and no longer move."""
        return self.review is not None and self.review.figures is not None

    @property
    def month(self) -> date:
        return month_of(self.figures)

    @property
    def at(self) -> datetime:
        """The moment its figures stood so."""
        return datetime.fromisoformat(self.figures["as_of"])

    @property
    def title(self) -> str:
        facts = {"unit": self.figures["name"], "month": month_name(self.month)}
        return _("Business review of %(unit)s, %(month)s", **facts)

    @property
    def place(self) -> str:
        return str(self.figures["unit"]).replace("/", " · ")

    @property
    def standing(self) -> str:
        """Whether the figures are kept, in one sentence."""
        when = moment(self.at)
        if self.frozen:
            return _("Frozen on %(moment)s: these figures no longer change.", moment=when)
        return _("Calculated on %(moment)s and not frozen: these figures may still change.", moment=when)

    @cached_property
    def sections(self) -> list[Section]:
        return sections(self.figures)

    @property
    def findings(self) -> list[str]:
        """What its parts say, one sentence each."""
        return [one.finding for one in self.sections]

    def comment(self, part: Part) -> Bilingual:
        """What was said of a part, perhaps nothing."""
        return self.comments.get(part, NOTHING)

    @property
    def definitions(self) -> list[tuple[str, str]]:
        return [(term, text) for term, text in self.figures["definitions"][language()]]

    @property
    def file_name(self) -> str:
        name = str(self.figures["unit"]).replace("/", "-").replace(" ", "-").lower()
        return f"review-{name}-{self.month:%Y-%m}"

    # --- What was agreed ---

    @cached_property
    def came_back(self) -> Sheet:
        """What became of what was agreed before."""
        return learned.agreed_sheet(self.figures["agreed"], _("Follow-up of what was agreed"))

    @cached_property
    def decided_before(self) -> Sheet:
        """What was decided before, and whether it stands; reviews frozen earlier did not keep it."""
        return learned.decided_sheet(self.figures.get("decided", []))

    @cached_property
    def decided(self) -> Sheet:
        """The decisions of this review, as the register has them."""
        made = self.review.decisions if self.review else []
        rows = [[one.title, one.why, one.decided_on, one.decided_by.name] for one in made]
        headers = [_("Decision"), _("Why"), _("Decided on"), _("Decided by")]
        return Sheet(_("Decisions"), headers, rows, ("words", "words", "date", "text"))

    @cached_property
    def agreed(self) -> Sheet:
        """The actions of this review, as they stand now."""
        return learned.agreed_sheet(self.actions, _("Actions"))

    @property
    def actions(self) -> list[dict[str, Any]]:
        return [
            {
                "month": f"{self.month:%Y-%m}", "text": one.text, "owner": one.owner.name,
                "due_on": one.due_on.isoformat(), "state": one.state.value, "outcome": one.outcome,
                "settled_on": one.settled_on and one.settled_on.isoformat(),
            }
            for one in (self.review.actions if self.review else [])
        ]  # fmt: skip

    @property
    def said(self) -> list[tuple[str, Bilingual]]:
        """Comments by the name of their part, in the order they are read."""
        return [(str(name), self.comments[part]) for part, name in PARTS.items() if self.comment(part).text]


def workbook(document: Document) -> bytes:
    """All tables with the spreadsheet's own charts, what was said, decided and agreed, and what each figure is."""
    tables = [sheet for section in document.sections for sheet in section.tables]
    rows = [[section.name, section.finding, document.comment(section.part)] for section in document.sections]
    headers = [_("Part"), _("Finding"), _("Comment")]
    first = [[_("In short"), document.standing, document.comment(Part.SUMMARY)], *rows]
    cover = Sheet(_("Findings"), headers, first, ("text", "words", "words"))
    facts = [
        [_("Review"), document.title], [_("Unit"), document.place], [_("Month"), month_name(document.month)],
        [_("As of"), moment(document.at)],
    ]  # fmt: skip
    terms = [*facts, *document.definitions]
    meaning = Sheet(_("Definitions"), [_("Term"), _("Meaning")], terms, ("text", "words"))
    more = [
        sheet
        for sheet in (document.came_back, document.decided_before, document.decided, document.agreed)
        if sheet.filled
    ]
    out = io.BytesIO()
    write_xlsx([cover, *tables, *more, meaning], out, document.title)
    return out.getvalue()


def plain_values(document: Document) -> bytes:
    """The figures as they are kept, with what was said, decided and agreed; keys in English whatever the language."""
    decisions = document.review.decisions if document.review else []
    told = {
        **document.figures,
        "frozen": document.frozen,
        "state": document.review.state if document.review else None,
        "comments": {part.value: text for part, text in document.comments.items()},
        "decisions": [
            {"text": one.title, "why": one.why, "decided_on": one.decided_on.isoformat()} for one in decisions
        ],
        "actions": document.actions,
    }
    out = io.StringIO()
    write_json(told, out)
    return out.getvalue().encode()
