"""What the words of paths are called, in the reader's language."""

from __future__ import annotations

from flask_babel import LazyString, lazy_gettext, lazy_pgettext

from app.curriculum.paths.rules import Branch, Fault, Stand

STANDS: dict[Stand, tuple[str, LazyString]] = {
    Stand.DONE: ("met", lazy_pgettext("step of a path", "Done")),
    Stand.OPEN: ("open", lazy_pgettext("step of a path", "Open")),
    Stand.LOCKED: ("locked", lazy_pgettext("step of a path", "Opens later")),
    Stand.UNDECIDED: ("plain", lazy_pgettext("step of a path", "Depends on the quiz")),
    Stand.SKIPPED: ("void", lazy_pgettext("step of a path", "Not needed")),
}
"""How each stand looks, and its word."""

BRANCHES: dict[Branch, LazyString] = {
    Branch.BELOW: lazy_gettext("scores below"),
    Branch.AT_LEAST: lazy_gettext("scores at least"),
}

FAULTS: dict[Fault, LazyString] = {
    Fault.TWICE: lazy_gettext("Step %(step)s: the module is already in the path."),
    Fault.NOT_EARLIER: lazy_gettext("Step %(step)s: it can only wait for, or depend on, a step before it."),
    Fault.WAITS_FOR_OPTIONAL: lazy_gettext(
        "Step %(step)s: a required step can't wait for, or depend on, an optional one."
    ),
    Fault.NO_QUIZ: lazy_gettext("Step %(step)s: it depends on the result of a module that has no quiz."),
    Fault.HALF_A_BRANCH: lazy_gettext(
        "Step %(step)s: say whose quiz it depends on, below or at least, and the score: all three or none."
    ),
}
