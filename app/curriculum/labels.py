"""What the words of this room are called, in the reader's language."""

from __future__ import annotations

from flask_babel import LazyString, lazy_gettext, lazy_pgettext

from app.curriculum.models import AssignmentReason, AssignmentState, ModuleKind, ModuleState

MODULE_KINDS: dict[ModuleKind, LazyString] = {
    ModuleKind.ARTICLE: lazy_gettext("Article"),
    ModuleKind.VIDEO: lazy_gettext("Video"),
    ModuleKind.FILE: lazy_pgettext("kind of module", "File"),
    ModuleKind.LINK: lazy_pgettext("kind of module", "Link"),
    ModuleKind.PACKAGE: lazy_pgettext("kind of module", "Package"),
    ModuleKind.LIVE: lazy_pgettext("kind of module", "Live session"),
    ModuleKind.PRACTICE: lazy_pgettext("kind of module", "Practice"),
}

MODULE_STATES: dict[ModuleState, LazyString] = {
    ModuleState.DRAFT: lazy_pgettext("module", "Draft"),
    ModuleState.PUBLISHED: lazy_pgettext("module", "Published"),
    ModuleState.RETIRED: lazy_pgettext("module", "Retired"),
}
MODULE_TONES: dict[ModuleState, str] = {
    ModuleState.DRAFT: "draft",
    ModuleState.PUBLISHED: "good",
    ModuleState.RETIRED: "waived",
}

REASONS: dict[AssignmentReason, LazyString] = {
    AssignmentReason.GAP: lazy_gettext("Gap"),
    AssignmentReason.ONBOARDING: lazy_gettext("Onboarding"),
    AssignmentReason.LAUNCH: lazy_gettext("Launch"),
    AssignmentReason.RECERTIFICATION: lazy_gettext("Recertification"),
    AssignmentReason.MANUAL: lazy_pgettext("reason of an assignment", "Assigned by hand"),
    AssignmentReason.SELF: lazy_pgettext("reason of an assignment", "Self-assigned"),
}

STATES: dict[AssignmentState, LazyString] = {
    AssignmentState.ASSIGNED: lazy_pgettext("assignment", "Assigned"),
    AssignmentState.STARTED: lazy_pgettext("assignment", "Started"),
    AssignmentState.COMPLETED: lazy_pgettext("assignment", "Completed"),
    AssignmentState.WAIVED: lazy_pgettext("assignment", "Waived"),
    AssignmentState.CANCELLED: lazy_pgettext("assignment", "Cancelled"),
}
TONES: dict[AssignmentState, str] = {
    AssignmentState.ASSIGNED: "plain",
    AssignmentState.STARTED: "accent",
    AssignmentState.COMPLETED: "good",
    AssignmentState.WAIVED: "waived",
    AssignmentState.CANCELLED: "void",
}
OVERDUE = lazy_pgettext("assignment", "Overdue")
BEFORE_HILO = lazy_gettext("Before Hilo")
NOT_COMPLETED = lazy_pgettext("assignment", "Not completed")

VERBS: dict[str, LazyString] = {
    "module.assigned": lazy_gettext("assigned a module"),
    "module.unreadable": lazy_gettext("was not given a module that is missing in their language"),
    "module.started": lazy_gettext("started a module"),
    "module.completed": lazy_gettext("completed a module"),
    "module.scored": lazy_gettext("got a score in a module completed before"),
    "module.rated": lazy_gettext("rated a module"),
    "learning.reminded": lazy_gettext("reminded people of overdue learning"),
    "module.rescheduled": lazy_gettext("changed the due date of a module"),
    "module.waived": lazy_gettext("waived a module"),
    "module.cancelled": lazy_gettext("cancelled a module"),
    "module.written": lazy_gettext("wrote a module"),
    "module.published": lazy_gettext("published a module"),
    "module.retired": lazy_gettext("retired a module"),
    "module.review_asked": lazy_gettext("requested a review of a module"),
    "module.given_back": lazy_gettext("returned a module after review"),
    "module.file_added": lazy_gettext("added a file to a module"),
    "module.file_retired": lazy_gettext("removed a file of a module from the list"),
    "module.package_added": lazy_gettext("added a package to a module"),
    "module.draft_dropped": lazy_gettext("discarded a draft"),
    "path.assigned": lazy_gettext("assigned a path"),
    "path.unreadable": lazy_gettext("was not given a path that is missing in their language"),
    "path.completed": lazy_gettext("completed a path"),
    "path.rescheduled": lazy_gettext("changed the due date of a path"),
    "path.waived": lazy_gettext("waived a path"),
    "path.cancelled": lazy_gettext("cancelled a path"),
    "path.written": lazy_gettext("wrote a path"),
    "path.published": lazy_gettext("published a path"),
    "path.retired": lazy_gettext("retired a path"),
    "path.draft_dropped": lazy_gettext("discarded the draft of a path"),
    "live.planned": lazy_gettext("planned a live session"),
    "live.changed": lazy_gettext("changed a live session"),
    "live.cancelled": lazy_gettext("cancelled a live session"),
    "live.signed_up": lazy_gettext("took a seat in a live session"),
    "live.given_back": lazy_gettext("gave up a seat in a live session"),
    "live.attended": lazy_gettext("recorded attendance at a live session"),
    "practice.set": lazy_gettext("wrote the rubric of a practice"),
    "practice.asked": lazy_gettext("asked to be observed"),
    "practice.passed": lazy_gettext("passed a practice"),
    "practice.failed": lazy_gettext("did not pass a practice"),
    "competency.target_set": lazy_gettext("set a target of a competency"),
    "competency.described": lazy_gettext("described a competency"),
    "competencies.imported": lazy_gettext("imported competencies"),
    "curriculum.imported": lazy_gettext("imported a curriculum"),
    "modules.imported": lazy_gettext("imported modules"),
    "history.imported": lazy_gettext("imported learning history"),
    "certificate.set": lazy_gettext("set what a module certifies"),
    "certificate.dropped": lazy_gettext("stopped a module from giving certificates"),
    "certificates.issued": lazy_gettext("issued certificates"),
    "question.written": lazy_gettext("wrote a question"),
    "question.retired": lazy_gettext("retired a question"),
    "question.restored": lazy_gettext("restored a question"),
    "questions.imported": lazy_gettext("imported questions"),
    "quiz.set": lazy_gettext("set the quiz of a module"),
    "quiz.dropped": lazy_gettext("removed the quiz of a module"),
    "quiz.begun": lazy_gettext("began a quiz"),
    "quiz.passed": lazy_gettext("passed a quiz"),
    "quiz.failed": lazy_gettext("did not pass a quiz"),
    "quiz.forgiven": lazy_gettext("allowed another attempt at a quiz"),
}

DETAILS: dict[str, LazyString] = {
    "changed": lazy_gettext("changed"),
    "competency": lazy_gettext("competency"),
    "completed": lazy_gettext("completed"),
    "due_on": lazy_gettext("due on"),
    "new": lazy_gettext("new"),
    "question": lazy_gettext("question"),
    "score": lazy_gettext("score"),
    "version": lazy_gettext("version"),
}
"""What the values of a line of activity are called, where no other room names them."""
