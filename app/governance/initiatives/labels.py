"""What is said of initiatives."""

from __future__ import annotations

from flask_babel import LazyString, lazy_gettext, lazy_pgettext

from app.governance.initiatives.rules import State

STATES: dict[State, LazyString] = {
    State.PROPOSED: lazy_pgettext("initiative", "Proposed"),
    State.RUNNING: lazy_pgettext("initiative", "Running"),
    State.DONE: lazy_pgettext("initiative", "Done"),
    State.STOPPED: lazy_pgettext("initiative", "Stopped"),
}
LOOKS: dict[State, str] = {
    State.PROPOSED: "draft",
    State.RUNNING: "accent",
    State.DONE: "good",
    State.STOPPED: "void",
}
DEEDS: dict[State, LazyString] = {
    State.RUNNING: lazy_gettext("Begin"),
    State.DONE: lazy_gettext("Mark as done"),
    State.STOPPED: lazy_gettext("Stop"),
}
"""What leads to a state."""
