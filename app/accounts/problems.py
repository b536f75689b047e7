"""What may be wrong in a people file beside what any file may have, in words."""

from __future__ import annotations

from enum import StrEnum

from flask_babel import lazy_gettext

from app.core.problems import add_sentences


class PeopleProblem(StrEnum):
    """Kinds of problem of a people file."""

    SLASH = "people_slash"
    EMAIL_TAKEN = "people_email_taken"  # hint: whose it is
    TWO_TEAMS = "people_two_teams"  # hint: the other row
    LEFT_TOO_EARLY = "people_left_too_early"  # hint: the day before which nobody leaves
    UNIT_DIFFERS = "people_unit_differs"  # hint: what it is elsewhere
    UNIT_KIND = "people_unit_kind"


add_sentences(
    {
        PeopleProblem.SLASH: lazy_gettext(
            "Row %(line)s, column “%(column)s”: “%(value)s” has a “/”, which separates the units of a path. Write it without."
        ),
        PeopleProblem.EMAIL_TAKEN: lazy_gettext(
            "Row %(line)s, column “%(column)s”: “%(value)s” is also the address of %(hint)s. "
            "Give each person one of their own."
        ),
        PeopleProblem.TWO_TEAMS: lazy_gettext(
            "Row %(line)s, column “%(column)s”: row %(hint)s puts the same person in another team from the same day. "
            "Give each team its own “valid_from”."
        ),
        PeopleProblem.LEFT_TOO_EARLY: lazy_gettext(
            "Row %(line)s, column “%(column)s”: %(value)s is before %(hint)s, when the person began. "
            "Correct one of the two."
        ),
        PeopleProblem.UNIT_DIFFERS: lazy_gettext(
            "Row %(line)s, column “%(column)s”: “%(value)s” differs from “%(hint)s”, which the same unit has "
            "elsewhere. Correct the file, or change the unit under Administration first."
        ),
        PeopleProblem.UNIT_KIND: lazy_gettext(
            "Row %(line)s, column “%(column)s”: “%(value)s” is known as a unit of another kind. Correct the file."
        ),
    }
)
