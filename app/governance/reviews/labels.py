"""What the words of business reviews are called."""

from __future__ import annotations

from flask_babel import LazyString, lazy_gettext, lazy_pgettext

from app.governance.reviews.rules import ActionState, Part, ReviewState

STATES: dict[ReviewState, LazyString] = {
    ReviewState.DRAFT: lazy_pgettext("review", "Draft"),
    ReviewState.READY: lazy_pgettext("review", "Ready"),
    ReviewState.HELD: lazy_pgettext("review", "Held"),
}
TONES: dict[ReviewState, str] = {ReviewState.DRAFT: "draft", ReviewState.READY: "locked", ReviewState.HELD: "good"}

PARTS: dict[Part, LazyString] = {
    Part.SUMMARY: lazy_gettext("In short"),
    Part.RESULTS: lazy_gettext("Performance against target"),
    Part.QUALITY: lazy_gettext("Quality and critical-error accuracy"),
    Part.FATAL: lazy_gettext("Fatal errors"),
    Part.COACHING: lazy_gettext("Coaching compliance"),
    Part.LEARNING: lazy_gettext("Learning on time"),
    Part.DSAT: lazy_gettext("Dissatisfied customers: coverage and causes"),
    Part.GAPS: lazy_gettext("Gaps opened, closed and relapsed"),
    Part.PRIORITIES: lazy_gettext("What to teach next"),
}

ACTION_STATES: dict[ActionState, LazyString] = {
    ActionState.OPEN: lazy_pgettext("action", "Open"),
    ActionState.DONE: lazy_pgettext("action", "Done"),
    ActionState.DROPPED: lazy_pgettext("action", "Dropped"),
}
ACTION_TONES: dict[ActionState, str] = {
    ActionState.OPEN: "open",
    ActionState.DONE: "good",
    ActionState.DROPPED: "waived",
}

VERBS: dict[str, LazyString] = {
    "review.begun": lazy_gettext("began a business review"),
    "review.discarded": lazy_gettext("deleted the draft of a business review"),
    "review.frozen": lazy_gettext("froze the figures of a business review"),
    "review.decided": lazy_gettext("recorded a decision of a business review"),
    "review.agreed": lazy_gettext("agreed on an action in a business review"),
    "review.settled": lazy_gettext("recorded the outcome of an action of a business review"),
    "review.held": lazy_gettext("closed a business review"),
}
"""Shown with those of the room."""
