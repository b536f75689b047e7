"""Train the trainer: programmes and cohorts, teach-backs, licences to teach, and what is taught on.

Rooms within: `programmes` (programmes, cohorts, seats, sessions, attendance), `teachbacks` (scored by two who do not see each
other), `licences` (kept by teaching), `deliveries` (to teams, and the cascade). Tables: trainer_programme, rubric_line,
cohort, facilitator, seat_budget, enrolment, cohort_session, attendance; teach_back, score_sheet, mark; trainer_licence;
delivery, delivery_seat. Stands on curriculum (modules, assignments) and accounts. Start reading at `programmes/rules.py`
(who gets a seat) and `teachbacks/rules.py` (what marks come to). Whoever facilitates a cohort sees its roster, and a trainer
the people of the own deliveries, wherever they belong; everybody else their own people alone.
"""
