"""Business reviews: a unit and a month, its figures frozen, what is said of them, what was decided and who does what by when.

Tables: review, review_comment, review_action. The figures are drawn and laid out in `reports.reviews`;
here they are kept. Start reading at `rules.py` (states and parts), then `services.py` (deeds).
"""
