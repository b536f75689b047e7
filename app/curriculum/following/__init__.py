"""Following what people learn: by team with reminders, a person's transcript, time spent, and how learners rate modules.

No tables of its own. Start reading at `queries.py`, then `services.py` (reminding without flooding, time, ratings).
"""
