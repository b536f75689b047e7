"""Gaps of teams: decided each week with those of agents, kept as states with their history.

Rules: `states.py`. What a team's evidence says: `pooling.py`, worked out from where its agents stand, never stored. Deciding:
`deciding.py`. For pages: `reading.py`. Tables: team_gap, team_transition.
"""
