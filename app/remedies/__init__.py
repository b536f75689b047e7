"""From what happened to what is done about it: rules, their firings, and the thread of a gap.

Tables: remedy_rule, firing. Stands on coaching, gaps, audits and curriculum. Start reading at `services.py`.
"""
