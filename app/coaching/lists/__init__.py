"""The lists of this room: obligations, sessions and commitments, as tables and as files."""

from app.coaching.lists.agents import agent_table, agents
from app.coaching.lists.commitments import commitment_state, commitment_table, commitments
from app.coaching.lists.confirmations import confirmation_table, confirmations
from app.coaching.lists.obligations import obligation_state, obligation_table, obligations
from app.coaching.lists.queue import queue_table
from app.coaching.lists.sessions import session_table, sessions
from app.coaching.lists.shared import lead_options, month_of, unit_options

__all__ = [
    "agent_table",
    "agents",
    "commitment_state",
    "commitment_table",
    "commitments",
    "confirmation_table",
    "confirmations",
    "lead_options",
    "month_of",
    "obligation_state",
    "obligation_table",
    "obligations",
    "queue_table",
    "session_table",
    "sessions",
    "unit_options",
]
