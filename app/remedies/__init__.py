"""From what happened to what is done about it: rules, their firings, and the thread of a gap.

Tables: remedy_rule, firing. Stands on coaching, gaps, audits and curriculum. Start reading at `rules.py` (what a rule does
about one cause), then `causes.py` and `facts.py` (what it is told), `services.py` (acting), `thread.py` (the thread) and
`gap_views.py` (the page of a gap, at /gaps/<id>).
"""
