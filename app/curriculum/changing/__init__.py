"""Changing what was assigned: due dates, waiving and cancelling, one by one or for all that a list shows."""
