"""Practice: a role-play or the work itself, observed and scored on a rubric; who reaches the mark has completed the module.

Tables: practice, practice_line, practice_observation. Start reading at `models.py`, then `services.py`.
"""
