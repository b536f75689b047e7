"""What the parts of a mapping profile are called."""

from __future__ import annotations

from flask_babel import LazyString, lazy_gettext, lazy_pgettext

from app.audits.profiles.mapping import DateStyle, PersonBy, Shape

FIELDS: dict[str, LazyString] = {
    "audit_ref": lazy_gettext("Reference of the audit"),
    "employee_no": lazy_pgettext("profile", "Agent"),
    "scorecard": lazy_pgettext("profile", "Scorecard"),
    "contact_at": lazy_gettext("Date of the contact"),
    "audited_at": lazy_gettext("Date of the audit"),
    "criterion": lazy_gettext("Question or section"),
    "result": lazy_gettext("Answer or points"),
    "maximum": lazy_gettext("Points possible"),
    "comment": lazy_pgettext("profile", "Comment"),
    "cause": lazy_pgettext("profile", "Cause"),
    "auditor_no": lazy_pgettext("profile", "Auditor"),
    "contact_ref": lazy_gettext("Reference of the contact"),
    "source": lazy_gettext("Name of the tool"),
    "version": lazy_gettext("Version of the scorecard"),
    "purpose": lazy_pgettext("profile", "Purpose"),
    "channel": lazy_pgettext("profile", "Channel"),
    "language": lazy_pgettext("profile", "Language"),
    "reaudit_of": lazy_gettext("Reaudit of"),
    "questions": lazy_gettext("Columns that are questions"),
}

OF_CASES: dict[str, LazyString] = {
    "audit_ref": lazy_gettext("Reference of the response"),
    "contact_at": lazy_gettext("When it came"),
    "comment": lazy_gettext("What the customer says"),
    "score": lazy_pgettext("survey", "Score"),
}


def fields(shape: Shape) -> dict[str, LazyString]:
    """What fields are called where a row is this."""
    return {**FIELDS, **OF_CASES} if shape is Shape.CASES else FIELDS


HINTS: dict[str, LazyString] = {
    "audit_ref": lazy_gettext("The same reference again corrects an audit and never doubles it."),
    "scorecard": lazy_gettext("If no column says it, the scorecard of all audits."),
    "audited_at": lazy_gettext("Where the file has one date only, choose the same column."),
    "source": lazy_gettext("References are unique within one tool."),
}

PERSON_BY: dict[PersonBy, LazyString] = {
    PersonBy.NUMBER: lazy_gettext("employee number"),
    PersonBy.EMAIL: lazy_gettext("email address"),
    PersonBy.NAME: lazy_gettext("name"),
    PersonBy.OTHER: lazy_gettext("id of another system"),
}

DATE_STYLES: dict[DateStyle, LazyString] = {
    DateStyle.ISO: lazy_gettext("year first"),
    DateStyle.DAY_FIRST: lazy_gettext("day first"),
    DateStyle.MONTH_FIRST: lazy_gettext("month first"),
    DateStyle.SECONDS: lazy_gettext("seconds since 1970"),
    DateStyle.MILLISECONDS: lazy_gettext("milliseconds since 1970"),
    DateStyle.SERIAL: lazy_gettext("day numbers of a spreadsheet"),
}

WORDS: dict[str, LazyString] = {
    "scorecard": lazy_gettext("Scorecards"),
    "criterion": lazy_gettext("Questions and criteria"),
    "employee_no": lazy_gettext("Agents"),
    "auditor_no": lazy_gettext("Auditors"),
    "purpose": lazy_gettext("Purposes"),
    "cause": lazy_gettext("Causes"),
}
"""Kinds of words that are matched, in the order they are asked."""
