"""Initiatives: a root cause, what is done about it by whom and by when, what it did, and what was learnt.

Start reading at `rules` (states, and how an effect on a metric is told), then `services` (deeds), `measuring` (the effect:
beside comparable agents, or the other units) and `views`.
"""
