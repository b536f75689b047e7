"""Deeds of coaching. `owe` and `owe_many` are the one way to owe a session, `log_session` the one way to meet it.

Each takes who (`by`) and when (`on`), changes what it is told to in the caller's transaction, and commits nothing.
"""

from app.coaching.services.catching_up import meet_with_history
from app.coaching.services.closing import close_months, person_left, void_for_audits, waive
from app.coaching.services.history import HistorySummary, import_history
from app.coaching.services.owing import Cause, owe, owe_cadence, owe_many
from app.coaching.services.policies import EVER, default_policy, policies_on, set_policy
from app.coaching.services.records import acknowledge, settle_commitment
from app.coaching.services.sessions import Promise, Said, cancel, log_session, reschedule, schedule

__all__ = [
    "EVER",
    "Cause",
    "HistorySummary",
    "Promise",
    "Said",
    "acknowledge",
    "cancel",
    "close_months",
    "default_policy",
    "import_history",
    "log_session",
    "meet_with_history",
    "owe",
    "owe_cadence",
    "owe_many",
    "person_left",
    "policies_on",
    "reschedule",
    "schedule",
    "set_policy",
    "settle_commitment",
    "void_for_audits",
    "waive",
]
