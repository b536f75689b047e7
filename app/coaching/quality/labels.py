"""What the rubric is called."""

from __future__ import annotations

from flask_babel import LazyString, lazy_gettext, lazy_pgettext

from app.coaching.quality.rules import Item, Mark

ITEMS: dict[Item, LazyString] = {
    Item.EVIDENCE: lazy_gettext("Starts from evidence: checks, gaps or earlier commitments"),
    Item.BEHAVIOUR: lazy_gettext("Names a behaviour that can be seen next time"),
    Item.LISTENED: lazy_gettext("The agent's own view is in it"),
    Item.CAUSE: lazy_gettext("Looks for the cause before the remedy"),
    Item.COMMITMENT: lazy_gettext("Ends with a commitment that has an owner and a date"),
    Item.CHECKED: lazy_gettext("Says how and when the change is checked"),
}
MARKS: dict[Mark, LazyString] = {
    Mark.YES: lazy_pgettext("rubric", "Yes"),
    Mark.PARTLY: lazy_pgettext("rubric", "Partly"),
    Mark.NO: lazy_pgettext("rubric", "No"),
    Mark.NA: lazy_pgettext("rubric", "Not applicable"),
}
MARK_LOOKS: dict[Mark, str] = {Mark.YES: "good", Mark.PARTLY: "warn", Mark.NO: "bad", Mark.NA: "plain"}
