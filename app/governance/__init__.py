"""Monthly decisions: the list of learning priorities that is agreed upon, signed, frozen and followed up.

Tables: priority_list, priority_entry, priority_signature. Stands on gaps (the arithmetic), remedies (what helped),
curriculum and accounts. Start reading at `rules.py` (states and moves), then `services.py` (deeds) and `views.py`.
"""
