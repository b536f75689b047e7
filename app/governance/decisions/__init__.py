"""Decisions: what was decided, why, instead of what, by whom and when. They are never edited, only superseded by another.

Start reading at `models`, then `services` (decided, looked at again) and `views`.
"""
