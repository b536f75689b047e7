"""Train the trainer: programmes and cohorts, who is nominated and sits in them, and who was there.

Rooms within: `programmes` (programmes, cohorts, seats, sessions, attendance). Tables: trainer_programme, rubric_line,
cohort, facilitator, seat_budget, enrolment, cohort_session, attendance. Stands on curriculum (modules, assignments) and
accounts. Start reading at `programmes/rules.py` (who gets a seat), then `programmes/services`. Whoever facilitates a cohort
sees its roster, wherever its people belong; everybody else their own people alone.
"""
