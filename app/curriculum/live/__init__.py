"""Live sessions of a module: when and where, who has a seat or waits for one, and who was there, which completes it.

Tables: live_session, live_seat. Start reading at `models.py`, then `rules.py` (who gets a seat) and `services.py`.
"""
