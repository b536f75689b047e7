"""A business review as slides: what it says in short, part by part, what was agreed, and what each figure is."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import ngettext

from app.core.exports import Sheet, plain, shown
from app.core.i18n import Bilingual, month_name
from app.core.slides import Deck
from app.governance.reviews.rules import ActionState, Part
from app.reports.reviews.document import Document
from app.reports.reviews.parts import Section

TERMS = 7
"""Definitions on a slide."""


def deck(document: Document) -> bytes:
    """The review as a presentation."""
    made = Deck(document.title, f"{document.place} · {month_name(document.month)}")
    made.cover(document.title, [document.place, document.standing])
    short = document.comment(Part.SUMMARY)
    if short.text:
        made.points(_("In short"), document.place, [short])
    made.points(_("What the figures say"), document.place, document.findings, size=16)
    if document.came_back.filled:
        made.table(_done(document), document.came_back.name, document.came_back, _more())
    if document.decided_before.filled:
        made.table(_standing(document), document.decided_before.name, document.decided_before, _more())
    for section in document.sections:
        _slides(made, section, document.comment(section.part))
    for sheet in (document.decided, document.agreed):
        if sheet.filled:
            made.table(_counted(sheet, document), sheet.name, sheet, _more())
    _definitions(made, document)
    return made.content()


def _slides(made: Deck, section: Section, said: Bilingual) -> None:
    """The first slide has the finding for its title and what was said beside; each other says what its table shows."""
    if not section.tables:
        made.points(section.finding, section.name, [said] if said.text else [])
        return
    for at, sheet in enumerate(section.tables):
        title = section.finding if at == 0 else _spread(sheet)
        aside = said if at == 0 else ""
        if sheet.charts:
            made.chart(title, section.name, sheet, sheet.charts[0], aside)
        else:
            made.table(title, section.name, sheet, _more(), aside)


def _spread(sheet: Sheet) -> str:
    """What a table of units or the like says, from its first share: where it is lowest and where highest."""
    if sheet.charts:
        return sheet.charts[0].title
    column = next((at for at, kind in enumerate(sheet.kinds) if kind == "rate"), None)
    rows = [row for row in sheet.rows if column is not None and row[column] is not None]
    if column is None or len(rows) < 2:
        return sheet.name
    low, high = min(rows, key=lambda row: row[column]), max(rows, key=lambda row: row[column])
    return _(
        "%(figure)s: from %(low)s (%(lowest)s) to %(high)s (%(highest)s)",
        figure=sheet.headers[column],
        low=shown(low[column], "rate"),
        lowest=plain(low[0]),
        high=shown(high[column], "rate"),
        highest=plain(high[0]),
    )


def _done(document: Document) -> str:
    """What became of what was agreed, in one sentence."""
    agreed = document.figures["agreed"]
    done = sum(one["state"] == ActionState.DONE.value for one in agreed)
    return ngettext(
        "%(done)s of %(num)s action agreed before is done",
        "%(done)s of %(num)s actions agreed before are done",
        len(agreed),
        done=done,
    )


def _standing(document: Document) -> str:
    """How many of the decisions taken before stand, in one sentence."""
    decided = document.figures["decided"]
    stand = sum(one["stands"] for one in decided)
    return ngettext(
        "%(stand)s of %(num)s decision taken before stands",
        "%(stand)s of %(num)s decisions taken before stand",
        len(decided),
        stand=stand,
    )


def _counted(sheet: Sheet, document: Document) -> str:
    count = len(list(sheet.rows))
    if sheet is document.decided:
        return ngettext("%(num)s decision was taken", "%(num)s decisions were taken", count)
    return ngettext("%(num)s action was agreed", "%(num)s actions were agreed", count)


def _more() -> str:
    return _("The rest is in the workbook.")


def _definitions(made: Deck, document: Document) -> None:
    """At the end: what each figure is."""
    terms = document.definitions
    for first in range(0, len(terms), TERMS):
        sheet = Sheet(_("Definitions"), [_("Term"), _("Meaning")], terms[first : first + TERMS], ("text", "words"))
        made.table(_("What these figures are"), _("Definitions"), sheet, _more())
