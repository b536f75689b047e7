"""What everything of the scorecard builder is called."""

from __future__ import annotations

from flask_babel import LazyString, lazy_gettext, lazy_pgettext

from app.audits.building.difference import Change
from app.audits.building.document import FlawKind

FLAWS: dict[FlawKind, LazyString] = {
    FlawKind.EMPTY: lazy_gettext("The draft has no criterion yet."),
    FlawKind.EMPTY_SECTION: lazy_gettext("The section has no criterion: add one, or remove the section."),
    FlawKind.SECTION_LANGUAGE: lazy_gettext("The name of the section is missing in one language."),
    FlawKind.TEXT_LANGUAGE: lazy_gettext("The text of the criterion is missing in one language."),
    FlawKind.GUIDANCE_LANGUAGE: lazy_gettext("The guidance is missing in one language."),
    FlawKind.NO_WEIGHT: lazy_gettext("No criterion has a weight, so no score can be worked out."),
    FlawKind.SAME_NAME: lazy_gettext("Two sections have the same names."),
}

CHANGES: dict[Change, LazyString] = {
    Change.SAME: lazy_pgettext("criterion", "Unchanged"),
    Change.CHANGED: lazy_pgettext("criterion", "Changed"),
    Change.MOVED: lazy_pgettext("criterion", "Moved"),
    Change.ADDED: lazy_pgettext("criterion", "New"),
    Change.REMOVED: lazy_pgettext("criterion", "Removed"),
}

CHANGE_LOOKS: dict[Change, tuple[str, str]] = {
    Change.SAME: ("plain", "open"),
    Change.CHANGED: ("warn", "edit"),
    Change.MOVED: ("plain", "sort"),
    Change.ADDED: ("accent", "add"),
    Change.REMOVED: ("plain", "waived"),
}
