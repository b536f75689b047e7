"""From what happened to what is done about it: rules, their firings, the thread of a gap, and what helped.

Tables: remedy_rule, firing, outcome, observation. Stands on coaching, gaps, audits and curriculum. Start reading at
`rules.py` (what a rule does about one cause, what fits a cause), then `causes.py` and `facts.py` (what it is told),
`services.py` (acting), `thread.py` (the thread of a gap), `agent_thread.py` and `competency_thread.py` (whole ones),
`gap_views.py` (the page of a gap, at /gaps/<id>), `team_views.py` (of a team's) and `thread_views.py`, `measuring.py`
and `effects.py` (what helped), `module_lists.py` (how each module does).
"""
