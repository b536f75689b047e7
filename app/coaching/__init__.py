"""The ledger of what coaching is owed, the sessions that meet it, the commitments made in them, and compliance.

Tables: coaching_policy, opening_hours, obligation, obligation_change, coaching_month, coaching_session, session_topic,
session_record, attachment, commitment, calendar_feed; in `outlines/` session_outline; in `quality/`
coaching_review_plan, coaching_review.
Stands on gaps, audits, curriculum, metrics (targets) and accounts. Start reading at `rules.py` (when something is owed),
then `services`: `owe` is the one way to owe a session. `outlines/` (what a note starts from) and
`quality/` (sessions drawn and reviewed) are rooms within the room.
"""
