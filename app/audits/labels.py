"""What everything of audits is called, for gettext."""

from __future__ import annotations

from flask_babel import LazyString, lazy_gettext

from app.audits.models import AuditState, Cause, ErrorClass, ImportState, Purpose, Result, Severity

CAUSES: dict[Cause, LazyString] = {
    Cause.KNOWLEDGE: lazy_gettext("Knowledge"),
    Cause.SKILL: lazy_gettext("Skill"),
    Cause.WILL: lazy_gettext("Will"),
    Cause.PROCESS: lazy_gettext("Process"),
    Cause.TOOL: lazy_gettext("Tool"),
    Cause.POLICY: lazy_gettext("Policy"),
    Cause.CUSTOMER: lazy_gettext("Customer"),
}

RESULTS: dict[Result, LazyString] = {
    Result.PASS: lazy_gettext("Passed"),
    Result.FAIL: lazy_gettext("Missed"),
    Result.NA: lazy_gettext("Not applicable"),
}

RESULT_LOOKS: dict[Result, str] = {Result.PASS: "good", Result.FAIL: "bad", Result.NA: "plain"}

PURPOSES: dict[Purpose, LazyString] = {
    Purpose.RANDOM: lazy_gettext("Random"),
    Purpose.DSAT: lazy_gettext("DSAT"),
    Purpose.TARGETED: lazy_gettext("Targeted"),
    Purpose.CALIBRATION: lazy_gettext("Calibration"),
    Purpose.REAUDIT: lazy_gettext("Reaudit"),
}

SEVERITIES: dict[Severity, LazyString] = {
    Severity.MINOR: lazy_gettext("Minor"),
    Severity.MAJOR: lazy_gettext("Major"),
    Severity.CRITICAL: lazy_gettext("Critical"),
    Severity.FATAL: lazy_gettext("Fatal"),
}

SEVERITY_LOOKS: dict[Severity, str] = {
    Severity.MINOR: "plain",
    Severity.MAJOR: "plain",
    Severity.CRITICAL: "warn",
    Severity.FATAL: "fatal",
}

ERROR_CLASSES: dict[ErrorClass, LazyString] = {
    ErrorClass.CUSTOMER: lazy_gettext("For the customer"),
    ErrorClass.BUSINESS: lazy_gettext("For the business"),
    ErrorClass.COMPLIANCE: lazy_gettext("For compliance"),
}

AUDIT_STATES: dict[AuditState, LazyString] = {
    AuditState.DRAFT: lazy_gettext("Draft"),
    AuditState.RELEASED: lazy_gettext("Released"),
    AuditState.ACKNOWLEDGED: lazy_gettext("Read"),
}

IMPORT_STATES: dict[ImportState, LazyString] = {
    ImportState.RECEIVED: lazy_gettext("Being checked"),
    ImportState.CHECKED: lazy_gettext("Waits for a decision"),
    ImportState.QUEUED: lazy_gettext("Being imported"),
    ImportState.DONE: lazy_gettext("Imported"),
    ImportState.FAILED: lazy_gettext("Not imported"),
    ImportState.UNDONE: lazy_gettext("Undone"),
}

IMPORT_LOOKS: dict[ImportState, str] = {
    ImportState.RECEIVED: "scheduled",
    ImportState.CHECKED: "due",
    ImportState.QUEUED: "scheduled",
    ImportState.DONE: "good",
    ImportState.FAILED: "bad",
    ImportState.UNDONE: "void",
}

IMPORT_KINDS: dict[str, LazyString] = {
    "findings": lazy_gettext("Findings"),
    "scorecard": lazy_gettext("Scorecard"),
}

VERBS: dict[str, LazyString] = {
    "import.received": lazy_gettext("File received"),
    "import.done": lazy_gettext("Findings imported"),
    "import.undone": lazy_gettext("Import undone"),
    "scorecard.imported": lazy_gettext("Scorecard imported"),
}
