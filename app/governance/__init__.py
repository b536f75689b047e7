"""Monthly decisions: the list of learning priorities that is agreed upon, signed, frozen and followed up; initiatives.

Tables: priority_list, priority_entry, priority_signature; in `initiatives/` initiative, initiative_unit, initiative_move,
milestone; in `risks/` risk, risk_score; in `decisions/` resolution, resolution_look. `desk` is the blueprint of what is kept of the programme beside its figures, `scoping` says who sees, owns and
writes it. Stands on gaps (the arithmetic), remedies (what helped),
curriculum and accounts. Start reading at `rules.py` (states and moves), then `services.py` (deeds) and `views.py`.
"""
