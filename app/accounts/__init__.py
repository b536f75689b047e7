"""People: who they are, where they belong and when, what they may do, and whose records they reach.

Tables: unit, unit_tree, user, membership, grant, absence, setting, activity, notice. Stands on core.
Start reading at `permissions.py` (what a role may do) and `reach.py` (whose records), then `access.py` (the door).
"""
