"""What everything of cohorts is called, for gettext."""

from __future__ import annotations

from flask_babel import LazyString, lazy_gettext, lazy_pgettext

from app.cohorts.launches.rules import LaunchKind, Part, Verdict
from app.cohorts.licences.rules import Level, Standing
from app.cohorts.programmes.rules import Checked, Outcome, Side, Stage

LANGUAGES: dict[str, LazyString] = {"es": lazy_gettext("Spanish"), "en": lazy_gettext("English")}

STAGES: dict[Stage, LazyString] = {
    Stage.NOMINATED: lazy_pgettext("enrolment", "Nominated"),
    Stage.WAITING: lazy_pgettext("enrolment", "On the waiting list"),
    Stage.SEATED: lazy_pgettext("enrolment", "Has a seat"),
    Stage.DECLINED: lazy_pgettext("enrolment", "Declined"),
    Stage.WITHDRAWN: lazy_pgettext("enrolment", "Withdrawn"),
}
STAGE_LOOKS: dict[Stage, str] = {
    Stage.NOMINATED: "open",
    Stage.WAITING: "watching",
    Stage.SEATED: "accent",
    Stage.DECLINED: "void",
    Stage.WITHDRAWN: "void",
}

SIDES: dict[Side, LazyString] = {
    Side.PARTNER: lazy_pgettext("approval", "Partner"),
    Side.PROGRAMME: lazy_pgettext("approval", "Programme"),
}

OUTCOMES: dict[Outcome, LazyString] = {
    Outcome.CERTIFIED: lazy_pgettext("trainer", "Certified"),
    Outcome.CONDITIONAL: lazy_pgettext("trainer", "Conditional"),
    Outcome.NOT_CERTIFIED: lazy_pgettext("trainer", "Not certified"),
}
OUTCOME_LOOKS: dict[Outcome, str] = {
    Outcome.CERTIFIED: "good",
    Outcome.CONDITIONAL: "warn",
    Outcome.NOT_CERTIFIED: "missed",
}

CHECKED: dict[Checked, LazyString] = {
    Checked.LIST: lazy_pgettext("attendance", "by list"),
    Checked.CODE: lazy_pgettext("attendance", "by code"),
}

LEVELS: dict[Level, LazyString] = {
    Level.TRAINER: lazy_pgettext("licence", "Trainer"),
    Level.MASTER: lazy_pgettext("licence", "Master trainer"),
}

STANDINGS: dict[Standing, LazyString] = {
    Standing.IN_FORCE: lazy_pgettext("licence", "In force"),
    Standing.LAPSING: lazy_pgettext("licence", "Lapses soon"),
    Standing.LAPSED: lazy_pgettext("licence", "Lapsed"),
}
STANDING_LOOKS: dict[Standing, str] = {
    Standing.IN_FORCE: "good",
    Standing.LAPSING: "warn",
    Standing.LAPSED: "bad",
}
RENEWED = lazy_pgettext("licence", "Renewed since")

LAUNCH_KINDS: dict[LaunchKind, LazyString] = {
    LaunchKind.TOOL: lazy_pgettext("launch", "Tool"),
    LaunchKind.POLICY: lazy_pgettext("launch", "Policy"),
    LaunchKind.PROCESS: lazy_pgettext("launch", "Process"),
}

VERDICTS: dict[Verdict, LazyString] = {
    Verdict.GO: lazy_pgettext("gate", "Go"),
    Verdict.CONDITIONAL: lazy_pgettext("gate", "Conditional"),
    Verdict.NO_GO: lazy_pgettext("gate", "No go"),
}
VERDICT_LOOKS: dict[Verdict, str] = {Verdict.GO: "good", Verdict.CONDITIONAL: "warn", Verdict.NO_GO: "missed"}

PARTS: dict[Part, LazyString] = {
    Part.PROGRAMME: lazy_pgettext("signature", "Programme"),
    Part.TRAINING: lazy_pgettext("signature", "Training"),
}

VERBS: dict[str, LazyString] = {
    "trainer_programme.saved": lazy_gettext("saved a trainer programme"),
    "cohort.saved": lazy_gettext("saved a cohort"),
    "cohort.cancelled": lazy_gettext("cancelled a cohort"),
    "cohort.session_planned": lazy_gettext("planned a session of a cohort"),
    "cohort.session_changed": lazy_gettext("changed a session of a cohort"),
    "cohort.session_cancelled": lazy_gettext("cancelled a session of a cohort"),
    "cohort.attendance_kept": lazy_gettext("kept the attendance of a session"),
    "cohort.checked_in": lazy_gettext("checked in with a code"),
    "enrolment.nominated": lazy_gettext("nominated somebody for a cohort"),
    "enrolment.approved": lazy_gettext("approved a nomination"),
    "enrolment.declined": lazy_gettext("declined a nomination"),
    "teach_back.planned": lazy_gettext("planned a teach-back"),
    "teach_back.scored": lazy_gettext("scored a teach-back"),
    "teach_back.third_asked": lazy_gettext("asked a third observer"),
    "teach_back.decided": lazy_gettext("decided a teach-back"),
    "licence.issued": lazy_gettext("issued a licence to teach"),
    "delivery.planned": lazy_gettext("planned a delivery"),
    "delivery.changed": lazy_gettext("changed a delivery"),
    "delivery.cancelled": lazy_gettext("cancelled a delivery"),
    "delivery.held": lazy_gettext("kept the attendance of a delivery"),
    "delivery.checked_in": lazy_gettext("checked in to a delivery"),
    "delivery.rated": lazy_gettext("rated a delivery"),
    "launch.saved": lazy_gettext("saved a launch"),
    "launch.assigned": lazy_gettext("assigned the modules of a launch"),
    "launch.check_added": lazy_gettext("added to the checklist of a launch"),
    "launch.check_settled": lazy_gettext("settled a check of a launch"),
    "launch.signed": lazy_gettext("signed the go/no-go of a launch"),
    "enrolment.withdrawn": lazy_gettext("withdrew somebody from a cohort"),
}
"""What stands in the activity log after the name of who did it."""

DETAILS: dict[str, LazyString] = {
    "side": lazy_gettext("approval for"),
    "outcome": lazy_gettext("outcome"),
    "verdict": lazy_gettext("verdict"),
}
