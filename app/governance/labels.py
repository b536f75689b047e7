"""What the words of this room are called."""

from __future__ import annotations

from flask_babel import LazyString, lazy_gettext, lazy_pgettext

from app.governance.initiatives.labels import STATES as INITIATIVE_STATES
from app.governance.reviews import labels as reviews
from app.governance.rules import Answer, ListState, Part

STATES: dict[ListState, LazyString] = {
    ListState.DRAFT: lazy_pgettext("priorities", "Draft"),
    ListState.AGREED: lazy_pgettext("priorities", "Agreed"),
    ListState.CLOSED: lazy_pgettext("priorities", "Closed"),
}
TONES: dict[ListState, str] = {ListState.DRAFT: "draft", ListState.AGREED: "good", ListState.CLOSED: "locked"}

PARTS: dict[Part, LazyString] = {
    Part.PROGRAMME: lazy_pgettext("signature", "Programme"),
    Part.TRAINING: lazy_pgettext("signature", "Training"),
    Part.KNOWLEDGE: lazy_pgettext("signature", "Knowledge base"),
}

ANSWERS: dict[Answer, LazyString] = {
    Answer.MODULE: lazy_pgettext("answer", "Module"),
    Answer.HUDDLE: lazy_pgettext("answer", "Team huddle"),
    Answer.THEME: lazy_pgettext("answer", "Coaching theme"),
    Answer.ARTICLE: lazy_pgettext("answer", "Knowledge-base fix"),
    Answer.PROCESS: lazy_pgettext("answer", "Process change"),
}

VERBS: dict[str, LazyString] = {
    "priorities.drawn": lazy_gettext("drew up the priorities of a month"),
    "priorities.settled": lazy_gettext("settled a priority"),
    "priorities.signed": lazy_gettext("signed the priorities of a month"),
    "priorities.closed": lazy_gettext("closed the priorities of a month"),
    "initiative.proposed": lazy_gettext("proposed an initiative"),
    "initiative.changed": lazy_gettext("changed an initiative"),
    "initiative.moved": lazy_gettext("changed the state of an initiative"),
    "initiative.milestone_added": lazy_gettext("added a milestone"),
    "initiative.milestone_done": lazy_gettext("marked a milestone as done"),
    "initiative.milestone_dropped": lazy_gettext("removed a milestone"),
    "initiative.learnt": lazy_gettext("wrote the post-mortem of an initiative"),
    "risk.raised": lazy_gettext("raised a risk"),
    "risk.changed": lazy_gettext("changed a risk"),
    "risk.reviewed": lazy_gettext("reviewed a risk"),
    "risk.closed": lazy_gettext("closed a risk"),
    "risk.reopened": lazy_gettext("opened a risk again"),
    "decision.made": lazy_gettext("recorded a decision"),
    "decision.superseded": lazy_gettext("replaced a decision"),
    "decision.looked_at": lazy_gettext("reviewed a decision"),
    **reviews.VERBS,
}

REVIEWS, ACTIONS = reviews.STATES, reviews.ACTION_STATES

DETAILS: dict[str, LazyString] = {
    "place": lazy_gettext("place"),
    "part": lazy_gettext("part"),
    "initiative_state": lazy_gettext("state"),
    "month": lazy_gettext("month"),
    "owner": lazy_gettext("owner"),
    "state": lazy_gettext("state"),
}
"""What the values of a line of activity are called."""

__all__ = ["INITIATIVE_STATES"]
