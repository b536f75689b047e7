"""Deeds of coaching. `owe` and `owe_many` are the one way to owe a session, `log_session` the one way to meet it.

Each takes who (`by`) and when (`on`), changes what it is told to in the caller's transaction, and commits nothing.
"""

from app.coaching.services.asking import ask, nominate
from app.coaching.services.attachments import attach, stored
from app.coaching.services.catching_up import meet_with_history
from app.coaching.services.clashes import Clash, held_by_another, settled_by_another, tell_both
from app.coaching.services.closing import close_months, person_left, void_for_audits, waive
from app.coaching.services.feeds import make_feed, reader_of, revoke_feed, sessions_of
from app.coaching.services.history import HistorySummary, import_history
from app.coaching.services.keeping import live_day, put_off_absent, reassign
from app.coaching.services.owing import Cause, owe, owe_cadence, owe_many
from app.coaching.services.planning import Plan, cancel, change, no_show, reschedule, schedule
from app.coaching.services.policies import EVER, default_policy, opening_hours, policies_on, set_hours, set_policy
from app.coaching.services.preview import Effect, preview
from app.coaching.services.records import acknowledge, settle_commitment
from app.coaching.services.sessions import Promise, Said, log_session

__all__ = [
    "EVER",
    "Cause",
    "Clash",
    "Effect",
    "HistorySummary",
    "Plan",
    "Promise",
    "Said",
    "acknowledge",
    "ask",
    "attach",
    "cancel",
    "change",
    "close_months",
    "default_policy",
    "held_by_another",
    "import_history",
    "live_day",
    "log_session",
    "make_feed",
    "meet_with_history",
    "no_show",
    "nominate",
    "opening_hours",
    "owe",
    "owe_cadence",
    "owe_many",
    "person_left",
    "policies_on",
    "preview",
    "put_off_absent",
    "reader_of",
    "reassign",
    "reschedule",
    "revoke_feed",
    "schedule",
    "sessions_of",
    "set_hours",
    "set_policy",
    "settle_commitment",
    "settled_by_another",
    "stored",
    "tell_both",
    "void_for_audits",
    "waive",
]
