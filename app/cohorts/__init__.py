"""Train the trainer: programmes and cohorts, teach-backs, licences to teach, and what is taught on.

Rooms within: `programmes` (programmes, cohorts, seats, sessions, attendance), `teachbacks` (scored by two who do not see each
other), `licences` (kept by teaching), `deliveries` (to teams, the cascade, what came of it), `launches` (readiness, gate, look
back). Tables: trainer_programme, rubric_line, cohort, facilitator, seat_budget, enrolment, cohort_session, attendance;
teach_back, score_sheet, mark; trainer_licence; delivery, delivery_seat; launch, launch_unit, launch_module,
launch_criterion, gate_check, gate_signature. Stands on audits (what was found), curriculum, metrics and accounts. Start
reading at `programmes/rules.py` (who gets a seat), `teachbacks/rules.py` (what marks come to) and `launches/rules.py`.
Whoever facilitates a cohort sees its roster, and a trainer the people of the own deliveries, wherever they belong; everybody
else their own people alone.
"""
