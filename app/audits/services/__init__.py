"""Deeds on scorecards, findings and imports. None commits, none knows of a request.

Start at `importing.import_findings`: it plans (`planning`), and writes the plan (`writing`, `correcting`).
"""

from app.audits.services.importing import Rejected, import_findings
from app.audits.services.mending import rows_to_mend
from app.audits.services.planning import Summary
from app.audits.services.scorecards import ScorecardSummary, import_scorecard
from app.audits.services.undoing import undo
from app.audits.services.uploads import (
    carry_out,
    check,
    decide,
    give_up,
    imported_before,
    keep_file,
    receive,
    stored_file,
)

__all__ = [
    "Rejected",
    "ScorecardSummary",
    "Summary",
    "carry_out",
    "check",
    "decide",
    "give_up",
    "import_findings",
    "import_scorecard",
    "imported_before",
    "keep_file",
    "receive",
    "rows_to_mend",
    "stored_file",
    "undo",
]
