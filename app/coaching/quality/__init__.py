"""Coaching quality: sessions drawn at random by a plan and reviewed on a rubric, and talks with the coach about it.

Tables: coaching_review_plan, coaching_review. Start reading at `rules.py`, then `services.py`. What coaching by each coach
changed is measured in the room `remedies`, where its page is.
"""
