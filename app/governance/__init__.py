"""Monthly decisions: the list of learning priorities that is agreed upon, signed, frozen and followed up; and what is kept of
the programme beside its figures: initiatives, risks and decisions, and business reviews.

Tables: priority_list, priority_entry, priority_signature; in `initiatives/` initiative, initiative_unit, initiative_move,
milestone; in `risks/` risk, risk_score; in `decisions/` resolution, resolution_look; in `reviews/` business_review,
review_comment, review_action. Stands on gaps (the arithmetic), remedies (what helped), curriculum, metrics
and accounts. Start reading at `rules.py` (states and moves), then `services.py` (deeds) and `views.py`; `desk.py` is the
blueprint of initiatives, risks and decisions, `scoping.py` says who sees, owns and writes them.
"""
