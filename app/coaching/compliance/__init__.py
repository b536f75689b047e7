"""Coaching compliance of a month: how much of what was due was met in time, by unit, lead, kind, market and tenure.

Counted from the ledger of obligations by the team and lead of that time, so that a past month does not move; a closed
month counts what each obligation was when it closed, and what became of it since is told apart. One aggregation gives
all cuts of a month and the month before; each figure knows the filters of the list that unrolls it.
"""

from app.coaching.compliance.beyond import Beyond, OfPerson, beyond, of_person
from app.coaching.compliance.cuts import compliance, target_in
from app.coaching.compliance.facts import within
from app.coaching.compliance.lines import FIGURES, Compliance, Cut, Line
from app.coaching.compliance.months import monthly, with_courses
from app.coaching.compliance.teams import in_time_by_team

__all__ = [
    "FIGURES",
    "Beyond",
    "Compliance",
    "Cut",
    "Line",
    "OfPerson",
    "beyond",
    "compliance",
    "in_time_by_team",
    "monthly",
    "of_person",
    "target_in",
    "with_courses",
    "within",
]
