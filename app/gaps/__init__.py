"""Gaps: from audit findings to "this agent needs help with this competency, and how sure are we".

Purpose: keep the weekly evidence of each agent on each competency, decide once a week whether a gap opens,
is being remedied or has closed, and say what a month's learning should be about.
Tables owned: weekly evidence cells and where they leave each person, gaps with their transitions, decisions, remedies
done, effects and their versions, and policies of what a decision asks for (`policies/`). What checks are held against may
change: targets, and which competencies criteria tell of (`redefining/`). Gaps of teams: `teams/`.
Stands on: audits (findings), curriculum (competencies, completions), accounts (people and units), core.
Start reading: `docs/gap-model.md` for the model, then `rules.py` (constants, states), and along the road of the
figures `effects.py` (what a check is worth), `decay.py` (what is remembered), `posterior.py` (how sure),
`states.py` (what is decided), `outlook.py` (what comes next), `priorities.py` (what to teach next month).
These seven are pure arithmetic: arrays in, arrays out. `newcomers.py` finds how hard a new criterion is before it is decided on.
"""
