"""The risk log: what could happen, how likely and how bad on a 5 × 5 matrix, what is done about it, looked at again by a day.

Start reading at `rules` (the matrix), then `services` (raised, scored anew, closed) and `views`.
"""
