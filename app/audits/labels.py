"""What everything of audits is called, for gettext."""

from __future__ import annotations

from collections.abc import Iterable

from flask_babel import LazyString, lazy_gettext, lazy_pgettext

from app.audits.models import Cause, ErrorClass, ImportState, Purpose, Result, Severity

CAUSES: dict[Cause, LazyString] = {
    Cause.KNOWLEDGE: lazy_gettext("Knowledge"),
    Cause.SKILL: lazy_gettext("Skill"),
    Cause.WILL: lazy_gettext("Will"),
    Cause.PROCESS: lazy_gettext("Process"),
    Cause.TOOL: lazy_gettext("Tool"),
    Cause.POLICY: lazy_gettext("Policy"),
    Cause.CUSTOMER: lazy_gettext("Customer"),
}


def named_causes(causes: Iterable[Cause]) -> str:
    """The causes by name, as part of a sentence."""
    return ", ".join(str(CAUSES[cause]).lower() for cause in causes)


RESULTS: dict[Result, LazyString] = {
    Result.PASS: lazy_pgettext("result", "Passed"),
    Result.FAIL: lazy_pgettext("result", "Missed"),
    Result.NA: lazy_pgettext("result", "Not applicable"),
}

RESULT_LOOKS: dict[Result, str] = {Result.PASS: "good", Result.FAIL: "bad", Result.NA: "plain"}

PURPOSES: dict[Purpose, LazyString] = {
    Purpose.RANDOM: lazy_pgettext("purpose", "Random"),
    Purpose.DSAT: lazy_pgettext("purpose", "DSAT"),
    Purpose.TARGETED: lazy_pgettext("purpose", "Targeted"),
    Purpose.CALIBRATION: lazy_pgettext("purpose", "Calibration"),
    Purpose.REAUDIT: lazy_pgettext("purpose", "Reaudit"),
}

SEVERITIES: dict[Severity, LazyString] = {
    Severity.MINOR: lazy_pgettext("severity", "Minor"),
    Severity.MAJOR: lazy_pgettext("severity", "Major"),
    Severity.CRITICAL: lazy_pgettext("severity", "Critical"),
    Severity.FATAL: lazy_pgettext("severity", "Fatal"),
}

ERROR_CLASSES: dict[ErrorClass, LazyString] = {
    ErrorClass.CUSTOMER: lazy_gettext("For the customer"),
    ErrorClass.BUSINESS: lazy_gettext("For the business"),
    ErrorClass.COMPLIANCE: lazy_gettext("For compliance"),
}

IMPORT_STATES: dict[ImportState, LazyString] = {
    ImportState.RECEIVED: lazy_pgettext("import", "Being checked"),
    ImportState.CHECKED: lazy_pgettext("import", "Waits for a decision"),
    ImportState.QUEUED: lazy_pgettext("import", "Being imported"),
    ImportState.DONE: lazy_pgettext("import", "Imported"),
    ImportState.FAILED: lazy_pgettext("import", "Not imported"),
    ImportState.UNDONE: lazy_pgettext("import", "Undone"),
}

IMPORT_LOOKS: dict[ImportState, str] = {
    ImportState.RECEIVED: "scheduled",
    ImportState.CHECKED: "due",
    ImportState.QUEUED: "scheduled",
    ImportState.DONE: "good",
    ImportState.FAILED: "bad",
    ImportState.UNDONE: "void",
}

LANGUAGES: dict[str, LazyString] = {"en": lazy_gettext("English"), "es": lazy_gettext("Spanish")}

IMPORT_KINDS: dict[str, LazyString] = {
    "findings": lazy_gettext("Findings"),
    "scorecard": lazy_gettext("Scorecard"),
    "dsat": lazy_gettext("DSAT cases"),
}

VERBS: dict[str, LazyString] = {
    "import.received": lazy_gettext("File received"),
    "import.done": lazy_gettext("Findings imported"),
    "import.undone": lazy_gettext("Import undone"),
    "audit.started": lazy_gettext("Audit begun"),
    "audit.finished": lazy_gettext("Audit finished"),
    "audit.released": lazy_gettext("Audit released"),
    "audit.discarded": lazy_gettext("Draft of an audit discarded"),
    "audit.acknowledged": lazy_gettext("Audit read by the agent"),
    "dsat.imported": lazy_gettext("DSAT cases imported"),
    "dsat.decided": lazy_gettext("DSAT case decided"),
    "root_cause.begun": lazy_gettext("Root-cause analysis begun"),
    "root_cause.changed": lazy_gettext("Root-cause analysis changed"),
    "root_cause.done": lazy_gettext("Corrective action taken"),
    "root_cause.checked": lazy_gettext("Effect of the action checked"),
    "root_cause.reopened": lazy_gettext("Root-cause analysis opened again"),
    "mapping_profile.begun": lazy_gettext("Mapping profile begun"),
    "mapping_profile.saved": lazy_gettext("Mapping profile saved"),
    "mapping_profile.dropped": lazy_gettext("Mapping profile deleted"),
    "sampling.planned": lazy_gettext("Sampling plan made"),
    "sampling.ended": lazy_gettext("Sampling plan ended"),
    "sampling.redrawn": lazy_gettext("Another day drawn"),
    "reaudit.planned": lazy_gettext("Plan of reaudits made"),
    "reaudit.ended": lazy_gettext("Plan of reaudits ended"),
    "reaudit.contested": lazy_gettext("Reaudit contested"),
    "reaudit.answered": lazy_gettext("Contested reaudit answered"),
    "reaudit.corrected": lazy_gettext("Audit corrected after a reaudit"),
    "calibration.made": lazy_gettext("Calibration made"),
    "calibration.changed": lazy_gettext("Calibration changed"),
    "calibration.discarded": lazy_gettext("Draft of a calibration discarded"),
    "calibration.scoring": lazy_gettext("Calibration opened for scoring"),
    "calibration.scored": lazy_gettext("Answers of a calibration handed in"),
    "calibration.review": lazy_gettext("Calibration in review"),
    "calibration.agreed": lazy_gettext("Answer agreed on in a calibration"),
    "calibration.noted": lazy_gettext("Meeting of a calibration noted"),
    "calibration.resolved": lazy_gettext("Calibration resolved"),
    "calibration.closed": lazy_gettext("Calibration closed"),
    "dispute.raised": lazy_gettext("Miss disputed"),
    "dispute.rerouted": lazy_gettext("Dispute passed to somebody else"),
    "dispute.accepted": lazy_gettext("Dispute accepted"),
    "dispute.partly": lazy_gettext("Dispute accepted in part"),
    "dispute.rejected": lazy_gettext("Dispute rejected"),
    "dispute.withdrawn": lazy_gettext("Dispute withdrawn"),
    "dispute.reopened": lazy_gettext("Dispute reopened"),
    "scorecard.mapped": lazy_gettext("Changed which competencies criteria measure"),
    "scorecard.imported": lazy_gettext("Scorecard imported"),
    "scorecard.drafted": lazy_gettext("Scorecard drafted"),
    "scorecard.published": lazy_gettext("Scorecard published"),
    "scorecard.discarded": lazy_gettext("Draft of a scorecard discarded"),
}
